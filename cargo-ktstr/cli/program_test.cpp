#include "cargo-ktstr/cli/program.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/matchers.hpp"

namespace ktstr::cli {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Words = std::vector<std::string>;

Words seen;

Result<int> remember(std::span<const std::string> arguments) {
    seen.assign(arguments.begin(), arguments.end());
    return 7;
}

constexpr Spec spec{.name = "test", .about = "Tests."};
constexpr Command commands[] = {
    {.name = "test",   .group = "Tests",   .summary = "Test",    .spec = &spec,   .run = remember},
    {.name = "kernel", .group = "Kernels", .summary = "Kernels", .spec = nullptr, .run = remember},
};

Invocation invocation(std::initializer_list<const char*> argv) {
    return read_invocation(std::vector<const char*>(argv));
}

TEST(Invocation, DropsTheWordThatCargoAdds) {
    EXPECT_THAT(invocation({"/x/cargo-ktstr", "ktstr", "test", "ktstr"}).arguments,
                ElementsAre("test", "ktstr"));
    EXPECT_THAT(invocation({"cargo-ktstr", "test"}).arguments, ElementsAre("test"));
    EXPECT_EQ(invocation({"cargo-ktstr", "test"}).program, "cargo ktstr");
}

TEST(Invocation, KnowsItsOtherName) {
    EXPECT_EQ(invocation({"bin/ktstr", "run"}).program, "ktstr");
    EXPECT_THAT(invocation({"bin/ktstr", "ktstr"}).arguments, ElementsAre("ktstr"));
    EXPECT_TRUE(invocation({}).arguments.empty());
}

TEST(Dispatch, GivesTheCommandItsArguments) {
    const auto code = dispatch(
        {
            "ktstr", {"test", "--x", "-q", "--", "-q", "--help"}
    },
        commands);
    set_log_level(LogLevel::normal);
    ASSERT_THAT(code, IsOk());
    EXPECT_EQ(*code, 7);
    EXPECT_THAT(seen, ElementsAre("--x", "--", "-q", "--help"));
}

TEST(Dispatch, LetsACommandWithCommandsOfItsOwnHelpItself) {
    EXPECT_THAT(dispatch(
                    {
                        "ktstr", {"help", "kernel", "build"}
    },
                    commands),
                IsOk());
    EXPECT_THAT(seen, ElementsAre("build", "--help"));
}

TEST(Dispatch, NamesTheNearestCommand) {
    EXPECT_THAT(dispatch({"ktstr", {"kernle"}}, commands),
                IsErrorWith("did you mean `ktstr kernel`?"));
    EXPECT_THAT(dispatch({"ktstr", {"frobnicate"}}, commands),
                IsErrorWith("`ktstr help` lists the commands"));
    EXPECT_THAT(dispatch({"ktstr", {"--frobnicate"}}, commands),
                IsErrorWith("unknown option `--frobnicate`"));
}

TEST(ErrorText, TellsPlacesWhenVerbose) {
    const Error error(ErrorKind::usage, "wrong");
    EXPECT_EQ(error_text(error), "error: wrong\n");
    set_log_level(LogLevel::verbose);
    EXPECT_THAT(error_text(error), HasSubstr("program_test.cpp:"));
    set_log_level(LogLevel::normal);
}

} // namespace

} // namespace ktstr::cli
