#include "cargo-ktstr/archives/testing_pack.hpp"
#include "cargo-ktstr/kernels/deb.hpp"
#include "cargo-ktstr/kernels/package_stream.hpp"
#include "cargo-ktstr/kernels/testing_module.hpp"
#include "ktstr-runner/store/module_file.hpp"
#include "ktstr-runner/store/test_support.hpp"
#include "ktstr-runner/store/testing_compress.hpp"

#include <array>

namespace ktstr::kernels {

namespace {

using archives::Filter;
using archives::Member;
using archives::pack;

std::string deb(const std::string& package,
                const std::vector<Member>& files,
                Filter filter = archive_write_add_filter_xz,
                const std::string& suffix = ".xz",
                Filter control_filter = archive_write_add_filter_gzip,
                const std::string& control_suffix = ".gz") {
    const auto control = "Package: " + package + "\nVersion: 1-1\nArchitecture: amd64\n";
    const auto tar = [](const std::vector<Member>& members, Filter by) {
        return pack(members, by, archive_write_set_format_gnutar);
    };
    return pack(
        {
            {"debian-binary", "2.0\n"},
            {"control.tar" + control_suffix, tar({{"./control", control}}, control_filter)},
            {"data.tar" + suffix, tar(files, filter)}
    },
        archive_write_add_filter_none,
        archive_write_set_format_ar_svr4);
}

} // namespace

class DebTest : public store::StoreTest {
protected:
    std::filesystem::path put(const std::string& name, const std::string& bytes) const {
        write(folder() / name, bytes);
        return folder() / name;
    }

    // The error of a package with one extra member beside a good image.
    Result<Made> import_with(const Member& member) const {
        return import_debs(
            {.packages = {put("x.deb", deb("linux-image-6.1", {image("6.1"), member}))}});
    }

    static Member image(const std::string& release) {
        return {"./boot/vmlinuz-" + release, store::fake_bzimage(release)};
    }
};

TEST_F(DebTest, OnePackageOfTheOldKindBecomesAnEntryWithModules) {
    const auto made = import_debs({
        .packages = {
                     put("a.deb",
                     deb("linux-image-6.1",
                     {image("6.1"),
                     {"./boot/config-6.1", "CONFIG_X=y\n"},
                     {"./boot/System.map-6.1", "map"},
                     {"./lib/modules/6.1/kernel/fs/x.ko", "ko"},
                     {"./lib/modules/6.1/modules.dep", "dep"},
                     {"./lib/modules/6.1/build", "", AE_IFLNK, "/usr/src/linux-headers-6.1"}}))}
    });
    ASSERT_THAT(made, IsOk());
    EXPECT_FALSE(made->was_there);
    EXPECT_EQ(made->entry.version, "6.1");
    EXPECT_EQ(made->entry.arch, "x86_64");
    EXPECT_EQ(made->entry.source, "deb");
    EXPECT_EQ(made->entry.origin, "linux-image-6.1 1-1");
    EXPECT_FALSE(made->entry.sched_ext);
    EXPECT_EQ(made->entry.digests.size(), 3U);
    EXPECT_EQ(read_file(made->entry.modules / "6.1/kernel/fs/x.ko").value_or(""), "ko");
    EXPECT_THAT(made->entry.key, testing::StartsWith("6.1-x86_64-"));
}

TEST_F(DebTest, WritesTheListOfNeedsThatPackagesLeaveToDepmod) {
    const auto made = import_with({"./lib/modules/6.1/kernel/a.ko", module_that_needs("")});
    ASSERT_THAT(made, IsOk());
    EXPECT_EQ(read_file(made->entry.modules / "6.1/modules.dep").value_or(""), "kernel/a.ko:\n");
}

TEST_F(DebTest, PackagesOfTheNewKindAreReadInAnyOrderAndCompression) {
    struct Compression {
        Filter filter;
        std::string suffix;
    };

    for (const auto& by : {
             Compression{archive_write_add_filter_xz,   ".xz" },
             Compression{archive_write_add_filter_zstd, ".zst"},
             Compression{archive_write_add_filter_gzip, ".gz" },
             Compression{archive_write_add_filter_none, ""    }
    }) {
        const auto release = "7.3" + by.suffix;
        const auto base =
            put("base.deb",
                deb("linux-base-7.3",
                    {
                        {"./usr/lib/modules/" + release + "/config",          "CONFIG_SCHED_CLASS_EXT=y\n"},
                        {"./usr/lib/modules/" + release + "/modules.builtin", "list"                      }
        },
                    by.filter,
                    by.suffix));
        const auto binary = put(
            "binary.deb",
            deb("linux-binary-7.3",
                {
                    {"./usr/lib/modules/" + release + "/vmlinuz", store::fake_bzimage(release)}
        },
                by.filter,
                by.suffix));
        const auto made = import_debs({
            .packages = {base, binary}
        });
        ASSERT_THAT(made, IsOk());
        EXPECT_EQ(made->entry.version, release);
        EXPECT_TRUE(made->entry.sched_ext);
        EXPECT_TRUE(made->entry.modules.empty());
        const auto again = import_debs({
            .packages = {binary, base}
        });
        ASSERT_THAT(again, IsOk());
        EXPECT_TRUE(again->was_there);
        EXPECT_EQ(again->entry.key, made->entry.key);
    }
}

// The configuration comes with the modules, all is compressed by zstd, and what a module needs may
// be in another package.
TEST_F(DebTest, PackagesOfUbuntuBecomeOneEntry) {
    const auto zstd = archive_write_add_filter_zstd;
    const auto ubuntu = [&](const std::string& name, const std::vector<Member>& files) {
        return put(name + ".deb", deb(name, files, zstd, ".zst", zstd, ".zst"));
    };
    const auto ko = [&](const std::string& needs) {
        return store::compressed(module_that_needs(needs), zstd);
    };
    for (const std::string lib : {"./lib/modules/", "./usr/lib/modules/"}) {
        const auto release = lib == "./lib/modules/" ? "6.8.0-50-generic" : "6.17.0-5-generic";
        const auto modules = lib + release;
        const auto made = import_debs({
            .packages = {
                         ubuntu("linux-modules-extra",
                         {{modules + "/kernel/net/far-away.ko.zst", ko("near_by,zram")},
                        {modules + "/kernel/zram.ko.zst", ko("")}}),
                         ubuntu("linux-modules",
                         {{"./boot/config-" + std::string(release), "CONFIG_SCHED_CLASS_EXT=y\n"},
                        {"./boot/System.map-" + std::string(release), "map"},
                        {modules + "/kernel/net/near-by.ko.zst", ko("")},
                        {modules + "/modules.builtin", "kernel/fs/ext4/ext4.ko\n"},
                        {modules + "/modules.order", "kernel/net/near-by.ko\n"},
                        {modules + "/vdso/vdso64.so", "x"}}),
                         ubuntu("linux-image-unsigned", {image(release)})}
        });
        ASSERT_THAT(made, IsOk());
        EXPECT_EQ(made->entry.version, release);
        EXPECT_EQ(made->entry.sched_ext, true);
        const std::vector<std::string> wanted{"far_away", "ext4"};
        const auto files = store::find_modules(made->entry, wanted);
        ASSERT_THAT(files, IsOk());
        std::vector<std::string> places;
        for (const auto& file : *files) {
            places.push_back(file.place.lexically_relative("/lib/modules").string());
            EXPECT_THAT(store::read_module(file.file).value_or(""), testing::StartsWith(ELFMAG));
        }
        EXPECT_THAT(places,
                    testing::ElementsAre(testing::EndsWith("kernel/net/near-by.ko"),
                                         testing::EndsWith("kernel/zram.ko"),
                                         testing::EndsWith("kernel/net/far-away.ko")));
    }
}

TEST_F(DebTest, NamesAFileThatTwoPackagesHave) {
    const auto twice = [&](const std::string& name) {
        return put(name,
                   deb("linux-modules-6.1",
                       {
                           {"./lib/modules/6.1/kernel/a.ko", "ko"}
        }));
    };
    const auto first = twice("first.deb");
    const auto other = put("other.deb",
                           deb("linux-modules-extra-6.1",
                               {
                                   {"./usr/lib/modules/6.1/kernel/a.ko", "other"}
    }));
    EXPECT_THAT(import_debs({
                    .packages = {first, other}
    }),
                IsErrorWith("usr/lib/modules/6.1/kernel/a.ko"));
    EXPECT_THAT(import_debs({
                    .packages = {first, other}
    }),
                IsErrorWith("other.deb"));
    EXPECT_THAT(import_debs({
                    .packages = {first, other}
    }),
                IsErrorWith("another package has it too"));
}

TEST_F(DebTest, RefusesWhatReachesOutOfThePackage) {
    EXPECT_THAT(import_with({"./../../etc/x", "x"}),
                IsErrorWith("outside its own tree: ./../../etc/x"));
    EXPECT_THAT(import_with({"/boot/config-6.1", "x"}),
                IsErrorWith("outside its own tree: /boot/config-6.1"));
    EXPECT_THAT(import_with({"./lib/modules/6.1/kernel/../../../../../x", "x"}),
                IsErrorWith("outside its own tree"));
    EXPECT_THAT(import_with({"./boot/config-6.1", "", AE_IFREG, "/etc/shadow"}),
                IsErrorWith("hard link out of the package"));
    EXPECT_THAT(import_with({"./dev/x", "", AE_IFCHR}), IsErrorWith("is a device"));
    EXPECT_THAT(store::list().value().entries, testing::IsEmpty());
}

TEST_F(DebTest, LeavesSymbolicLinksOut) {
    const auto made = import_with({"./boot/config-6.1", "", AE_IFLNK, "/etc/shadow"});
    ASSERT_THAT(made, IsOk());
    EXPECT_TRUE(made->entry.config.empty());
}

TEST_F(DebTest, HoldsToItsLimits) {
    const auto package = put("x.deb",
                             deb("linux-image-6.1",
                                 {
                                     image("6.1"), {"./a", "aaaa"},
                                      {"./b", "bb"  }
    }));
    const auto ignore = [](PackageFile&) { return Result<>{}; };
    const PackageVisitor visitor{.control = ignore, .data = ignore};
    EXPECT_THAT(read_package(package, visitor), IsOk());
    EXPECT_THAT(read_package(package, visitor, {.bytes = 2100}),
                IsErrorWith("claims an absurd size"));
    EXPECT_THAT(read_package(package, visitor, {.entries = 3}), IsErrorWith("more than 3 files"));
}

TEST_F(DebTest, NamesPackagesThatDoNotMakeOneKernel) {
    const auto old = put("old.deb", deb("linux-image-6.1", {image("6.1")}));
    const auto config = put("config.deb",
                            deb("linux-base-6.2",
                                {
                                    {"./boot/config-6.2", "CONFIG_X=y\n"}
    }));
    const auto lying = put("lying.deb",
                           deb("linux-image-6.3",
                               {
                                   {"./boot/vmlinuz-6.3", store::fake_bzimage("6.4")}
    }));
    const auto empty = put("empty.deb",
                           deb("linux-image-6.5",
                               {
                                   {"./boot/vmlinuz-6.5", ""}
    }));
    EXPECT_THAT(import_debs({
                    .packages = {old, config}
    }),
                IsErrorWith("two releases, 6.1 and 6.2"));
    EXPECT_THAT(import_debs({.packages = {config}}),
                IsErrorWith("no kernel image in linux-base-6.2 1-1"));
    EXPECT_THAT(import_debs({.packages = {lying}}),
                IsErrorWith("release 6.4, its file name says 6.3"));
    EXPECT_THAT(import_debs({.packages = {empty}}), IsErrorWith("no size for it"));
    EXPECT_THAT(import_debs({}), IsErrorWith("no package"));
    EXPECT_THAT(store::list().value().entries, testing::IsEmpty());
}

TEST_F(DebTest, NamesWhatIsNoPackageAndWhatIsCutShort) {
    EXPECT_THAT(import_debs({.packages = {put("text.deb", "hello")}}), IsErrorWith("text.deb"));
    EXPECT_THAT(import_debs({.packages = {put("empty.deb", "")}}),
                IsErrorWith("not a Debian package"));
    EXPECT_THAT(import_debs({.packages = {folder() / "none.deb"}}), IsErrorWith("none.deb"));
    const auto whole = deb("linux-image-6.1",
                           {
                               image("6.1"), {"./boot/System.map", std::string(300'000, 'm')}
    },
                           archive_write_add_filter_none,
                           "");
    for (const auto length : {whole.size() / 2, whole.size() - 2000, std::size_t{70}}) {
        EXPECT_THAT(import_debs({.packages = {put("cut.deb", whole.substr(0, length))}}),
                    IsErrorWith("cut.deb"))
            << length;
    }
    EXPECT_THAT(store::list().value().damaged, testing::IsEmpty());
}

} // namespace ktstr::kernels
