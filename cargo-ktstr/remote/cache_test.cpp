#include "cargo-ktstr/remote/cache.hpp"
#include "cargo-ktstr/remote/test_service.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/store/test_support.hpp"

#include <fmt/format.h>

namespace ktstr::remote {

namespace fs = std::filesystem;

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

// A store of its own beside the service.
class CacheTest : public ServiceTest {
protected:
    void SetUp() override {
        ServiceTest::SetUp();
        auto folder = TempDir::create("ktstr-cache");
        ASSERT_THAT(folder, IsOk());
        folder_.emplace(std::move(*folder));
        use_store("first");
    }

    void TearDown() override { ::unsetenv("KTSTR_CACHE_DIR"); }

    void use_store(const std::string& name) const {
        ::setenv("KTSTR_CACHE_DIR", (folder_->path() / name).c_str(), 1);
    }

    static store::Entry add() {
        auto draft = store::Draft::begin("6.12.1-x");
        EXPECT_THAT(draft, IsOk());
        EXPECT_THAT(
            write_file_atomically(draft->directory() / "image", store::fake_bzimage("6.12.1")),
            IsOk());
        EXPECT_THAT(
            write_file_atomically(draft->directory() / "config", "CONFIG_SCHED_CLASS_EXT=y\n"),
            IsOk());
        EXPECT_THAT(make_directories(draft->directory() / "modules/6.12.1"), IsOk());
        EXPECT_THAT(write_file_atomically(draft->directory() / "modules/6.12.1/x.ko", "module"),
                    IsOk());
        store::Entry entry;
        entry.version = "6.12.1";
        entry.arch = "x86_64";
        entry.source = "source-tree";
        entry.origin = "git 1234";
        entry.made_from = {"0123"};
        const auto made = draft->commit(std::move(entry));
        EXPECT_THAT(made, IsOk());
        return made.value_or(store::Entry{});
    }

    Cache cache(Access with) const {
        return Cache(std::move(with),
                     {
                         .retry = no_waiting,
                         .upload = {.most_at_once = 500, .block = 400, .retry = no_waiting},
                         .download = {.range = 300, .retry = no_waiting}
        });
    }

    Cache cache() const { return cache(access()); }

    fs::path empty_folder() const {
        const auto path = folder_->path() / "into";
        fs::remove_all(path);
        fs::create_directory(path);
        return path;
    }

    // Nothing but what the stores themselves keep.
    void expect_nothing_left() const {
        for (const auto& at : fs::directory_iterator(folder_->path())) {
            EXPECT_THAT(at.path().filename().string(), testing::AnyOf("first", "second", "into"));
        }
        EXPECT_TRUE(fs::is_empty(folder_->path() / "into"));
    }

    std::optional<TempDir> folder_;
};

TEST_F(CacheTest, AnEntryGoesFromOneStoreToAnother) {
    const auto entry = add();
    const auto shared = cache().store("k", entry.directory);
    ASSERT_THAT(shared, IsOk());
    EXPECT_TRUE(shared->written);
    EXPECT_THAT(
        shared->transfer.line,
        MatchesRegex("GitHub Actions cache: shared k \\([0-9.]+ (B|KiB) in [0-9.]+ [mu]?s\\)"));
    EXPECT_EQ(state()["entries"][0]["size"], shared->transfer.bytes);
    use_store("second");
    auto draft = store::Draft::begin("6.12.1-x");
    ASSERT_THAT(draft, IsOk());
    const auto fetched = cache().fetch("k", draft->directory());
    ASSERT_THAT(fetched, IsOk());
    ASSERT_TRUE(fetched->entry);
    EXPECT_EQ(fetched->transfer.bytes, shared->transfer.bytes);
    EXPECT_THAT(fetched->transfer.line, HasSubstr("cache: hit k ("));
    const auto made = draft->commit(*fetched->entry);
    ASSERT_THAT(made, IsOk());
    EXPECT_EQ(made->digests, entry.digests);
    EXPECT_EQ(made->version, entry.version);
    EXPECT_EQ(made->origin, entry.origin);
    EXPECT_EQ(made->made_from, entry.made_from);
    EXPECT_EQ(made->key, entry.key);
    EXPECT_TRUE(made->sched_ext);
    EXPECT_THAT(store::verify(*made), IsOk());
}

TEST_F(CacheTest, AMissIsNoFailure) {
    const auto into = empty_folder();
    const auto fetched = cache().fetch("k", into);
    ASSERT_THAT(fetched, IsOk());
    EXPECT_FALSE(fetched->entry);
    EXPECT_THAT(fetched->transfer.line,
                MatchesRegex("GitHub Actions cache: miss k \\([0-9.]+ [mu]?s\\)"));
    EXPECT_FALSE(*cache().lookup("k"));
    expect_nothing_left();
}

TEST_F(CacheTest, WhatIsThereIsNotWrittenAgain) {
    const auto entry = add();
    ASSERT_TRUE(cache().store("k", entry.directory)->written);
    EXPECT_TRUE(*cache().lookup("k"));
    const auto before = state()["blobs"].size();
    const auto again = cache().store("k", entry.directory);
    ASSERT_THAT(again, IsOk());
    EXPECT_FALSE(again->written);
    EXPECT_THAT(again->transfer.line, HasSubstr("already has k"));
    auto blind = access();
    blind.may_read = false;
    const auto conflict = cache(blind).store("k", entry.directory);
    ASSERT_THAT(conflict, IsOk());
    EXPECT_FALSE(conflict->written) << "409";
    EXPECT_EQ(state()["blobs"].size(), before);
}

TEST_F(CacheTest, PoliciesAreQuiet) {
    const auto entry = add();
    control({
        {"read_only", true},
        {"deny_read", true}
    });
    const auto stored = cache().store("k", entry.directory);
    ASSERT_THAT(stored, IsOk());
    EXPECT_FALSE(stored->written);
    EXPECT_THAT(stored->transfer.line, HasSubstr("may not write"));
    const auto fetched = cache().fetch("k", empty_folder());
    ASSERT_THAT(fetched, IsOk());
    EXPECT_FALSE(fetched->entry);
    const auto before = state()["rpcs"].size();
    auto none = access();
    none.may_read = none.may_write = false;
    EXPECT_FALSE(cache(none).store("k", entry.directory)->written);
    EXPECT_FALSE(cache(none).fetch("k", empty_folder())->entry);
    EXPECT_FALSE(*cache(none).lookup("k"));
    EXPECT_EQ(state()["rpcs"].size(), before) << "the service is not even asked";
}

TEST_F(CacheTest, ACorruptedBlobLeavesNothing) {
    const auto entry = add();
    ASSERT_TRUE(cache().store("k", entry.directory)->written);
    control({
        {"corrupt", true}
    });
    const auto into = empty_folder();
    EXPECT_THAT(cache().fetch("k", into), IsErrorWith("archive of the entry is damaged"));
    expect_nothing_left();
}

TEST_F(CacheTest, ABlobWithoutMetadataLeavesNothing) {
    const auto entry = add();
    fs::remove(entry.directory / "metadata.json");
    ASSERT_TRUE(cache().store("k", entry.directory)->written);
    EXPECT_THAT(cache().fetch("k", empty_folder()), IsErrorWith("metadata.json"));
    expect_nothing_left();
}

TEST_F(CacheTest, FailuresAreOneLineWithoutSecrets) {
    const auto entry = add();
    control({
        {"blob", {{{"verb", "PUT"}, {"times", 9}, {"status", 403}}}}
    });
    const auto stored = cache().store("k", entry.directory);
    ASSERT_FALSE(stored);
    const auto line = stored.error().one_line();
    EXPECT_THAT(
        line,
        AllOf(HasSubstr("GitHub Actions cache: cannot share k, and its key stays reserved: "),
              HasSubstr("403"),
              Not(HasSubstr("\n")),
              Not(HasSubstr("secret")),
              Not(HasSubstr("the-token"))));
    EXPECT_TRUE(state()["entries"][0]["size"].is_null()) << "it was not finalized";
    const auto again = cache().store("k", entry.directory);
    ASSERT_THAT(again, IsOk()) << "taken, and no failure of this job";
    EXPECT_FALSE(again->written);
}

TEST_F(CacheTest, KeysAreThoseOfTheService) {
    for (const auto& bad : {std::string(), std::string("a,b"), std::string(513, 'k')}) {
        EXPECT_THAT(cache().lookup(bad), IsErrorWith("512 characters"));
        EXPECT_THAT(cache().fetch(bad, empty_folder()), IsErrorWith("512 characters"));
        EXPECT_THAT(cache().store(bad, empty_folder()), IsErrorWith("512 characters"));
    }
    EXPECT_THAT(cache().lookup(std::string(512, 'k')), IsOk());
}

// Entries that are in caches now are found by it.
TEST_F(CacheTest, TheVersionIsThatOfTheFormat) {
#if defined(__x86_64__)
    constexpr const char* words = "ktstr store entry|tar+zstd|1|x86_64";
#else
    constexpr const char* words = "ktstr store entry|tar+zstd|1|aarch64";
#endif
    EXPECT_EQ(format_version(), sha256_of(words));
}

} // namespace ktstr::remote
