#include "ktstr-runner/machine/image/elf_fixture.hpp"
#include "ktstr-runner/machine/image/library_search.hpp"
#include "ktstr-runner/machine/image/payload_fixture.hpp"

#include <cstring>

namespace ktstr::machine {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

class LibrarySearchTest : public PayloadTest {
protected:
    std::filesystem::path library(const std::string& name) {
        return file(name, ElfFixture{.soname = "x"}.build());
    }

    LoadedObject object(const std::string& name,
                        const std::string& rpath,
                        const std::string& runpath,
                        std::size_t loader = 0) {
        return {
            .path = root_ / name,
            .dynamic = {.needed = {}, .soname = {}, .rpath = rpath, .runpath = runpath},
            .loader = loader
        };
    }

    // /etc/ld.so.cache as ldconfig would write it.
    struct Record {
        std::string name;
        std::string path;
        std::int32_t flags = 0x0303;
        std::uint64_t hwcap = 0;
    };

    static std::string cache(const std::vector<Record>& records) {
        std::string head(48, '\0');
        std::string table;
        std::string strings;
        const auto base = head.size() + records.size() * 24;
        const auto put = [](std::string& out, const auto& value) {
            out.append(reinterpret_cast<const char*>(&value), sizeof value);
        };
        const auto text = [&](const std::string& value) {
            const auto offset = static_cast<std::uint32_t>(base + strings.size());
            strings += value + '\0';
            return offset;
        };
        for (const auto& record : records) {
            put(table, record.flags);
            put(table, text(record.name));
            put(table, text(record.path));
            put(table, std::uint32_t{0});
            put(table, record.hwcap);
        }
        head.replace(0, 20, "glibc-ld.so.cache1.1");
        const auto count = static_cast<std::uint32_t>(records.size());
        std::memcpy(head.data() + 20, &count, sizeof count);
        return head + table + strings;
    }
};

} // namespace

TEST_F(LibrarySearchTest, OrderIsRpathLibraryPathRunpathCache) {
    const auto by_rpath = library("rpath/libx.so");
    const auto by_path = library("env/libx.so");
    const auto by_runpath = library("runpath/libx.so");
    const auto by_cache = library("cache/libx.so");
    const LibrarySearch search(at("env"),
                               cache({
                                   {.name = "libx.so", .path = by_cache}
    }));
    const auto first = [&](const LoadedObject& requester) {
        return search.find("libx.so", {requester}, 0).paths;
    };

    EXPECT_THAT(first(object("p", at("rpath"), "")), ElementsAre(by_rpath));
    EXPECT_THAT(first(object("p", at("rpath"), at("runpath"))),
                ElementsAre(by_path)); // RUNPATH switches RPATH off
    std::filesystem::remove(by_path);
    EXPECT_THAT(first(object("p", at("rpath"), at("runpath"))), ElementsAre(by_runpath));
    std::filesystem::remove(by_runpath);
    EXPECT_THAT(first(object("p", at("rpath"), at("runpath"))), ElementsAre(by_cache));
    std::filesystem::remove(by_cache);
    EXPECT_THAT(first(object("p", at("rpath"), at("runpath"))), IsEmpty());
}

TEST_F(LibrarySearchTest, RpathOfThoseWhoBroughtTheRequesterCounts) {
    const auto path = library("r/libx.so");
    const LibrarySearch search("", "");
    EXPECT_THAT(search.find("libx.so", {object("p", at("r"), ""), object("l", "", "")}, 1).paths,
                ElementsAre(path));
    // RUNPATH is for the object's own needs alone.
    EXPECT_THAT(search.find("libx.so", {object("p", "", at("r")), object("l", "", "")}, 1).paths,
                IsEmpty());
}

TEST_F(LibrarySearchTest, OriginIsTheDirectoryOfTheObject) {
    const auto path = library("app/lib/libx.so");
    std::filesystem::create_directories(root_ / "app/bin");
    const LibrarySearch search("", "");
    for (const std::string origin : {"$ORIGIN", "${ORIGIN}"}) {
        EXPECT_THAT(
            search.find("libx.so", {object("app/bin/p", "", "/none:" + origin + "/../lib")}, 0)
                .paths,
            ElementsAre(root_ / "app/bin/../lib/libx.so"));
        EXPECT_THAT(search.find(origin + "/../lib/libx.so", {object("app/bin/p", "", "")}, 0).paths,
                    ElementsAre(root_ / "app/bin/../lib/libx.so"));
    }
    EXPECT_EQ(std::filesystem::canonical(root_ / "app/bin/../lib/libx.so"), path);
}

TEST_F(LibrarySearchTest, NameWithASlashIsAPath) {
    const auto path = library("libx.so");
    const LibrarySearch search("", "");
    EXPECT_THAT(search.find(path.string(), {object("p", "", "")}, 0).paths, ElementsAre(path));
}

TEST_F(LibrarySearchTest, UnfitFilesArePassedOverAndRemembered) {
    file("a/libx.so", ElfFixture{.machine = EM_AARCH64}.build());
    file("b/libx.so", "INPUT(libx.so.1)"); // a linker script
    const auto good = library("c/libx.so");
    const LibrarySearch search(at("a") + ":" + at("b") + ";" + at("c") + "::/none", "");
    const auto found = search.find("libx.so", {object("p", "", "")}, 0);
    EXPECT_THAT(found.paths, ElementsAre(good));
    EXPECT_THAT(found.unfit,
                ElementsAre(HasSubstr("is for AArch64"), HasSubstr("is not an ELF file")));
}

TEST_F(LibrarySearchTest, VariantsForNewerProcessorsComeAlong) {
    const auto plain = library("d/libx.so");
    const auto variant = library("d/glibc-hwcaps/x86-64-v3/libx.so");
    const LibrarySearch by_path(at("d"), "");
    EXPECT_THAT(by_path.find("libx.so", {object("p", "", "")}, 0).paths,
                ElementsAre(plain, variant));
    const LibrarySearch by_cache("",
                                 cache({
                                     {.name = "libx.so", .path = variant, .hwcap = 1ULL << 62U},
                                     {.name = "libx.so", .path = plain}
    }));
    EXPECT_THAT(by_cache.find("libx.so", {object("p", "", "")}, 0).paths,
                ElementsAre(plain, variant));
}

TEST_F(LibrarySearchTest, CacheOfOtherArchitecturesAndBrokenOnesAreIgnored) {
    const auto path = library("libx.so");
    const auto finds = [&](const std::string& content) {
        return !LibrarySearch("", content).find("libx.so", {object("p", "", "")}, 0).paths.empty();
    };
    const auto good = cache({
        {.name = "libx.so", .path = path}
    });
    EXPECT_TRUE(finds(good));
    EXPECT_TRUE(finds("ld.so-1.7.0 and what else stands there" + good));
    EXPECT_FALSE(finds(cache({
        {.name = "libx.so", .path = path, .flags = 0x0003}
    })));
    EXPECT_FALSE(finds(cache({
        {.name = "libx.so.1", .path = path}
    })));
    for (std::size_t size = 0; size + 2 < good.size(); ++size) {
        EXPECT_FALSE(finds(good.substr(0, size))) << size;
    }
}

} // namespace ktstr::machine
