#include "guest/base/program.hpp"
#include "guest/base/test_dir.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <vector>

namespace ktstr::guest {
namespace {

TEST(Variable, TakesTheWholeName) {
    const std::vector<const char*> environment{"PATHS=no", "PATH=/a:/b", "EMPTY=", nullptr};
    EXPECT_EQ(variable(environment, "PATH"), "/a:/b");
    EXPECT_EQ(variable(environment, "EMPTY"), "");
    EXPECT_EQ(variable(environment, "PAT"), "");
}

TEST(FindProgram, SearchesThePathInOrder) {
    const TestDir dir;
    ASSERT_EQ(::chmod(dir.write("b/prog", "").c_str(), 0755), 0);
    ASSERT_EQ(::chmod(dir.write("c/prog", "").c_str(), 0755), 0);
    const auto path = dir.path() + "/a:" + dir.path() + "/b:" + dir.path() + "/c";
    EXPECT_EQ(find_program("prog", path), dir.path() + "/b/prog");
    EXPECT_EQ(find_program("other", path), "");
    EXPECT_EQ(find_program("", path), "");
}

TEST(FindProgram, PrefersWhatMayBeExecuted) {
    const TestDir dir;
    dir.write("a/prog", "");
    dir.write("d/prog/file", "");
    ASSERT_EQ(::chmod(dir.write("b/prog", "").c_str(), 0755), 0);
    EXPECT_EQ(find_program("prog", dir.path() + "/d:" + dir.path() + "/a:" + dir.path() + "/b"),
              dir.path() + "/b/prog");
    EXPECT_EQ(find_program("prog", dir.path() + "/a"), dir.path() + "/a/prog");
}

TEST(FindProgram, LeavesPathsAlone) {
    EXPECT_EQ(find_program("./prog", "/bin"), "./prog");
    EXPECT_EQ(find_program("/no/such", ""), "/no/such");
}

} // namespace
} // namespace ktstr::guest
