#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/store/test_support.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

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
                testing::UnorderedElementsAre("image", "config", "modules", "metadata.json"));
    const auto read = find("k");
    ASSERT_THAT(read, IsOk());
    ASSERT_TRUE(read->has_value());
    EXPECT_EQ((*read)->version, "6.12");
    EXPECT_TRUE((*read)->sched_ext);
    EXPECT_EQ((*read)->modules, root() / "k/modules");
    EXPECT_EQ((*read)->vmlinux, "");
    EXPECT_TRUE((*read)->digests.contains("modules/6.12/kernel/a.ko"));
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

TEST_F(DraftTest, SweepsDraftsOfDeadMakersOnly) {
    ASSERT_THAT(make_directories(root()), IsOk());
    pid_t dead = 0;
    {
        auto child = Child::spawn({.argv = {"true"}});
        ASSERT_THAT(child, IsOk());
        dead = child->pid();
    }
    const auto abandoned = ".draft-" + std::to_string(dead) + "-aaaaaa";
    const auto other_namespace = ".draft-" + std::to_string(dead) + "-bbbbbb";
    const auto alive = ".draft-" + std::to_string(::getppid()) + "-cccccc";
    for (const auto& name : {abandoned, other_namespace, alive}) {
        write(root() / name / "image", "half");
    }
    const auto held = open_file(root() / other_namespace, O_RDONLY | O_DIRECTORY);
    ASSERT_THAT(held, IsOk());
    ASSERT_EQ(::flock(held->get(), LOCK_EX), 0);
    ASSERT_THAT(Draft::begin("k"), IsOk());
    EXPECT_THAT(names_in(root()), testing::UnorderedElementsAre(".locks", other_namespace, alive));
}

TEST_F(DraftTest, ADamagedEntryIsNeitherReplacedNorRemoved) {
    ASSERT_THAT(add("6.12", "x86_64"), IsOk());
    std::filesystem::remove(root() / "6.12-x/image");
    EXPECT_THAT(Draft::begin("6.12-x"), IsErrorWith("remove " + (root() / "6.12-x").string()));
    EXPECT_TRUE(std::filesystem::exists(root() / "6.12-x/metadata.json"));
}

} // namespace ktstr::store
