#include "ktstr-runner/config/guest_environment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace ktstr::config {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Not;
using testing::StartsWith;

TEST(GuestEnvironment, KeepsWhatATestReads) {
    for (const std::string entry : {"NEXTEST=1",
                                    "NEXTEST_TEST_NAME=a::b",
                                    "CARGO_MANIFEST_DIR=/p",
                                    "CARGO_PKG_NAME=p",
                                    "CARGO_BIN_EXE_tool=/t",
                                    "OUT_DIR=/o",
                                    "LD_LIBRARY_PATH=/lib1:/lib2",
                                    "NEXTEST_LD_LIBRARY_PATH=/lib1",
                                    "LLVM_PROFILE_FILE=/t/c-%p-%2m.profraw",
                                    "RUST_BACKTRACE=1",
                                    "RUST_LOG=a=b",
                                    "TERM=xterm",
                                    "LANG=C.UTF-8",
                                    "EMPTY="}) {
        EXPECT_THAT(guest_environment({entry}, "/p"), Contains(entry));
    }
}

TEST(GuestEnvironment, LeavesOutWhatTheTableSays) {
    const auto out = guest_environment({"CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER=r",
                                        "RUSTC_WRAPPER=w",
                                        "MAKEFLAGS=-j",
                                        "DISPLAY=:0",
                                        "SSH_AUTH_SOCK=/s",
                                        "TMPDIR=/var/tmp",
                                        "LD_PRELOAD=/x.so",
                                        "KTSTR_KERNEL=6.14",
                                        "_=/usr/bin/cargo",
                                        "__CARGO_LLVM_COV_RUSTC_WRAPPER_RUSTFLAGS=x",
                                        "SUDO_USER=me"},
                                       "/p");
    EXPECT_THAT(out, Contains(StartsWith("PATH=")));
    EXPECT_EQ(out.size(), 6U) << testing::PrintToString(out); // HOME USER LOGNAME SHELL PATH PWD
}

TEST(GuestEnvironment, APatternNeedsAllOfIt) {
    EXPECT_THAT(guest_environment(
                    {"CARGO_TARGET_DIR=/t", "CARGO_TARGET_RUNNER=x", "MAKEFLAGS2=x", "_x=1"}, "/"),
                AllOf(Contains("CARGO_TARGET_DIR=/t"),
                      Contains("CARGO_TARGET_RUNNER=x"),
                      Contains("MAKEFLAGS2=x"),
                      Contains("_x=1")));
}

TEST(GuestEnvironment, TheUserIsRootWhoeverStartedIt) {
    const auto out = guest_environment({"HOME=/home/me", "USER=me", "SHELL=/bin/fish"}, "/p");
    EXPECT_THAT(out,
                AllOf(Contains("HOME=/root"),
                      Contains("USER=root"),
                      Contains("LOGNAME=root"),
                      Contains("SHELL=/bin/sh"),
                      Not(Contains("HOME=/home/me"))));
}

TEST(GuestEnvironment, PathKeepsTheHostsOrderAndGainsSystemFolders) {
    EXPECT_THAT(
        guest_environment({"PATH=/usr/bin:/opt/x"}, "/"),
        Contains("PATH=/usr/bin:/opt/x:/usr/local/sbin:/usr/local/bin:/usr/sbin:/sbin:/bin"));
    EXPECT_THAT(guest_environment({}, "/"),
                Contains("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"));
}

TEST(GuestEnvironment, PwdIsTheWorkingDirectory) {
    const auto out = guest_environment({"PWD=/elsewhere", "OLDPWD=/x"}, "/a dir");
    EXPECT_THAT(
        out,
        AllOf(Contains("PWD=/a dir"), Not(Contains("PWD=/elsewhere")), Not(Contains("OLDPWD=/x"))));
}

TEST(GuestEnvironment, DropsWhatIsNoVariable) {
    EXPECT_EQ(guest_environment({"", "=x", "noequals"}, "/").size(), 6U);
}

TEST(GuestEnvironment, EveryNameOccursOnce) {
    const auto out = guest_environment({"PATH=/bin", "HOME=/h", "PWD=/x", "A=1"}, "/");
    std::set<std::string> names;
    for (const auto& entry : out) {
        EXPECT_TRUE(names.insert(entry.substr(0, entry.find('='))).second) << entry;
    }
}

TEST(GuestEnvironment, EveryRuleHasAReasonAndOneStarAtMost) {
    std::set<std::string_view> patterns;
    for (const auto& rule : guest_env_rules()) {
        EXPECT_FALSE(rule.reason.empty()) << rule.pattern;
        EXPECT_LE(std::ranges::count(rule.pattern, '*'), 1) << rule.pattern;
        EXPECT_TRUE(patterns.insert(rule.pattern).second) << rule.pattern << " occurs twice";
        EXPECT_TRUE(rule.value.empty() || !rule.pattern.ends_with('*')) << rule.pattern;
    }
}

} // namespace
} // namespace ktstr::config
