#include "ktstr-runner/store/module_list.hpp"
#include "ktstr-runner/store/store.hpp"
#include "ktstr-runner/store/test_support.hpp"

namespace ktstr::store {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace {

std::vector<std::string> lines(const std::vector<Damaged>& damaged) {
    std::vector<std::string> all;
    for (const auto& one : damaged) {
        all.push_back(one.line());
    }
    return all;
}

} // namespace

TEST_F(StoreTest, RootFollowsTheEnvironmentInOrder) {
    EXPECT_EQ(store::root().value_or(""), root());
    ::unsetenv("KTSTR_CACHE_DIR");
    ::setenv("XDG_CACHE_HOME", "/some/cache", 1);
    EXPECT_EQ(store::root().value_or(""), "/some/cache/ktstr/kernels");
    ::setenv("XDG_CACHE_HOME", "", 1);
    ::setenv("HOME", "/some/home", 1);
    EXPECT_EQ(store::root().value_or(""), "/some/home/.cache/ktstr/kernels");
    ::unsetenv("HOME");
    EXPECT_THAT(store::root(), IsErrorWith("KTSTR_CACHE_DIR"));
    ::setenv("KTSTR_CACHE_DIR", "relative", 1);
    EXPECT_THAT(store::root(), IsErrorWith("KTSTR_CACHE_DIR is not an absolute path: `relative`"));
    ::unsetenv("XDG_CACHE_HOME");
}

TEST_F(StoreTest, IsEmptyWithoutADirectory) {
    const auto listing = list();
    ASSERT_THAT(listing, IsOk());
    EXPECT_THAT(listing->entries, IsEmpty());
    EXPECT_FALSE(std::filesystem::exists(root()));
}

TEST_F(StoreTest, RootThatIsNoDirectoryIsNamed) {
    write(root(), "a file");
    EXPECT_THAT(list(), IsErrorWith(root().string()));
    EXPECT_THAT(Draft::begin("a"), IsErrorWith("set KTSTR_CACHE_DIR"));
}

TEST_F(StoreTest, ListsWholeEntriesAndNamesDamagedOnes) {
    ASSERT_THAT(add("6.12.1", "x86_64"), IsOk());
    for (const auto* release : {"6.1", "6.2", "6.3", "6.4", "6.5"}) {
        ASSERT_THAT(add(release, "x86_64"), IsOk());
    }
    std::filesystem::remove(root() / "6.1-x" / "image");
    std::filesystem::resize_file(root() / "6.2-x" / "image", 7);
    write(root() / "6.3-x" / "metadata.json", "{\"schema\": 2}");
    write(root() / "6.4-x" / "metadata.json", "{\"schema\":");
    std::filesystem::rename(root() / "6.5-x", root() / "renamed");
    std::filesystem::create_directory(root() / "bare");
    const auto listing = list();
    ASSERT_THAT(listing, IsOk());
    ASSERT_EQ(listing->entries.size(), 1U);
    EXPECT_EQ(listing->entries[0].version, "6.12.1");
    EXPECT_EQ(listing->entries[0].size, 2048U);
    EXPECT_THAT(
        lines(listing->damaged),
        ElementsAre(HasSubstr("6.1-x: image"),
                    HasSubstr("6.2-x: image has 7 bytes instead of 2048"),
                    HasSubstr("6.3-x: it was written by a newer ktstr: metadata.json has schema 2, "
                              "this ktstr reads schema 1"),
                    HasSubstr("6.4-x: metadata.json: "),
                    HasSubstr("bare: no usable metadata.json"),
                    HasSubstr("renamed: metadata.json is that of 6.5-x")));
    EXPECT_TRUE(listing->damaged.at(2).newer);
    EXPECT_FALSE(listing->damaged.at(3).newer);
    EXPECT_TRUE(std::filesystem::exists(root() / "6.4-x"))
        << "damaged entries are left to their owner";
}

TEST_F(StoreTest, MetadataCannotPointOutOfTheEntry) {
    ASSERT_THAT(add("6.12", "x86_64"), IsOk());
    auto text = read_file(root() / "6.12-x" / "metadata.json").value_or("");
    text.replace(text.find("\"image\""), 7, "\"../../x\"");
    write(root() / "6.12-x" / "metadata.json", text);
    const auto listing = list();
    ASSERT_THAT(listing, IsOk());
    EXPECT_THAT(lines(listing->damaged),
                ElementsAre(HasSubstr("names a file outside the entry: ../../x")));
}

TEST_F(StoreTest, VerifyFindsChangedContentsOfTheSameSize) {
    const auto entry = add("6.12", "x86_64", "CONFIG_A=y\n");
    ASSERT_THAT(entry, IsOk());
    EXPECT_THAT(verify(*entry).value(), IsEmpty());
    write(root() / "6.12-x" / "config", "CONFIG_B=y\n");
    EXPECT_THAT(verify(*entry).value(), ElementsAre("config: its contents have changed"));
}

TEST_F(StoreTest, VerifyReadsTheModulesAndTheirList) {
    auto draft = Draft::begin("k");
    ASSERT_THAT(draft, IsOk());
    write(draft->directory() / "image", fake_bzimage("6.12"));
    for (const auto* name : {"a.ko", "b.ko", "c.ko"}) {
        write(draft->directory() / "modules/6.12/kernel" / name, "ko");
    }
    const auto entry = draft->commit({.version = "6.12"});
    ASSERT_THAT(entry, IsOk());
    EXPECT_THAT(verify(*entry).value(), IsEmpty());
    write(root() / "k/modules/6.12/kernel/a.ko", "xx");
    write(root() / "k/modules/6.12/kernel/b.ko", "xxx");
    std::filesystem::remove(root() / "k/modules/6.12/kernel/c.ko");
    EXPECT_THAT(verify(*entry).value(),
                ElementsAre("modules/6.12/kernel/a.ko: its contents have changed",
                            "modules/6.12/kernel/b.ko: it has 3 bytes instead of 2",
                            HasSubstr("modules/6.12/kernel/c.ko: No such file")));
    write(root() / "k/modules.list", "");
    EXPECT_THAT(verify(*entry).value(), ElementsAre("modules.list: its contents have changed"));
}

TEST(ModuleList, NamesOnlyWhatIsBelowModules) {
    auto dir = TempDir::create("modules");
    ASSERT_THAT(dir, IsOk());
    for (const auto* line :
         {"0 1 /etc/passwd", "0 1 modules/../../x", "0 x modules/a", "0 1", "0"}) {
        ASSERT_THAT(write_file_atomically(dir->path() / module_list_name, line), IsOk());
        EXPECT_THAT(verify_modules(dir->path()), IsErrorWith("modules.list: no line of it"))
            << line;
    }
}

TEST(SchedExt, IsAWholeLineOfTheConfig) {
    EXPECT_TRUE(has_sched_ext("CONFIG_A=y\nCONFIG_SCHED_CLASS_EXT=y\n"));
    EXPECT_FALSE(has_sched_ext("# CONFIG_SCHED_CLASS_EXT is not set\n"));
    EXPECT_FALSE(has_sched_ext("CONFIG_NO_CONFIG_SCHED_CLASS_EXT=y\n"));
}

TEST(ConfigLine, IsAWholeLine) {
    EXPECT_TRUE(has_line("CONFIG_A=y\nCONFIG_FTRACE=y", "CONFIG_FTRACE=y"));
    EXPECT_TRUE(has_line("CONFIG_FTRACE=yes\nCONFIG_FTRACE=y\n", "CONFIG_FTRACE=y"));
    EXPECT_FALSE(has_line("CONFIG_FTRACE=yes\n", "CONFIG_FTRACE=y"));
    EXPECT_FALSE(has_line("XCONFIG_FTRACE=y\n", "CONFIG_FTRACE=y"));
    EXPECT_FALSE(has_line("", "CONFIG_FTRACE=y"));
}

TEST(StoreKey, IsOnePlainName) {
    EXPECT_TRUE(is_key("7.3.4+deb13-cloud-amd64-x86_64-0123456789ab"));
    for (const auto* bad : {"", ".draft-1", "a/b", "..", "a b", "a\n"}) {
        EXPECT_FALSE(is_key(bad)) << bad;
    }
}

} // namespace ktstr::store
