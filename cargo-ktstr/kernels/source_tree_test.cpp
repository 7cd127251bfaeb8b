#include "cargo-ktstr/kernels/source_tree.hpp"
#include "ktstr-runner/store/test_support.hpp"

#include <git2.h>

namespace ktstr::kernels {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class SourceTreeTest : public store::StoreTest {
protected:
    void SetUp() override {
        StoreTest::SetUp();
        for (const auto* name : {"Makefile", "Kconfig", "kernel/sched/core.c"}) {
            write(tree() / name, std::string(name) + "\n");
        }
    }

    std::filesystem::path tree() const { return std::filesystem::canonical(folder()) / "linux"; }

    SourceIdentity identity() const {
        const auto found = identify_source(tree());
        EXPECT_THAT(found, IsOk());
        return found.value_or(SourceIdentity{});
    }

    // A repository with one commit of all files.
    void commit_all() const {
        git_libgit2_init();
        git_repository* repository = nullptr;
        git_index* index = nullptr;
        git_tree* files = nullptr;
        git_signature* author = nullptr;
        git_oid id{};
        ASSERT_EQ(git_repository_init(&repository, tree().c_str(), 0), 0);
        ASSERT_EQ(git_repository_index(&index, repository), 0);
        ASSERT_EQ(git_index_add_all(index, nullptr, 0, nullptr, nullptr), 0);
        ASSERT_EQ(git_index_write(index), 0);
        ASSERT_EQ(git_index_write_tree(&id, index), 0);
        ASSERT_EQ(git_tree_lookup(&files, repository, &id), 0);
        ASSERT_EQ(git_signature_new(&author, "a", "a@example.org", 0, 0), 0);
        ASSERT_EQ(git_commit_create(
                      &id, repository, "HEAD", author, author, nullptr, "one", files, 0, nullptr),
                  0);
        git_signature_free(author);
        git_tree_free(files);
        git_index_free(index);
        git_repository_free(repository);
        git_libgit2_shutdown();
    }
};

TEST_F(SourceTreeTest, RefusesWhatIsNoTree) {
    EXPECT_THAT(check_source_tree(tree()), IsOk());
    EXPECT_THAT(check_source_tree(folder()), IsErrorWith("it has no Makefile"));
    EXPECT_THAT(check_source_tree(folder() / "none"), IsErrorWith("No such file"));
}

TEST_F(SourceTreeTest, ContentsDecideWithoutGit) {
    const auto before = identity().digest;
    const auto time = std::filesystem::last_write_time(tree() / "Makefile");
    write(tree() / "Makefile", "makefilE\n");
    std::filesystem::last_write_time(tree() / "Makefile", time);
    const auto changed = identity().digest;
    EXPECT_NE(changed, before) << "same size, same time, other contents";
    write(tree() / "Makefile", "Makefile\n");
    EXPECT_EQ(identity().digest, before);
    std::filesystem::rename(tree() / "Kconfig", tree() / "Kconfig2");
    EXPECT_NE(identity().digest, before);
}

TEST_F(SourceTreeTest, GitKnowsACleanTreeAndWhatDiffersFromIt) {
    write(tree() / ".gitignore", "*.o\n");
    commit_all();
    const auto clean = identity();
    EXPECT_THAT(clean.words, StartsWith("git "));
    EXPECT_THAT(clean.words, testing::Not(HasSubstr("changed")));
    write(tree() / "x.o", "ignored");
    EXPECT_EQ(identity().digest, clean.digest);
    write(tree() / "Makefile", "other\n");
    const auto dirty = identity();
    EXPECT_NE(dirty.digest, clean.digest);
    EXPECT_THAT(dirty.words, HasSubstr(", 1 file changed"));
    write(tree() / "Makefile", "again\n");
    EXPECT_NE(identity().digest, dirty.digest);
    write(tree() / "new/file.c", "new\n");
    EXPECT_THAT(identity().words, HasSubstr(", 2 files changed"));
    std::filesystem::remove_all(tree() / "new");
    std::filesystem::remove(tree() / "Makefile");
    EXPECT_THAT(identity().words, HasSubstr(", 1 file changed"));
    write(tree() / "Makefile", "Makefile\n");
    EXPECT_EQ(identity().digest, clean.digest);
}

TEST_F(SourceTreeTest, ARepositoryWithoutACommitIsNamed) {
    git_libgit2_init();
    git_repository* repository = nullptr;
    ASSERT_EQ(git_repository_init(&repository, tree().c_str(), 0), 0);
    git_repository_free(repository);
    git_libgit2_shutdown();
    EXPECT_THAT(identify_source(tree()), IsErrorWith("has no commit"));
}

} // namespace ktstr::kernels
