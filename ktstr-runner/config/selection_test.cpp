#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/config/selection.hpp"

namespace ktstr::config {
namespace {

using namespace std::chrono_literals;
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

TEST(Selection, IsListedWithItsReserve) {
    auto dir = TempDir::create("selection");
    ASSERT_THAT(dir, IsOk());
    const auto chosen = dir->path() / "selection";
    const auto reserve = dir->path() / "reserve";
    ASSERT_THAT(write_file_atomically(chosen, "c::it a\n"), IsOk());
    ASSERT_THAT(write_file_atomically(reserve,
                                      reserve_line(1500ms, "c::it b with a blank") +
                                          reserve_line(1ns, "c::it c") + "strange\n"),
                IsOk());
    const std::vector<std::string> environment{"KTSTR_SELECTION=" + chosen.string(),
                                               "KTSTR_RESERVE=" + reserve.string()};
    const auto names = selection_from(environment, "c::it");
    ASSERT_THAT(names, IsOk());
    EXPECT_THAT(**names, ElementsAre("a", "b with a blank", "c"));
    const auto time = [&](std::string_view binary, std::string_view name) {
        const auto found = reserve_time_from(environment, binary, name);
        EXPECT_THAT(found, IsOk());
        return *found;
    };
    EXPECT_EQ(time("c::it", "b with a blank"), 1500ms);
    EXPECT_EQ(time("c::it", "c"), 1ms);
    EXPECT_EQ(time("c::it", "a"), std::nullopt);
    EXPECT_EQ(time("c", "c"), std::nullopt);
    EXPECT_THAT(reserve_time_from({}, "c", "c"), IsOk());
    const std::vector<std::string> wrong{"KTSTR_RESERVE=/no/such/file"};
    EXPECT_THAT(reserve_time_from(wrong, "c", "c"), IsErrorWith("/no/such/file"));
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
