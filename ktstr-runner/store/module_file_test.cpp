#include "ktstr-runner/store/module_file.hpp"
#include "ktstr-runner/store/test_support.hpp"
#include "ktstr-runner/store/testing_compress.hpp"

namespace ktstr::store {

namespace {

class ModuleFileTest : public StoreTest {
protected:
    // An entry with these files below modules/6.1/.
    static Result<Entry> with_modules(const std::map<std::string, std::string>& files) {
        TRY_ASSIGN(auto draft, Draft::begin("k"));
        write(draft.directory() / "image", fake_bzimage("6.1"));
        for (const auto& [name, text] : files) {
            write(draft.directory() / "modules/6.1" / name, text);
        }
        Entry entry;
        entry.version = "6.1";
        entry.arch = "x86_64";
        entry.source = "deb";
        return draft.commit(std::move(entry));
    }

    static auto find(const Entry& entry, const std::vector<std::string>& names) {
        return find_modules(entry, names);
    }
};

} // namespace

TEST_F(ModuleFileTest, FindsFilesAndWhereTheGuestHasThem) {
    const auto entry = with_modules({
        {"kernel/a.ko.xz",  "a"                                          },
        {"kernel/b.ko",     "b"                                          },
        {"modules.dep",     "kernel/a.ko.xz: kernel/b.ko\nkernel/b.ko:\n"},
        {"modules.builtin", "kernel/c.ko\n"                              }
    });
    ASSERT_THAT(entry, IsOk());
    const auto files = find(*entry, {"c", "a"});
    ASSERT_THAT(files, IsOk());
    ASSERT_EQ(files->size(), 2U);
    EXPECT_EQ(files->at(0).file, root() / "k/modules/6.1/kernel/b.ko");
    EXPECT_EQ(files->at(0).place, "/lib/modules/6.1/kernel/b.ko");
    EXPECT_EQ(files->at(1).file, root() / "k/modules/6.1/kernel/a.ko.xz");
    EXPECT_EQ(files->at(1).place, "/lib/modules/6.1/kernel/a.ko");
    EXPECT_THAT(find(*entry, {"x"}), IsErrorWith("no modules of the kernel k"));
    EXPECT_THAT(find(*entry, {"x"}), IsErrorWith("no module `x`"));
}

TEST_F(ModuleFileTest, SaysOfAKernelWithoutModulesWhyItHasNone) {
    const auto bare = add("6.12", "x86_64");
    ASSERT_THAT(bare, IsOk());
    EXPECT_THAT(find(*bare, {"a"}), IsErrorWith("made without modules"));
    write(folder() / "bzImage", fake_bzimage("6.12"));
    const auto outside = resolve((folder() / "bzImage").string());
    ASSERT_THAT(outside, IsOk());
    EXPECT_THAT(find(*outside, {"a"}), IsErrorWith("it is a file"));
    EXPECT_THAT(find(*outside, {"a"}), IsErrorWith((folder() / "bzImage").string()));
    const auto old = with_modules({
        {"kernel/a.ko", "a"}
    });
    ASSERT_THAT(old, IsOk());
    EXPECT_THAT(find(*old, {"a"}), IsErrorWith("import its packages again"));
}

TEST_F(ModuleFileTest, ReadsAModuleHoweverItIsCompressed) {
    write(folder() / "a.ko", "module");
    write(folder() / "a.ko.xz", compressed("module", archive_write_add_filter_xz));
    write(folder() / "a.ko.zst", compressed("module", archive_write_add_filter_zstd));
    write(folder() / "a.ko.gz", compressed("module", archive_write_add_filter_gzip));
    write(folder() / "empty.ko", "");
    for (const auto* name : {"a.ko", "a.ko.xz", "a.ko.zst", "a.ko.gz"}) {
        EXPECT_EQ(read_module(folder() / name).value_or(""), "module") << name;
        const auto mapped = map_module(folder() / name, folder());
        ASSERT_THAT(mapped, IsOk());
        EXPECT_EQ(mapped->text(), "module") << name;
    }
    EXPECT_THAT(map_module(folder() / "empty.ko", folder()), IsOk());
    write(folder() / "b.ko.xz", "module");
    EXPECT_THAT(read_module(folder() / "b.ko.xz"), IsErrorWith("b.ko.xz"));
    EXPECT_THAT(map_module(folder() / "b.ko.xz", folder()), IsErrorWith("b.ko.xz"));
}

} // namespace ktstr::store
