#include "cargo-ktstr/fetch/source_cache.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"

namespace ktstr::fetch {

namespace fs = std::filesystem;

namespace {

Result<> make_one(const fs::path& into) {
    fs::create_directory(into);
    return {};
}

} // namespace

TEST(SourceCache, MakesWhatIsNotThere) {
    const auto folder = TempDir::create("ktstr-source").value();
    const auto cache = SourceCache::at(folder.path() / "a" / ".sources").value();
    Progress progress;
    int made = 0;
    const auto count = [&](const fs::path& into) {
        ++made;
        return make_one(into);
    };
    EXPECT_EQ(cache.tree("t", progress, count).value(), cache.directory() / "t");
    EXPECT_THAT(cache.tree("t", progress, count), IsOk());
    EXPECT_EQ(made, 1);
}

TEST(SourceCache, FailuresAreTriedAgain) {
    const auto folder = TempDir::create("ktstr-source").value();
    const auto cache = SourceCache::at(folder.path()).value();
    Progress progress;
    EXPECT_THAT(cache.tree("t",
                           progress,
                           [](const fs::path&) -> Result<> {
                               return fail(ErrorKind::environment, "no luck");
                           }),
                IsErrorWith("no luck"));
    EXPECT_THAT(cache.tree("t", progress, make_one), IsOk());
}

TEST(SourceCache, UnfinishedTreesAreRemoved) {
    const auto folder = TempDir::create("ktstr-source").value();
    const auto cache = SourceCache::at(folder.path()).value();
    for (const auto* name : {"t.tmp-abcdef/x", "t.tmp", "t2.tmp-abcdef"}) {
        fs::create_directories(folder.path() / name);
    }
    Progress progress;
    ASSERT_THAT(cache.tree("t", progress, make_one), IsOk());
    EXPECT_FALSE(fs::exists(folder.path() / "t.tmp-abcdef"));
    EXPECT_TRUE(fs::exists(folder.path() / "t.tmp"));
    EXPECT_TRUE(fs::exists(folder.path() / "t2.tmp-abcdef"));
}

TEST(SourceCache, APlaceThatCannotBeMadeIsNamed) {
    EXPECT_THAT(SourceCache::at("/proc/nowhere"), IsErrorWith("/proc/nowhere"));
}

} // namespace ktstr::fetch
