#include "ktstr-runner/base/refused_flock.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/store/test_support.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <future>

namespace ktstr::store {

namespace {

std::vector<std::string> names_in(const std::filesystem::path& folder) {
    std::vector<std::string> names;
    for (const auto& item : std::filesystem::directory_iterator(folder)) {
        names.push_back(item.path().filename().string());
    }
    return names;
}

constexpr int made_it = 10;
constexpr int took_it = 11;

// One of many makers of "k": appends a letter to `made` when the work is its own.
int make_or_take(const std::filesystem::path& made) {
    auto draft = Draft::begin("k");
    if (!draft) {
        return 1;
    }
    if (draft->existing()) {
        return took_it;
    }
    const auto log = open_file(made, O_WRONLY | O_APPEND);
    Entry facts;
    facts.version = "6.12";
    const bool done = log && write_all(log->get(), "x") &&
                      write_file_atomically(draft->directory() / "image", fake_bzimage("6.12")) &&
                      draft->commit(facts);
    return done ? made_it : 1;
}

} // namespace

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;
using DraftTest = StoreTest;

TEST_F(DraftTest, CommitMakesAWholeEntry) {
    auto draft = Draft::begin("k");
    ASSERT_THAT(draft, IsOk());
    write(draft->directory() / "image", fake_bzimage("6.12"));
    write(draft->directory() / "config", "CONFIG_SCHED_CLASS_EXT=y\n");
    write(draft->directory() / "modules/6.12/kernel/a.ko", "ko");
    Entry facts;
    facts.version = "6.12";
    facts.arch = "x86_64";
    facts.source = "deb";
    facts.origin = "pkg \xFF";
    const auto made = draft->commit(facts);
    ASSERT_THAT(made, IsOk());
    EXPECT_THAT(names_in(root() / "k"),
                testing::UnorderedElementsAre(
                    "image", "config", "modules", "modules.list", "metadata.json"));
    const auto read = find("k");
    ASSERT_THAT(read, IsOk());
    ASSERT_TRUE(read->has_value());
    EXPECT_EQ((*read)->version, "6.12");
    EXPECT_TRUE((*read)->sched_ext);
    EXPECT_EQ((*read)->modules, root() / "k/modules");
    EXPECT_EQ((*read)->vmlinux, "");
    EXPECT_FALSE((*read)->digests.contains("modules/6.12/kernel/a.ko"));
    EXPECT_EQ((*read)->modules_size, 2U);
    EXPECT_EQ(read_file(root() / "k/modules.list").value_or(""),
              sha256_of("ko") + " 2 modules/6.12/kernel/a.ko\n");
    EXPECT_GT((*read)->made_at, 1'600'000'000);
}

TEST_F(DraftTest, WithoutCommitNothingIsLeft) {
    {
        auto draft = Draft::begin("k");
        ASSERT_THAT(draft, IsOk());
        write(draft->directory() / "image", "half");
        const Draft moved = std::move(*draft);
        EXPECT_TRUE(std::filesystem::exists(moved.directory() / "image"));
    }
    EXPECT_THAT(names_in(root()), ElementsAre(".locks"));
}

TEST_F(DraftTest, RefusesAnEntryWithoutImageOrWithALink) {
    auto draft = Draft::begin("k");
    ASSERT_THAT(draft, IsOk());
    EXPECT_THAT(draft->commit({}), IsErrorWith("has no image"));
    std::filesystem::create_symlink("/etc/passwd", draft->directory() / "image");
    EXPECT_THAT(draft->commit({}), IsErrorWith("only files, not image"));
}

TEST_F(DraftTest, ASecondMakerWaitsAndIsGivenTheFirstOnesEntry) {
    auto first = Draft::begin("k");
    ASSERT_THAT(first, IsOk());
    auto second = std::async(std::launch::async, [] {
        auto draft = Draft::begin("k");
        return draft && draft->existing() ? draft->existing()->origin : "nothing";
    });
    write(first->directory() / "image", fake_bzimage("6.12"));
    Entry facts;
    facts.origin = "the first";
    ASSERT_THAT(first->commit(facts), IsOk());
    {
        const Draft done = std::move(*first);
    }
    EXPECT_EQ(second.get(), "the first");
}

TEST_F(DraftTest, EightProcessesThatWantOneKeyMakeItOnce) {
    constexpr int makers = 8;
    ASSERT_THAT(make_directories(folder()), IsOk());
    write(folder() / "made", "");
    for (int i = 0; i < makers; ++i) {
        if (::fork() == 0) {
            ::_exit(make_or_take(folder() / "made"));
        }
    }
    int made = 0;
    int taken = 0;
    for (int i = 0; i < makers; ++i) {
        int status = 0;
        ASSERT_GT(::wait(&status), 0);
        made += WIFEXITED(status) && WEXITSTATUS(status) == made_it ? 1 : 0;
        taken += WIFEXITED(status) && WEXITSTATUS(status) == took_it ? 1 : 0;
    }
    EXPECT_EQ(made, 1);
    EXPECT_EQ(taken, makers - 1);
    EXPECT_EQ(read_file(folder() / "made").value_or(""), "x");
    EXPECT_THAT(find("k"), IsOk());
}

TEST_F(DraftTest, ADamagedEntryIsNeitherReplacedNorRemoved) {
    ASSERT_THAT(add("6.12", "x86_64"), IsOk());
    std::filesystem::remove(root() / "6.12-x/image");
    EXPECT_THAT(Draft::begin("6.12-x"), IsErrorWith("`cargo ktstr kernel clean 6.12-x` removes"));
    EXPECT_TRUE(std::filesystem::exists(root() / "6.12-x/metadata.json"));
}

TEST_F(DraftTest, AFileSystemWithoutLocksIsRefusedByName) {
    EXPECT_EXIT(
        {
            const auto refused = refuse_flock(ENOLCK);
            const auto draft = Draft::begin("k");
            std::fputs(draft || !refused ? "no error" : draft.error().render().c_str(), stderr);
            std::_Exit(0);
        },
        testing::ExitedWithCode(0),
        "kernel store .* cannot be used\n(.*\n)*.*on the file system [a-z0-9]+\n(.*\n)*"
        ".*KTSTR_CACHE_DIR");
}

} // namespace ktstr::store
