#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/config/selection.hpp"

namespace ktstr::config {
namespace {

using ::testing::ElementsAre;

TEST(Selection, IsOfOneBinary) {
    auto dir = TempDir::create("selection");
    ASSERT_THAT(dir, IsOk());
    const auto path = dir->path() / "selection";
    ASSERT_THAT(write_file_atomically(path, "c::it a\nc::it gauntlet/b/x/default\nc::itt b\nc a\n"),
                IsOk());
    const std::vector<std::string> environment{"A=b", "KTSTR_SELECTION=" + path.string()};
    const auto names = selection_from(environment, "c::it");
    ASSERT_THAT(names, IsOk());
    ASSERT_TRUE(*names);
    EXPECT_THAT(**names, ElementsAre("a", "gauntlet/b/x/default"));
    const auto none = selection_from(environment, "other");
    ASSERT_THAT(none, IsOk());
    EXPECT_TRUE((*none)->empty());
    EXPECT_THAT(selection_from(environment, ""), IsErrorWith("whose listing"));
}

TEST(Selection, IsAllWhereThereIsNone) {
    const auto names = selection_from({}, "c::it");
    ASSERT_THAT(names, IsOk());
    EXPECT_FALSE(*names);
}

TEST(Selection, ThatCannotBeReadIsAnError) {
    const std::vector<std::string> environment{"KTSTR_SELECTION=/no/such/file"};
    EXPECT_THAT(selection_from(environment, "c::it"), IsErrorWith("/no/such/file"));
}

} // namespace
} // namespace ktstr::config
