#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/protocol/names.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace ktstr::protocol {
namespace {

using Environment = std::vector<std::string>;

constexpr auto hash = "-0123456789abcdef";

TEST(BinaryId, ItsThreeForms) {
    const auto lib = parse_binary_id("my-crate");
    EXPECT_EQ(lib.package, "my-crate");
    EXPECT_EQ(lib.kind, "lib");
    EXPECT_EQ(lib.binary, "");
    const auto test = parse_binary_id("my-crate::sched");
    EXPECT_EQ(test.package, "my-crate");
    EXPECT_EQ(test.kind, "test");
    EXPECT_EQ(test.binary, "sched");
    const auto bin = parse_binary_id("my-crate::bin/tool");
    EXPECT_EQ(bin.kind, "bin");
    EXPECT_EQ(bin.binary, "tool");
    EXPECT_EQ(parse_binary_id("").package, "");
}

TEST(TargetName, LosesCargosHashAndNothingElse) {
    EXPECT_EQ(target_name("/t/debug/deps/my_test-0123456789abcdef"), "my_test");
    EXPECT_EQ(target_name("/t/debug/deps/my-test-0123456789abcdef"), "my-test");
    EXPECT_EQ(target_name("my-test"), "my-test");
    EXPECT_EQ(target_name("a-0123456789abcdeg"), "a-0123456789abcdeg");
    EXPECT_EQ(target_name("-0123456789abcdef"), "-0123456789abcdef");
}

TEST(TestNames, NextestsVariablesAreBelieved) {
    const Environment environment{"NEXTEST_BINARY_ID=my-crate::sched", "CARGO_PKG_NAME=my-crate"};
    const auto names = names_from(environment, std::string("/t/debug/deps/sched") + hash, "m::t");
    EXPECT_EQ(names.test, "m::t");
    EXPECT_EQ(names.package, "my-crate");
    EXPECT_EQ(names.binary, "sched");
    EXPECT_EQ(names.binary_id, "my-crate::sched");
    EXPECT_EQ(names.kind, "test");
}

TEST(TestNames, ALibrarysBinaryNameIsInItsPath) {
    const Environment environment{"NEXTEST_BINARY_ID=my-crate"};
    const auto names =
        names_from(environment, std::string("/t/debug/deps/my_crate") + hash, "m::t");
    EXPECT_EQ(names.package, "my-crate");
    EXPECT_EQ(names.binary, "my_crate");
    EXPECT_EQ(names.kind, "lib");
}

TEST(TestNames, WithoutNextestThePathTells) {
    const Environment cargo{"CARGO_PKG_NAME=my-crate"};
    const auto lib = names_from(cargo, std::string("/t/debug/deps/my_crate") + hash, "");
    EXPECT_EQ(lib.kind, "lib");
    EXPECT_EQ(lib.binary_id, "my-crate");
    const auto test = names_from(cargo, std::string("/t/debug/deps/sched") + hash, "");
    EXPECT_EQ(test.kind, "test");
    EXPECT_EQ(test.binary_id, "my-crate::sched");
    const auto example = names_from(cargo, std::string("/t/debug/examples/show") + hash, "");
    EXPECT_EQ(example.binary_id, "my-crate::example/show");
    const auto alone = names_from({}, "/usr/bin/prog", "");
    EXPECT_EQ(alone.package, "prog");
    EXPECT_EQ(alone.binary_id, "prog");
}

class Identify : public testing::Test {
protected:
    std::string kind_with(const std::string& manifest, const std::string& id = "pm") {
        std::ofstream(folder_->path() / "Cargo.toml") << manifest;
        const Environment environment{"NEXTEST_BINARY_ID=" + id,
                                      "CARGO_MANIFEST_DIR=" + folder_->path().string()};
        return identify(environment, "/t/pm", "t").kind;
    }

    Result<TempDir> folder_ = TempDir::create("identify");
};

TEST_F(Identify, AProcMacroIsKnownByItsManifest) {
    EXPECT_EQ(kind_with("[lib]\nproc-macro = true\n"), "proc-macro");
    EXPECT_EQ(kind_with("[lib]\nproc_macro = true\n"), "proc-macro");
    EXPECT_EQ(kind_with("[lib]\ncrate-type = ['proc-macro']\n"), "proc-macro");
}

TEST_F(Identify, OtherLibrariesAndTestsAreNot) {
    EXPECT_EQ(kind_with("[lib]\nproc-macro = false\n"), "lib");
    EXPECT_EQ(kind_with("[lib]\nproc-macro = 'true'\n"), "lib");
    EXPECT_EQ(kind_with("[package]\nname = 'pm'\n"), "lib");
    EXPECT_EQ(kind_with("not toml ["), "lib");
    EXPECT_EQ(kind_with("[lib]\nproc-macro = true\n", "pm::it"), "test");
}

TEST_F(Identify, AMissingManifestSaysNothing) {
    const Environment environment{"NEXTEST_BINARY_ID=pm",
                                  "CARGO_MANIFEST_DIR=" + folder_->path().string()};
    EXPECT_EQ(identify(environment, "/t/pm", "t").kind, "lib");
}

} // namespace
} // namespace ktstr::protocol
