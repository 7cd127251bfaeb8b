#include "guest/base/directory.hpp"
#include "guest/base/test_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ktstr::guest {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(NamesIn, AreFilesAndFoldersAndHiddenOnes) {
    const TestDir dir;
    dir.write("file", "x");
    dir.write(".hidden", "x");
    dir.write("folder/below", "x");
    EXPECT_THAT(names_in(dir.path()), UnorderedElementsAre("file", ".hidden", "folder"));
}

TEST(NamesIn, OfWhatIsNoDirectoryAreNone) {
    const TestDir dir;
    dir.write("file", "x");
    EXPECT_THAT(names_in(dir.path() + "/file"), IsEmpty());
    EXPECT_THAT(names_in(dir.path() + "/absent"), IsEmpty());
}

} // namespace
} // namespace ktstr::guest
