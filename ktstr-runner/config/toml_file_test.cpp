#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/config/toml_file.hpp"

#include <gtest/gtest.h>

namespace ktstr::config {
namespace {

TEST(TomlFile, ValuesKnowWhereTheyStand) {
    const auto root = parse_toml("a = 1\n[b]\nc = 'x'\nd = [true, 2.5, 1979-05-27]\n", "f.toml");
    ASSERT_THAT(root, IsOk());
    EXPECT_EQ(root->find("a")->integer, 1);
    const auto* c = root->find_path({"b", "c"});
    ASSERT_NE(c, nullptr);
    EXPECT_EQ(c->text, "x");
    EXPECT_EQ(c->where(), "f.toml:3:5");
    EXPECT_EQ(c->where_key(), "f.toml:3:1");
    const auto& items = root->find_path({"b", "d"})->items;
    ASSERT_EQ(items.size(), 3U);
    EXPECT_TRUE(items[0].boolean);
    EXPECT_EQ(items[1].type, TomlType::floating);
    EXPECT_EQ(items[2].type, TomlType::date);
    EXPECT_EQ(root->find_path({"b", "x", "y"}), nullptr);
    EXPECT_EQ(root->find_path({"a", "x"}), nullptr);
}

TEST(TomlFile, SyntaxErrorsKeepTheirPlace) {
    EXPECT_THAT(parse_toml("a = 1\nb = = 2\n", "f.toml"), IsErrorWith("f.toml:2:5: not TOML"));
    EXPECT_THAT(parse_toml("a = 1\na = 2\n", "f.toml"), IsErrorWith("f.toml:2:"));
    EXPECT_THAT(parse_toml("a = '\xff'", "f.toml"), IsErrorWith("not TOML"));
}

TEST(TomlFile, TypeErrorsSayBothTypes) {
    const auto root = parse_toml("a = 1", "f.toml");
    EXPECT_EQ(root->find("a")->type_error("a", "a string").message(),
              "f.toml:1:5: `a` must be a string, but is an integer");
}

TEST(TomlFile, AMissingFileIsEmptyAndADirectoryIsNot) {
    const auto folder = TempDir::create("toml");
    ASSERT_THAT(folder, IsOk());
    const auto missing = read_toml(folder->path() / "none.toml");
    ASSERT_THAT(missing, IsOk());
    EXPECT_TRUE(missing->fields.empty());
    EXPECT_THAT(read_toml(folder->path()), IsErrorWith("is not a regular file"));
    std::filesystem::create_symlink("nowhere", folder->path() / "dangling.toml");
    EXPECT_THAT(read_toml(folder->path() / "dangling.toml"), IsErrorWith("No such file"));
}

TEST(TomlFile, MergesTablesKeyByKeyAndReplacesTheRest) {
    const auto base = parse_toml("t = {a = 1, b = 2}\ns = {p = 1}\nl = [1, 2]\nonly = 1", "base");
    const auto over = parse_toml("t = {b = 3, c = 4}\ns = 'x'\nl = [9]", "over");
    const auto both = merged(*base, *over);
    EXPECT_EQ(both.find_path({"t", "a"})->integer, 1);
    EXPECT_EQ(both.find_path({"t", "b"})->integer, 3);
    EXPECT_EQ(both.find_path({"t", "c"})->integer, 4);
    EXPECT_EQ(both.find("s")->text, "x");
    EXPECT_EQ(both.find("l")->items.size(), 1U);
    EXPECT_EQ(both.find("only")->integer, 1);
    EXPECT_EQ(both.find_path({"t", "b"})->where(), "over:1:10");
}

} // namespace
} // namespace ktstr::config
