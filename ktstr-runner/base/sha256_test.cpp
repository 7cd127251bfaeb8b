#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/sha256.hpp"

namespace ktstr {

// FIPS 180-4 example values.
TEST(Sha256, MatchesTheStandardsExamples) {
    EXPECT_EQ(sha256_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(Sha256().add("a").add("bc").hex(), sha256_of("abc"));
}

TEST(Sha256, NamesAFileItCannotRead) {
    EXPECT_THAT(sha256_of_file("/nonexistent/x"), IsErrorWith("/nonexistent/x"));
}

} // namespace ktstr
