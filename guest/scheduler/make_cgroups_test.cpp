#include "guest/base/test_dir.hpp"
#include "guest/scheduler/make_cgroups.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace ktstr::guest {
namespace {

TEST(MakeCgroup, MakesTheWholePath) {
    const TestDir dir;
    EXPECT_EQ(make_cgroup("/a//b/", dir.path()), std::nullopt);
    EXPECT_TRUE(std::filesystem::is_directory(dir.path() + "/a/b"));
    EXPECT_EQ(make_cgroup("a", dir.path()), std::nullopt); // is there already
}

TEST(MakeCgroup, GivesOnControllersOfEachDirectory) {
    const TestDir dir;
    dir.write("cgroup.controllers", "cpuset cpu\n");
    dir.write("cgroup.subtree_control", "");
    dir.write("a/cgroup.controllers", "cpu\n");
    dir.write("a/cgroup.subtree_control", "");
    EXPECT_EQ(make_cgroup("/a", dir.path()), std::nullopt);
    // A plain file keeps what the shorter second write, "+cpu", left of the first.
    EXPECT_EQ(read_file(dir.path() + "/cgroup.subtree_control"), "+cpuset");
    EXPECT_EQ(read_file(dir.path() + "/a/cgroup.subtree_control"), "+cpu");
}

TEST(MakeCgroup, StaysBelowItsRootAndSaysWhatFails) {
    const TestDir dir;
    EXPECT_NE(make_cgroup("/a/../../b", dir.path()), std::nullopt);
    dir.write("file", "");
    EXPECT_NE(make_cgroup("/file/b", dir.path()), std::nullopt);
}

} // namespace
} // namespace ktstr::guest
