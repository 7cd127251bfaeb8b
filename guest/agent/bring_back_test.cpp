#include "guest/agent/bring_back.hpp"
#include "guest/base/test_dir.hpp"

#include <gmock/gmock.h>

#include <sys/stat.h>

namespace ktstr::guest {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(MatchFiles, FindsRegularFilesInOrder) {
    const TestDir dir;
    dir.write("o/b.profraw", "b");
    dir.write("o/a.profraw", "a");
    dir.write("o/a.txt", "");
    dir.write("o/.c.profraw", "hidden");
    ASSERT_EQ(::mkfifo((dir.path() + "/o/d.profraw").c_str(), 0600), 0);
    EXPECT_THAT(match_files(dir.path() + "/o/*.profraw"),
                ElementsAre(dir.path() + "/o/a.profraw", dir.path() + "/o/b.profraw"));
}

TEST(MatchFiles, MatchesInEachPartOfThePath) {
    const TestDir dir;
    dir.write("x1/log/1", "");
    dir.write("x2/log/2", "");
    dir.write("y/log/3", "");
    EXPECT_THAT(match_files(dir.path() + "/x?/l[no]g/*"),
                ElementsAre(dir.path() + "/x1/log/1", dir.path() + "/x2/log/2"));
}

TEST(MatchFiles, FindsNothingForWhatIsNotThere) {
    const TestDir dir;
    EXPECT_THAT(match_files(dir.path() + "/none/*"), IsEmpty());
    EXPECT_THAT(match_files(dir.path() + "/none"), IsEmpty());
    EXPECT_THAT(match_files(""), IsEmpty());
    EXPECT_THAT(match_files("/"), IsEmpty());
}

TEST(DirectoryOf, IsAsFilesOfThePatternAreNamed) {
    EXPECT_EQ(directory_of("/a/b/x-*.profraw"), "/a/b");
    EXPECT_EQ(directory_of("//a///b//x"), "/a/b");
    EXPECT_EQ(directory_of("/a\\[1\\]/x"), "/a[1]");
    EXPECT_EQ(directory_of("/a*/x"), std::nullopt);
    EXPECT_EQ(directory_of("/x"), "");
}

} // namespace
} // namespace ktstr::guest
