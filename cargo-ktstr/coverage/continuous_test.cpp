#include "cargo-ktstr/coverage/continuous.hpp"

#include <gmock/gmock.h>

#include <stdlib.h>

namespace ktstr::coverage {

namespace {

using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::Optional;

std::optional<std::string> why_not(std::vector<std::string> arguments,
                                   std::vector<std::string> environment = {}) {
    return why_not_continuous(
        arguments, nextest::Environment(std::move(environment)), "/bin/cargo-ktstr");
}

TEST(Continuous, IsUsedWhereAllThatIsInstrumentedIsTheWorkspaces) {
    EXPECT_THAT(why_not({"--lcov", "--", "--dep-coverage"}), Eq(std::nullopt));
    EXPECT_THAT(why_not({"--dep-coverage=serde"}),
                Optional(Eq("--dep-coverage covers other crates too")));
    EXPECT_THAT(why_not({"--no-rustc-wrapper"}),
                Optional(testing::StartsWith("--no-rustc-wrapper")));
    EXPECT_THAT(why_not({"--include-ffi"}), Optional(testing::StartsWith("--include-ffi")));
    EXPECT_THAT(why_not({}, {"RUSTC_WORKSPACE_WRAPPER=clippy-driver"}),
                Optional(Eq("RUSTC_WORKSPACE_WRAPPER is set")));
    EXPECT_THAT(why_not({}, {"CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER=x"}),
                Optional(testing::EndsWith("is set")));
    EXPECT_THAT(why_not({}, {"RUSTC_WORKSPACE_WRAPPER="}), Eq(std::nullopt));
    EXPECT_THAT(why_not({}, {"RUSTC_WORKSPACE_WRAPPER=/bin/cargo-ktstr"}), Eq(std::nullopt));
    EXPECT_THAT(why_not({"show-env", "--sh"}), Optional(testing::StartsWith("show-env")));
    EXPECT_THAT(why_not({"--archive-file", "a"}), Optional(testing::StartsWith("--archive-file")));
}

TEST(Continuous, NamesHaveTheModeOnce) {
    EXPECT_EQ(continuous_name("a-%p-%2m.profraw"), "a-%p-%2m%c.profraw");
    EXPECT_EQ(continuous_name("a-%c-%p.profraw"), "a-%c-%p.profraw");
    EXPECT_EQ(continuous_name("a.txt"), "a.txt");
}

TEST(Continuous, CargoIsToldWhoCompilesAndWhatProfilesAreCalled) {
    nextest::Environment environment({"LLVM_PROFILE_FILE_NAME=mine-%p.profraw"});
    put_continuous(environment, "/bin/cargo-ktstr");
    EXPECT_THAT(environment.get("RUSTC_WORKSPACE_WRAPPER"), Optional(Eq("/bin/cargo-ktstr")));
    EXPECT_THAT(environment.get("LLVM_PROFILE_FILE_NAME"), Optional(Eq("mine-%p%c.profraw")));
}

TEST(Continuous, OnlyWhatIsInstrumentedIsRelocated) {
    EXPECT_THAT(with_relocation({"rustc", "-vV"}), ElementsAre("rustc", "-vV"));
    EXPECT_THAT(with_relocation({"rustc", "a.rs", "-C", "instrument-coverage"}),
                ElementsAre("rustc",
                            "a.rs",
                            "-C",
                            "instrument-coverage",
                            "-C",
                            "llvm-args=-runtime-counter-relocation"));
    EXPECT_EQ(with_relocation({"rustc", "-Cinstrument-coverage"}).size(), 4U);
}

TEST(Continuous, TheWrapperIsWhoCargoCallsByThatName) {
    ::setenv("RUSTC_WORKSPACE_WRAPPER", "/bin/cargo-ktstr", 1);
    EXPECT_TRUE(is_rustc_wrapper(std::vector{"/bin/cargo-ktstr", "rustc"}));
    EXPECT_FALSE(is_rustc_wrapper(std::vector{"/bin/cargo-ktstr", "ktstr"}));
    EXPECT_FALSE(is_rustc_wrapper(std::vector{"/bin/cargo-ktstr"}));
    EXPECT_FALSE(is_rustc_wrapper(std::vector{"ktstr", "test"}));
    ::unsetenv("RUSTC_WORKSPACE_WRAPPER");
    EXPECT_FALSE(is_rustc_wrapper(std::vector{"/bin/cargo-ktstr", "rustc"}));
}

} // namespace

} // namespace ktstr::coverage
