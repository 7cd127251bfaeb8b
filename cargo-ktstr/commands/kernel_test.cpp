#include "cargo-ktstr/cli/program.hpp"
#include "cargo-ktstr/commands/table.hpp"
#include "ktstr-runner/store/image_file.hpp"
#include "ktstr-runner/store/test_support.hpp"

namespace ktstr::commands {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class KernelCommandTest : public store::StoreTest {
protected:
    static Result<int> run(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "kernel");
        return cli::dispatch({"cargo ktstr", std::move(arguments)}, table());
    }

    // stdout of a command that must succeed.
    static std::string output(const std::vector<std::string>& arguments) {
        testing::internal::CaptureStdout();
        const auto code = run(arguments);
        auto text = testing::internal::GetCapturedStdout();
        EXPECT_EQ(code.value_or(-1), 0) << (code ? "" : code.error().render());
        return text;
    }
};

TEST_F(KernelCommandTest, PathPrintsTheImageAndNothingElse) {
    ASSERT_THAT(add("6.12.1", store::host_arch()), IsOk());
    const auto line = (root() / "6.12.1-x" / "image").string() + "\n";
    EXPECT_EQ(output({"path"}), line);
    EXPECT_EQ(output({"path", "6.12"}), line);
    EXPECT_THAT(run({"path", "a", "b"}), IsErrorWith("unexpected argument `b`"));
}

TEST_F(KernelCommandTest, ListHasATableAndJson) {
    EXPECT_THAT(output({"list"}), HasSubstr("is empty"));
    ASSERT_THAT(add("6.12.1", store::host_arch()), IsOk());
    EXPECT_THAT(output({"list"}), StartsWith("KEY "));
    EXPECT_THAT(output({"list", "--json", "--verify"}), HasSubstr("\"key\": \"6.12.1-x\""));
}

TEST_F(KernelCommandTest, ListFailsWhenAnEntryIsDamaged) {
    ASSERT_THAT(add("6.12.1", store::host_arch(), "CONFIG_A=y\n"), IsOk());
    write(root() / "6.12.1-x/config", "CONFIG_B=y\n");
    EXPECT_THAT(output({"list"}), HasSubstr("6.12.1-x"));
    testing::internal::CaptureStdout();
    EXPECT_EQ(run({"list", "--verify"}).value_or(-1), 1);
    EXPECT_THAT(testing::internal::GetCapturedStdout(), HasSubstr("damaged: 6.12.1-x: config"));
}

TEST_F(KernelCommandTest, MisuseIsAnErrorThatHelps) {
    EXPECT_THAT(run({"bild"}), IsErrorWith("did you mean `cargo ktstr kernel build`?"));
    EXPECT_THAT(run({"list", "--jsno"}), IsErrorWith("did you mean `--json`?"));
    EXPECT_THAT(run({"list", "more"}), IsErrorWith("unexpected argument `more`"));
    for (const auto& words : {
             std::vector<std::string>{"build", "--source", "a", "--deb", "b"},
             {"build", "6.14", "linux.deb"}
    }) {
        EXPECT_THAT(run(words), IsErrorWith("from sources or one from packages, not both"));
    }
    EXPECT_THAT(run({"build", "6.14..6.12"}), IsErrorWith("the range ends before it begins"));
    EXPECT_THAT(run({"build", "my kernel"}), IsErrorWith("`my kernel` is no kernel"));
    EXPECT_THAT(run({"build", "--cpu-cap", "0"}), IsErrorWith("--cpu-cap is a number from 1"));
    EXPECT_THAT(run({"build", "--source", "a", "-j", "many"}), IsErrorWith("not `many`"));
    EXPECT_THAT(run({"path", "--json"}), IsErrorWith("unknown option `--json`"));
    EXPECT_THAT(run({"fetch-distro", "more"}), IsErrorWith("unexpected argument `more`"));
}

TEST_F(KernelCommandTest, HelpNamesEveryCommand) {
    const auto text = output({"--help"});
    for (const auto* command : {"  build ", "  fetch-distro ", "  list ", "  path "}) {
        EXPECT_THAT(text, HasSubstr(command));
    }
    EXPECT_THAT(output({"build", "--help"}), HasSubstr("--deb FILE..."));
}

} // namespace ktstr::commands
