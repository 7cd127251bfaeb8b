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
constexpr Option build_options[] = {
    {.heading = "Sources", .name = "source", .value = "DIR", .help = "A tree."},
};
constexpr Spec build_spec{.name = "kernel build", .about = "Builds.", .options = build_options};
constexpr Spec kernel_spec{.name = "kernel", .usage = "COMMAND", .about = "Kernels."};
constexpr Command kernel_commands[] = {
    {.name = "build",
     .group = "Commands",
     .summary = "Build",
     .spec = &build_spec,
     .run = remember},
};
constexpr Spec stats_spec{.name = "stats", .usage = "[OPTIONS]", .about = "Tells."};
constexpr Command commands[] = {
    {.name = "test", .group = "Tests", .summary = "Test", .spec = &spec, .run = remember},
    {.name = "stats",
     .group = "Tests",
     .summary = "Tell",
     .spec = &stats_spec,
     .run = remember,
     .commands = [] { return std::span<const Command>(kernel_commands); }},
    {.name = "kernel",
     .group = "Kernels",
     .summary = "Kernels",
     .spec = &kernel_spec,
     .commands = [] { return std::span<const Command>(kernel_commands); }},
};

// What `words` print on stdout when they must succeed.
std::string output(Words words) {
    testing::internal::CaptureStdout();
    const auto code = dispatch({"ktstr", std::move(words)}, commands);
    auto text = testing::internal::GetCapturedStdout();
    EXPECT_EQ(code.value_or(-1), 0) << (code ? "" : code.error().render());
    return text;
}

Invocation invocation(std::initializer_list<const char*> argv) {
    return read_invocation(std::vector<const char*>(argv));
}

TEST(Dispatch, ACommandMayRunAndHaveCommands) {
    EXPECT_THAT(dispatch(
                    {
                        "ktstr", {"stats", "--json"}
    },
                    commands),
                IsOk());
    EXPECT_THAT(seen, ElementsAre("--json"));
    EXPECT_THAT(dispatch({"ktstr", {"stats"}}, commands), IsOk());
    EXPECT_TRUE(seen.empty());
    EXPECT_THAT(dispatch(
                    {
                        "ktstr", {"stats", "build", "a"}
    },
                    commands),
                IsOk());
    EXPECT_THAT(seen, ElementsAre("a"));
    EXPECT_THAT(dispatch(
                    {
                        "ktstr", {"stats", "biuld"}
    },
                    commands),
                IsErrorWith("unknown command `biuld`"));
    EXPECT_THAT(output({"help", "stats"}), HasSubstr("build  Build"));
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

TEST(Dispatch, RunsACommandOfACommand) {
    const auto code = dispatch(
        {
            "ktstr", {"kernel", "build", "--source", "help"}
    },
        commands);
    EXPECT_EQ(code.value_or(-1), 7);
    EXPECT_THAT(seen, ElementsAre("--source", "help"));
}

TEST(Dispatch, HelpsACommandOfACommandHoweverAsked) {
    const auto text = output({"help", "kernel", "build"});
    EXPECT_THAT(text, HasSubstr("Usage: ktstr kernel build"));
    EXPECT_THAT(text, HasSubstr("--source DIR"));
    EXPECT_EQ(output({"kernel", "build", "--help"}), text);
    EXPECT_EQ(output({"kernel", "help", "build"}), text);
    EXPECT_THAT(output({"kernel", "--help"}), HasSubstr("\nCommands:\n  build  Build\n"));
}

TEST(Dispatch, ACommandThatStandsForOthersDoesNotRunAlone) {
    testing::internal::CaptureStderr();
    EXPECT_EQ(dispatch({"ktstr", {"kernel"}}, commands).value_or(-1), 2);
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("Usage: ktstr kernel COMMAND"));
}

TEST(Dispatch, DocumentsEveryCommand) {
    const auto page = output({"help", "--markdown"});
    for (const auto* part :
         {"| `kernel` |", "| `kernel build` |", "## kernel\n", "## kernel build\n"}) {
        EXPECT_THAT(page, HasSubstr(part));
    }
}

TEST(Dispatch, NamesTheNearestCommand) {
    EXPECT_THAT(dispatch({"ktstr", {"kernle"}}, commands),
                IsErrorWith("did you mean `ktstr kernel`?"));
    EXPECT_THAT(dispatch(
                    {
                        "ktstr", {"kernel", "bild"}
    },
                    commands),
                IsErrorWith("did you mean `ktstr kernel build`?"));
    EXPECT_THAT(dispatch(
                    {
                        "ktstr", {"kernel", "frobnicate"}
    },
                    commands),
                IsErrorWith("`ktstr kernel help` lists the commands"));
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
