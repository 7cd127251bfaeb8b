#include "ktstr-runner/cache/names.hpp"
#include "ktstr-runner/templates/paths.hpp"
#include "ktstr-runner/templates/store.hpp"
#include "ktstr-runner/templates/test_support.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ktstr::templates {

namespace {

using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> names_in(const std::filesystem::path& directory) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        if (entry.path().filename() != cache::locks_name) {
            names.push_back(entry.path().filename().string());
        }
    }
    return names;
}

void used_at(const std::filesystem::path& template_directory, std::int64_t seconds) {
    const timespec times[2]{{.tv_sec = seconds}, {.tv_sec = seconds}};
    ASSERT_EQ(::utimensat(AT_FDCWD, (template_directory / meta_name).c_str(), times, 0), 0);
}

} // namespace

TEST_F(TemplatesTest, HasNoneAtFirst) {
    std::string damage;
    EXPECT_FALSE(use(store(), "key", damage));
    EXPECT_THAT(damage, IsEmpty());
}

TEST_F(TemplatesTest, UsesWhatWasCommitted) {
    make(store(), "key");
    std::string damage;
    const auto used = use(store(), "key", damage);
    ASSERT_TRUE(used);
    EXPECT_EQ(used->meta.received, 7U);
    EXPECT_EQ(used->directory, root() / "key");
}

TEST_F(TemplatesTest, SaysWhatIsDamagedAndReplacesIt) {
    make(store(), "key");
    std::filesystem::resize_file(root() / "key" / "ram0", 1);
    std::string damage;
    EXPECT_FALSE(use(store(), "key", damage));
    EXPECT_THAT(damage, HasSubstr("ram0 has 1 bytes"));
    make(store(), "key");
    damage.clear();
    EXPECT_TRUE(use(store(), "key", damage));
    EXPECT_THAT(damage, IsEmpty());
}

TEST_F(TemplatesTest, DiscardsWhatNobodyElseUses) {
    make(store(), "key");
    std::string damage;
    auto mine = use(store(), "key", damage);
    {
        const auto other = use(store(), "key", damage);
        ASSERT_TRUE(mine && other);
        store().discard(std::move(*mine));
        EXPECT_TRUE(std::filesystem::exists(root() / "key" / meta_name)) << "the other has it";
    }
    mine = use(store(), "key", damage);
    ASSERT_TRUE(mine);
    store().discard(std::move(*mine));
    EXPECT_THAT(names_in(root()), IsEmpty());
}

TEST_F(TemplatesTest, TheOneJustMadeStaysHoweverSmallTheCap) {
    make(store(), "key", 64 << 10, 1);
    std::string damage;
    EXPECT_TRUE(use(store(), "key", damage));
}

TEST_F(TemplatesTest, ADraftThatIsNotCommittedLeavesNothing) {
    {
        auto draft = store().begin();
        ASSERT_THAT(draft, IsOk());
        ASSERT_THAT(write_file_atomically(draft->directory() / "ram0", "x"), IsOk());
    }
    EXPECT_THAT(names_in(root()), IsEmpty());
}

TEST_F(TemplatesTest, SweepsWhatADeadMakerLeft) {
    const auto pid = ::fork();
    if (pid == 0) {
        auto draft = store().begin();
        ::_exit(draft && write_file_atomically(draft->directory() / "ram0", "x") ? 0 : 1);
    }
    int status = 1;
    ::waitpid(pid, &status, 0);
    ASSERT_EQ(status, 0);
    ASSERT_EQ(names_in(root()).size(), 1U);
    auto living = store().begin(); // sweeps first
    ASSERT_THAT(living, IsOk());
    EXPECT_EQ(names_in(root()), std::vector{living->directory().filename().string()});
    store().clean(0);
    EXPECT_TRUE(std::filesystem::exists(living->directory())) << "a living maker's stays";
}

TEST_F(TemplatesTest, OneMakerAtATime) {
    auto first = store().try_lock("key");
    ASSERT_TRUE(first && *first);
    const auto second = store().try_lock("key");
    ASSERT_THAT(second, IsOk());
    EXPECT_FALSE(*second);
    EXPECT_TRUE(*store().try_lock("another"));
    first->reset();
    EXPECT_TRUE(*store().try_lock("key"));
}

TEST_F(TemplatesTest, CleanTakesAwayTheLocksOfNoTemplateAndNoMaker) {
    make(store(), "kept");
    ASSERT_TRUE(*store().try_lock("kept"));
    ASSERT_TRUE(*store().try_lock("gone"));
    const auto making = store().try_lock("making");
    ASSERT_TRUE(making && *making);
    std::string damage;
    const auto used = use(store(), "kept", damage);
    store().clean(0);
    const auto locks = root() / ".locks";
    EXPECT_TRUE(std::filesystem::exists(locks / "kept"));
    EXPECT_FALSE(std::filesystem::exists(locks / "gone"));
    EXPECT_TRUE(std::filesystem::exists(locks / "making"));
    EXPECT_FALSE(*store().try_lock("making"));
}

TEST_F(TemplatesTest, KeepsTheCapByLeastRecentUse) {
    const auto small = store();
    make(small, "old");
    used_at(root() / "old", 1000);
    make(small, "older");
    used_at(root() / "older", 500);
    make(small, "new", 64 << 10, 160 << 10);
    std::string damage;
    EXPECT_FALSE(use(small, "older", damage));
    EXPECT_TRUE(use(small, "old", damage));
    EXPECT_TRUE(use(small, "new", damage));
}

TEST_F(TemplatesTest, NeverTakesAwayWhatIsUsed) {
    make(store(), "key");
    std::string damage;
    {
        const auto used = use(store(), "key", damage);
        ASSERT_TRUE(used);
        EXPECT_EQ(store().clean(0), 0U);
        EXPECT_TRUE(std::filesystem::exists(root() / "key" / meta_name));
    }
    EXPECT_GT(store().clean(0), 0U);
    EXPECT_THAT(names_in(root()), IsEmpty());
}

TEST_F(TemplatesTest, ListsWholeAndDamagedOnes) {
    make(store(), "whole");
    make(store(), "damaged");
    std::filesystem::remove(root() / "damaged" / "state");
    const auto listed = store().list();
    ASSERT_THAT(listed, IsOk());
    ASSERT_EQ(listed->size(), 2U);
    for (const auto& one : *listed) {
        EXPECT_EQ(one.meta.has_value(), one.key == "whole");
        EXPECT_EQ(one.damage.empty(), one.key == "whole");
        EXPECT_GE(one.bytes, 64U << 10);
    }
}

TEST_F(TemplatesTest, CommitReplacesADamagedOne) {
    make(store(), "key");
    std::filesystem::remove(root() / "key" / meta_name);
    make(store(), "key");
    std::string damage;
    EXPECT_TRUE(use(store(), "key", damage));
}

TEST_F(TemplatesTest, SaysWhenThereIsNoPlaceForAStore) {
    ASSERT_THAT(write_file_atomically(dir->path() / "file", "x"), IsOk());
    EXPECT_THAT(Store::open(dir->path() / "file" / "store"), IsErrorWith("file"));
}

} // namespace ktstr::templates
