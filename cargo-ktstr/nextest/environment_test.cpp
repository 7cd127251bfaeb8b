#include "cargo-ktstr/nextest/environment.hpp"

#include <gmock/gmock.h>

namespace ktstr::nextest {

namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;
using testing::Pair;
using testing::UnorderedElementsAre;
using Words = std::vector<std::string>;

TEST(Environment, ReplacesRatherThanAdds) {
    Environment environment({"A=1", "AB=2"});
    environment.set("A", "3=4");
    EXPECT_THAT(environment.entries(), UnorderedElementsAre("A=3=4", "AB=2"));
    EXPECT_THAT(environment.get("A"), Optional(std::string("3=4")));
    EXPECT_EQ(environment.get("B"), std::nullopt);
}

TEST(Environment, LeavesTheNextestAroundIt) {
    Environment environment({"NEXTEST=1",
                             "NEXTEST_PROFILE=ci",
                             "NEXTEST_TEST_THREADS=1",
                             "NEXTEST_BIN_EXE_x=/x",
                             "NEXTEST_LD_LIBRARY_PATH=/l",
                             "NEXTEST_EXPERIMENTAL_LIBTEST_JSON=1",
                             "PATH=/bin"});
    environment.leave_outer_nextest();
    EXPECT_THAT(environment.entries(),
                ElementsAre("NEXTEST_EXPERIMENTAL_LIBTEST_JSON=1", "PATH=/bin"));
}

TEST(Environment, KeepsTheUsersSettingsOutsideOfNextest) {
    Environment environment({"NEXTEST_PROFILE=ci", "NEXTEST_TEST_THREADS=1"});
    environment.leave_outer_nextest();
    EXPECT_THAT(environment.entries(), ElementsAre("NEXTEST_PROFILE=ci", "NEXTEST_TEST_THREADS=1"));
}

TEST(RunnerSetting, IsTheVariableOfEachTriple) {
    const auto setting = runner_setting("/opt/ktstr-runner",
                                        Words{"x86_64-unknown-linux-gnu", "aarch64-unknown-none"});
    EXPECT_THAT(setting.arguments, IsEmpty());
    EXPECT_THAT(
        setting.variables,
        ElementsAre(Pair("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER", "/opt/ktstr-runner"),
                    Pair("CARGO_TARGET_AARCH64_UNKNOWN_NONE_RUNNER", "/opt/ktstr-runner")));
}

TEST(RunnerSetting, IsAListWhereThePathHasABlank) {
    const auto setting =
        runner_setting("/my \"tools\"/ktstr-runner", Words{"x86_64-unknown-linux-gnu"});
    EXPECT_THAT(setting.variables, IsEmpty());
    EXPECT_THAT(
        setting.arguments,
        ElementsAre("--config",
                    R"(target.x86_64-unknown-linux-gnu.runner=["/my \"tools\"/ktstr-runner"])"));
}

} // namespace

} // namespace ktstr::nextest
