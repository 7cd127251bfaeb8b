#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/config/test_start.hpp"

#include <gmock/gmock.h>

namespace ktstr::config {

TEST(TestStart, IsTheSameBehindItsFile) {
    const TestStart start{
        .cwd = "/src/a b",
        .argv = {"/target/t-0123", "--exact", "a::b",             "--nocapture"},
        .environment = {"A=1",            "EMPTY=",  "LINES=one\ntwo\n", "BYTES=\xff" }
    };
    EXPECT_EQ(parse_test_start(text_of(start)).value(), start);
    const TestStart bare{.cwd = "/", .argv = {"t"}, .environment = {}};
    EXPECT_EQ(parse_test_start(text_of(bare)).value(), bare);
}

TEST(TestStart, AFileThatIsCutOffIsNone) {
    const auto text = text_of({
        .cwd = "/", .argv = {"t", "--exact"},
             .environment = {"A=1"}
    });
    for (std::size_t size = 0; size < text.size() - 5; ++size) { // without all of A=1 it is another
        const auto start = parse_test_start(std::string_view(text).substr(0, size));
        EXPECT_TRUE(!start || start->environment.empty()) << size;
    }
    EXPECT_THAT(parse_test_start(text.substr(0, text.size() - 1)), IsErrorWith("cut off"));
    EXPECT_THAT(parse_test_start(std::string("/\0x\0t\0", 6)), IsErrorWith("cut off"));
}

TEST(TestStart, AnEmptyVariableIsAnError) {
    EXPECT_EQ(tell_start_from(std::vector<std::string>{"A=1"}).value(), std::nullopt);
    EXPECT_EQ(tell_start_from(std::vector<std::string>{"KTSTR_TELL_START=/x"}).value(), "/x");
    EXPECT_THAT(tell_start_from(std::vector<std::string>{"KTSTR_TELL_START="}),
                IsErrorWith("empty"));
}

} // namespace ktstr::config
