#include "cargo-ktstr/fetch/git_program.hpp"
#include "cargo-ktstr/fetch/git_source.hpp"
#include "cargo-ktstr/net/test_server.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/base/text.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <random>

namespace ktstr::fetch {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

namespace fs = std::filesystem;

namespace {

// A repository with branches, one with a slash, an annotated tag, and a commit that no ref has.
class Repository final {
public:
    Repository() {
        EXPECT_THAT(make_directories(work()), IsOk());
        git({"init", "--quiet", "--initial-branch=master"});
        first = commit("first");
        second = commit("second");
        git({"tag", "-a", "-m", "a release", "v6.14"});
        git({"checkout", "--quiet", "-b", "sched/core"});
        slashed = commit("slashed");
        git({"checkout", "--quiet", "-b", "gone"});
        hidden = commit("hidden");
        git({"checkout", "--quiet", "master"});
        git({"branch", "--quiet", "-D", "gone"});
        third = commit("third");
        git({"clone", "--quiet", "--bare", ".", bare().string()});
    }

    std::string git(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(),
                         {"git",
                          "-c",
                          "user.name=Test",
                          "-c",
                          "user.email=test@test.invalid",
                          "-c",
                          "commit.gpgSign=false",
                          "-c",
                          "tag.gpgSign=false"});
        const auto ended = run_captured({.argv = std::move(arguments), .cwd = work()});
        EXPECT_THAT(ended, IsOk());
        EXPECT_TRUE(ended->status.success()) << ended->err;
        return std::string(trim(ended->out));
    }

    std::string commit(const std::string& text) const {
        EXPECT_THAT(write_file_atomically(work() / "Makefile", text), IsOk());
        git({"add", "."});
        git({"commit", "--quiet", "-m", text});
        return git({"rev-parse", "HEAD"});
    }

    void push() const { git({"push", "--quiet", bare().string(), "master"}); }

    fs::path root() const { return folder_.path(); }

    fs::path work() const { return folder_.path() / "work"; }

    fs::path bare() const { return folder_.path() / "git" / "linux.git"; }

    std::string first;
    std::string second;
    std::string third;
    std::string slashed;
    std::string hidden;

private:
    TempDir folder_ = TempDir::create("ktstr-git").value();
};

struct GitTree {
    fs::path directory;
    std::string commit;
};

// The same over file:// and smart HTTP.
class GitSourceTest : public ::testing::TestWithParam<const char*> {
protected:
    void SetUp() override {
        net::forget_proxies();
        if (GetParam() == std::string("http")) {
            auto server =
                net::TestServer::start(KTSTR_SOURCE_DIR "/tests/fixtures/kernel_org/serve.py",
                                       {repository.root().string()});
            ASSERT_THAT(server, IsOk());
            server_ = std::make_unique<net::TestServer>(std::move(*server));
        }
    }

    std::string url() const {
        return server_ ? server_->url("/git/linux.git") : "file://" + repository.bare().string();
    }

    Result<GitTree> fetch(const std::string& ref) {
        TRY_ASSIGN(const auto spec, parse_git_spec("git+" + url() + "#" + ref));
        Progress progress;
        TRY_ASSIGN(const auto wanted, git_commit(spec, cache(), progress));
        TRY_ASSIGN(auto directory, git_tree(spec, wanted, cache(), progress));
        return GitTree{.directory = std::move(directory), .commit = wanted.commit};
    }

    SourceCache cache() const { return SourceCache::at(folder_.path() / ".sources").value(); }

    static std::string makefile(const Result<GitTree>& tree) {
        return tree ? read_file(tree->directory / "Makefile").value_or("absent")
                    : tree.error().render();
    }

    static std::size_t commits(const GitTree& tree) {
        const auto listed = run_captured({
            .argv = {"git", "-C", tree.directory.string(), "rev-list", "--all", "HEAD"}
        });
        return split(trim(listed.value().out), '\n').size();
    }

    Repository repository;

private:
    std::unique_ptr<net::TestServer> server_;
    TempDir folder_ = TempDir::create("ktstr-source").value();
};

INSTANTIATE_TEST_SUITE_P(Transports, GitSourceTest, ::testing::Values("file", "http"));

} // namespace

TEST_P(GitSourceTest, BranchesTagsAndSlashes) {
    const auto master = fetch("master");
    EXPECT_EQ(makefile(master), "third");
    EXPECT_EQ(master->commit, repository.third);
    EXPECT_THAT(master->directory.filename().string(), HasSubstr(repository.third.substr(0, 12)));
    EXPECT_EQ(makefile(fetch("v6.14")), "second");
    EXPECT_EQ(fetch("v6.14")->commit, repository.second);
    EXPECT_EQ(makefile(fetch("sched/core")), "slashed");
    EXPECT_EQ(makefile(fetch("refs/heads/sched/core")), "slashed");
    EXPECT_EQ(makefile(fetch("HEAD")), "third");
}

TEST_P(GitSourceTest, FetchesOneCommitAlone) {
    const auto tree = fetch("master");
    ASSERT_THAT(tree, IsOk());
    EXPECT_EQ(commits(*tree), 1U);
    const auto inner = fetch(repository.first);
    ASSERT_THAT(inner, IsOk());
    EXPECT_EQ(commits(*inner), 1U);
    EXPECT_EQ(makefile(inner), "first");
}

TEST_P(GitSourceTest, AbbreviatedIdsAreExpanded) {
    testing::internal::CaptureStderr();
    const auto tree = fetch(repository.first.substr(0, 9));
    EXPECT_THAT(testing::internal::GetCapturedStderr(),
                HasSubstr("needs the repository's history"));
    EXPECT_EQ(makefile(tree), "first");
    EXPECT_EQ(tree->commit, repository.first);
}

TEST_P(GitSourceTest, AnIdThatIsThereNeedsNoServer) {
    ASSERT_THAT(fetch(repository.first), IsOk());
    fs::rename(repository.bare(), repository.bare().string() + ".gone");
    EXPECT_EQ(makefile(fetch(repository.first)), "first");
    EXPECT_THAT(fetch("master"), IsErrorWith("for its refs"));
}

TEST_P(GitSourceTest, ABranchThatMovedIsAnotherTree) {
    const auto before = fetch("master");
    repository.commit("fourth");
    repository.push();
    EXPECT_EQ(makefile(fetch("master")), "fourth");
    EXPECT_EQ(makefile(before), "third");
}

TEST_P(GitSourceTest, ATreeThatSomebodyMovedIsNotTaken) {
    const auto tree = fetch("master");
    ASSERT_THAT(tree, IsOk());
    ASSERT_THAT(write_file_atomically(tree->directory / ".git" / "HEAD", repository.first + "\n"),
                IsOk());
    EXPECT_THAT(fetch("master"), IsErrorWith("remove that directory"));
}

TEST_P(GitSourceTest, BadRefsNameTheNearest) {
    EXPECT_THAT(fetch("v6.15"), IsErrorWith("nearest: v6.14"));
    EXPECT_THAT(fetch("sched/cor"), IsErrorWith("nearest: sched/core"));
    EXPECT_THAT(fetch("0123456789"), IsErrorWith("has no branch, tag or commit `0123456789`"));
    EXPECT_THAT(fetch(std::string(40, 'f')), IsErrorWith("has no commit ffff"));
    // Nothing unfinished is left.
    for (const auto& entry : fs::directory_iterator(cache().directory())) {
        EXPECT_EQ(entry.path().extension(), ".lock") << entry.path();
    }
}

TEST_P(GitSourceTest, NeitherHooksNorConfigurationRun) {
    const auto mark = repository.root() / "ran";
    const auto script = repository.root() / "script.sh";
    ASSERT_THAT(write_file_atomically(script, "#!/bin/sh\ntouch " + mark.string() + "\n", 0755),
                IsOk());
    const auto config = repository.root() / "gitconfig";
    ASSERT_THAT(write_file_atomically(config,
                                      "[core]\n\thooksPath = " + repository.root().string() +
                                          "/hooks\n\tfsmonitor = " + script.string() +
                                          "\n[filter \"x\"]\n\tsmudge = " + script.string() + "\n"),
                IsOk());
    ASSERT_THAT(make_directories(repository.root() / "hooks"), IsOk());
    fs::copy_file(script, repository.root() / "hooks" / "post-checkout");
    ASSERT_THAT(write_file_atomically(repository.work() / ".gitattributes", "* filter=x\n"),
                IsOk());
    repository.commit("attributes");
    repository.push();
    ::setenv("GIT_CONFIG_GLOBAL", config.c_str(), 1);
    ::setenv("GIT_DIR", "/nonexistent", 1);
    const auto tree = fetch("master");
    ::unsetenv("GIT_CONFIG_GLOBAL");
    ::unsetenv("GIT_DIR");
    EXPECT_EQ(makefile(tree), "attributes");
    EXPECT_FALSE(fs::exists(mark));
}

TEST_P(GitSourceTest, WhatUnfinishedRunsLeftIsRemoved) {
    const auto place = fetch("master")->directory;
    fs::remove_all(place);
    fs::create_directories(place.string() + ".tmp-abcdef");
    EXPECT_EQ(makefile(fetch("master")), "third");
    EXPECT_FALSE(fs::exists(place.string() + ".tmp-abcdef"));
}

TEST(GitSource, AbsentGitIsSaid) {
    const std::string path = std::getenv("PATH");
    const auto folder = TempDir::create("ktstr-source").value();
    const auto cache = SourceCache::at(folder.path()).value();
    Progress progress;
    ::setenv("PATH", "/nonexistent", 1);
    const auto tree = git_commit({"https://host/x", "master"}, cache, progress);
    ::setenv("PATH", path.c_str(), 1);
    EXPECT_THAT(tree, IsErrorWith("install the package git"));
}

TEST_P(GitSourceTest, ARepositoryThatIsTooLargeIsSaidToBe) {
    std::string noise(200'000, '\0');
    std::mt19937 generator; // NOLINT(cert-msc51-cpp): the same each time
    std::ranges::generate(noise, [&] { return static_cast<char>(generator()); });
    ASSERT_THAT(write_file_atomically(repository.work() / "noise", noise), IsOk());
    repository.commit("large");
    repository.push();
    const auto git = GitProgram::find();
    ASSERT_THAT(git, IsOk());
    const auto folder = TempDir::create("ktstr-git");
    Progress progress;
    const auto clone = [&](const char* name, std::uint64_t most_bytes) {
        const auto into = (folder->path() / name).string();
        return git->run_transfer(
            {"clone", "--bare", "--no-local", "--", url(), into}, most_bytes, progress);
    };
    EXPECT_THAT(clone("small", 100'000),
                IsErrorWith("the repository has more than the 97.7 KiB that it may take here"));
    EXPECT_THAT(clone("large", 10'000'000), IsOk());
}

TEST_P(GitSourceTest, WhatKilledOnesLeftIsSwept) {
    const auto left = cache().directory() / "git.tmp-abcdef";
    ASSERT_THAT(make_directories(left / "objects"), IsOk());
    EXPECT_EQ(makefile(fetch(repository.first.substr(0, 10))), "first");
    EXPECT_FALSE(fs::exists(left));
}

} // namespace ktstr::fetch
