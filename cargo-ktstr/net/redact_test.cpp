#include "cargo-ktstr/net/redact.hpp"

#include <gmock/gmock.h>

namespace ktstr::net {

TEST(Redact, HidesQueriesPasswordsAndFragments) {
    EXPECT_EQ(redacted("https://h/p"), "https://h/p");
    EXPECT_EQ(redacted("https://h/p?sig=abc&se=1"), "https://h/p?...");
    EXPECT_EQ(redacted("https://user:word@h:8/p@q"), "https://h:8/p@q");
    EXPECT_EQ(redacted("https://user:w@rd@h?token=1"), "https://h?...");
    EXPECT_EQ(redacted("http://h/p#access_token=1"), "http://h/p");
    EXPECT_EQ(redacted("h/p?x"), "h/p?...");
    EXPECT_EQ(redacted(""), "");
}

TEST(Redact, FindsUrlsInText) {
    EXPECT_EQ(redacted_text("redirect to 'https://u:p@h/a?sig=1' and http://k/?t=2 failed"),
              "redirect to 'https://h/a?...' and http://k/?... failed");
    EXPECT_EQ(redacted_text("nothing here?"), "nothing here?");
}

} // namespace ktstr::net
