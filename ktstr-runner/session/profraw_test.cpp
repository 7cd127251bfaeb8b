#include "ktstr-runner/session/profraw.hpp"

#include <gmock/gmock.h>

#include <fnmatch.h>

#include <set>

namespace ktstr::session::profraw {

namespace {

struct Case {
    const char* value;
    const char* guest_pattern;
    const char* folder;
    const char* stem;
};

class Locate : public ::testing::TestWithParam<Case> {};

// The guest's program names its file thus; does the pattern find it?
bool finds(const std::string& value, const std::string& file) {
    return ::fnmatch(locate(value, "/pkg", "/tmp")->guest_pattern.c_str(),
                     file.c_str(),
                     FNM_PATHNAME) == 0;
}

} // namespace

TEST_P(Locate, GivesPatternFolderAndStem) {
    const auto found = locate(GetParam().value, "/pkg", "/var/tmp");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->guest_pattern, GetParam().guest_pattern);
    EXPECT_EQ(found->folder, GetParam().folder);
    EXPECT_EQ(found->stem, GetParam().stem);
}

INSTANTIATE_TEST_SUITE_P(Values,
                         Locate,
                         ::testing::Values(
                             // cargo-llvm-cov, for nextest and for plain tests
                             Case{"/t/llvm-cov-target/nix-%p-%2m.profraw",
                                  "/t/llvm-cov-target/nix-*-*.profraw",
                                  "/t/llvm-cov-target",
                                  "nix"},
                             Case{"/t/nix-%p-%m.profraw", "/t/nix-*-*.profraw", "/t", "nix"},
                             Case{"/t/a-%16m%h%b.profraw", "/t/a-*.profraw", "/t", "a"},
                             Case{"/t/plain.profraw", "/t/plain.profraw", "/t", "plain"},
                             Case{"/t/%p.profraw", "/t/*.profraw", "/t", "profile"},
                             Case{"/t/%c%m-x.raw", "/t/*-x.raw", "/t", "-x.raw"},
                             Case{"%t/cov-%p.profraw", "/var/tmp/cov-*.profraw", "/var/tmp", "cov"},
                             Case{"/t/%h/run-%p/x.profraw", "/t/*/run-*/x.profraw", "/t", "x"},
                             Case{"sub/x-%p.profraw", "/pkg/sub/x-*.profraw", "/pkg/sub", "x"},
                             Case{"default.profraw", "/pkg/default.profraw", "/pkg", "default"},
                             Case{"/t/[a]*?\\/x%p", "/t/\\[a]\\*\\?\\\\/x*", "/t/[a]*?\\", "x"},
                             Case{"/t/x\\*%p", "/t/x\\\\\\**", "/t", "x\\*"},
                             Case{"/t/x%", "/t/x*", "/t", "x"}));

TEST(Profraw, AnEmptyValueAsksForNothing) {
    EXPECT_FALSE(locate("", "/pkg", "/tmp"));
}

TEST(Profraw, ThePatternFindsWhatTheProgramWrites) {
    EXPECT_TRUE(finds("/t/nix-%p-%2m.profraw", "/t/nix-77-4340127046799897816_1.profraw"));
    EXPECT_TRUE(finds("/t/[x]*/a-%p.profraw", "/t/[x]*/a-1.profraw"));
    EXPECT_FALSE(finds("/t/nix-%p.profraw", "/t/other-77.profraw"));
    EXPECT_FALSE(finds("/t/nix-%p.profraw", "/t/sub/nix-77.profraw"));
    EXPECT_FALSE(finds("/t/[x]-%p.profraw", "/t/x-1.profraw"));
}

TEST(Profraw, HostNamesDifferByAttemptAndNumber) {
    const auto location = *locate("/t/nix-%p-%2m.profraw", "/pkg", "/tmp");
    EXPECT_THAT(host_path(location, "id:nix::test$a#2", 3).string(),
                ::testing::MatchesRegex("/t/nix-[0-9a-f]+-3\\.profraw"));
    std::set<std::filesystem::path> paths;
    for (const auto* attempt :
         {"id:nix::test$a", "id:nix::test$a#2", "id:nix::test$b", "id:nix::test@stress-1$a"}) {
        paths.insert(host_path(location, attempt, 0));
        paths.insert(host_path(location, attempt, 1));
        EXPECT_EQ(host_path(location, attempt, 0).parent_path(), "/t");
    }
    EXPECT_EQ(paths.size(), 8U);
}

} // namespace ktstr::session::profraw
