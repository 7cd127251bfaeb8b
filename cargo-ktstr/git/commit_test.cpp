#include "cargo-ktstr/git/commit.hpp"
#include "cargo-ktstr/git/testing_repository.hpp"

namespace ktstr::git {
namespace {

class CommitOf : public Repository {
protected:
    bool dirty() const {
        const auto found = checked_out(top());
        EXPECT_THAT(found, IsOk());
        return found && found->dirty;
    }
};

TEST_F(CommitOf, AWorkTreeWithoutOneHasNone) {
    EXPECT_THAT(checked_out(top()), IsErrorWith("no commit yet"));
    const auto empty = TempDir::create("ktstr-no-git");
    ASSERT_THAT(empty, IsOk());
    EXPECT_THAT(checked_out(empty->path()), IsErrorWith("not a git repository"));
}

TEST_F(CommitOf, AWorkTreeIsDirtyWhenFilesThatGitTracksDiffer) {
    write("src/lib.rs", "1");
    const auto first = commit();
    EXPECT_EQ(checked_out(path("src"))->id, first);
    EXPECT_EQ(first.size(), 40U);
    EXPECT_FALSE(dirty());
    write("notes", "not known to git");
    EXPECT_FALSE(dirty());
    write("src/lib.rs", "2");
    EXPECT_TRUE(dirty());
    git({"add", "src/lib.rs"});
    EXPECT_TRUE(dirty());
    git({"commit", "-q", "-m", "m"});
    EXPECT_FALSE(dirty());
    std::filesystem::remove(path("src/lib.rs"));
    EXPECT_TRUE(dirty());
}

TEST_F(CommitOf, ANameIsWhatGitMakesOfIt) {
    write("a", "1");
    const auto first = commit();
    git({"tag", "-a", "-m", "m", "v1.2"});
    write("a", "2");
    const auto second = commit();
    EXPECT_EQ(commit_named(top(), "v1.2").value_or(""), first);
    EXPECT_EQ(commit_named(top(), "HEAD~1").value_or(""), first);
    EXPECT_EQ(commit_named(top(), "main@{1}").value_or(""), first);
    EXPECT_EQ(commit_named(top(), first.substr(0, 7)).value_or(""), first);
    EXPECT_EQ(commit_named(top(), "@").value_or(""), second);
    for (const auto* none : {"v1.3", "", "-h", "v1.2..main", "main:a"}) {
        EXPECT_FALSE(commit_named(top(), none)) << none;
    }
}

} // namespace
} // namespace ktstr::git
