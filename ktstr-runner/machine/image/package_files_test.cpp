#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/machine/image/package_files.hpp"
#include "ktstr-runner/machine/image/payload_fixture.hpp"

#include <fmt/format.h>

#include <sys/stat.h>
#include <unistd.h>

namespace ktstr::machine {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

namespace {

class PackageFilesTest : public PayloadTest {
protected:
    void git(std::vector<std::string> arguments, const std::string& where = "") {
        std::vector<std::string> argv{"git",
                                      "-C",
                                      at(where),
                                      "-c",
                                      "user.name=t",
                                      "-c",
                                      "user.email=t@t",
                                      "-c",
                                      "protocol.file.allow=always",
                                      "-c",
                                      "init.defaultBranch=main"};
        argv.insert(argv.end(), arguments.begin(), arguments.end());
        const auto ran = run_captured({.argv = argv});
        ASSERT_THAT(ran, IsOk());
        ASSERT_TRUE(ran->status.success()) << ran->err;
    }

    void build_directory(const std::string& name) {
        file(name + "/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55");
        file(name + "/debug/deps/big", "x");
    }

    // Names relative to the package.
    std::vector<std::string> list(const std::string& package = "",
                                  const PackageFilesRules& rules = {}) {
        const auto directory = package.empty() ? root_ : root_ / package;
        const auto files = package_files(directory, rules);
        EXPECT_THAT(files, IsOk());
        std::vector<std::string> out;
        for (const auto& path : files.value_or(std::vector<std::filesystem::path>{})) {
            EXPECT_TRUE(path.string().starts_with(directory.string() + "/")) << path;
            out.push_back(path.string().substr(directory.string().size() + 1));
        }
        return out;
    }
};

} // namespace

TEST_F(PackageFilesTest, TrackedAndUntrackedFilesButNoIgnoredOnes) {
    git({"init", "-q"});
    file(".gitignore", "*.log\n/scratch/\n");
    file("Cargo.toml");
    file("src/lib.rs");
    git({"add", "."});
    file("tests/data/new.txt");
    file("noise.log");
    file("src/noise.log");
    file("scratch/a");
    file("sub/.gitignore", "*.tmp\n");
    file("sub/x.tmp");
    file("sub/y");
    EXPECT_THAT(list(),
                ElementsAre(".gitignore",
                            "Cargo.toml",
                            "src/lib.rs",
                            "sub/.gitignore",
                            "sub/y",
                            "tests/data/new.txt"));
}

TEST_F(PackageFilesTest, TrackedFilesCountEvenWhereIgnored) {
    git({"init", "-q"});
    file(".gitignore", "/generated/\n");
    file("generated/kept");
    file("generated/other");
    git({"add", "-f", "generated/kept", ".gitignore"});
    EXPECT_THAT(list(), ElementsAre(".gitignore", "generated/kept"));
}

TEST_F(PackageFilesTest, WhatTheRunItselfWritesToIsNeverListed) {
    file("a");
    file("run.log");
    struct stat info{};
    ASSERT_EQ(::stat(at("run.log").c_str(), &info), 0);
    const PackageFilesRules rules{.include = {"*.log"},
                                  .outputs = {{.device = info.st_dev, .inode = info.st_ino}}};
    EXPECT_THAT(list("", rules), ElementsAre("a"));
    EXPECT_THAT(list("", {.include = {"*.log"}}), ElementsAre("a", "run.log"));
}

TEST_F(PackageFilesTest, FilesMissingFromTheWorkTreeAreNotListed) {
    git({"init", "-q"});
    file("a");
    file("b");
    git({"add", "."});
    std::filesystem::remove(root_ / "a");
    EXPECT_THAT(list(), ElementsAre("b"));
}

TEST_F(PackageFilesTest, PackageWithinARepositoryIsListedAlone) {
    git({"init", "-q"});
    file(".gitignore", "ignored\n");
    file("one/Cargo.toml");
    file("one/ignored");
    file("one-more/Cargo.toml");
    file("top");
    git({"add", "."});
    EXPECT_THAT(list("one"), ElementsAre("Cargo.toml"));
}

TEST_F(PackageFilesTest, SymbolicLinksAreListedAsSuch) {
    git({"init", "-q"});
    file("data/f");
    link("l", "data");
    link("dangling", "none");
    git({"add", "l"});
    EXPECT_THAT(list(), ElementsAre("dangling", "data/f", "l"));
}

TEST_F(PackageFilesTest, SubmodulesBringTheirFiles) {
    git({"init", "-q", "upstream"});
    file("upstream/.gitignore", "junk\n");
    file("upstream/vector.bin");
    git({"add", "."}, "upstream");
    git({"commit", "-q", "-m", "x"}, "upstream");
    git({"init", "-q", "package"});
    git({"submodule", "--quiet", "add", at("upstream"), "vectors"}, "package");
    file("package/vectors/junk");
    EXPECT_THAT(list("package"),
                ElementsAre(".gitmodules", "vectors/.gitignore", "vectors/vector.bin"));
}

TEST_F(PackageFilesTest, WithoutARepositoryAllButBuildDirectories) {
    file("Cargo.toml");
    file("src/target/plain"); // a module called target is no build directory
    build_directory("target");
    build_directory("sub/target");
    build_directory("covered/target/llvm-cov-target");
    file("covered/target/ktstr/runs/x", "x");
    EXPECT_THAT(list(), ElementsAre("Cargo.toml", "src/target/plain"));
}

TEST_F(PackageFilesTest, BuildDirectoryThatGitDoesNotIgnoreIsLeftOut) {
    git({"init", "-q"});
    file("a");
    build_directory("target");
    EXPECT_THAT(list(), ElementsAre("a"));
}

TEST_F(PackageFilesTest, PackageThatTheRepositoryIgnoresIsTakenWhole) {
    git({"init", "-q"});
    file(".gitignore", "/vendor/\n*.log\n");
    file("vendor/crate/Cargo.toml");
    file("vendor/crate/a.log");
    EXPECT_THAT(list("vendor/crate"), ElementsAre("Cargo.toml", "a.log"));
}

TEST_F(PackageFilesTest, RepositoryOfAnotherUserIsReadAllTheSame) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "not root, so no file of another user can be made";
    }
    git({"init", "-q"});
    file(".gitignore", "ignored\n");
    file("ignored");
    ASSERT_EQ(::chown(root_.c_str(), 1234, 1234), 0);
    ASSERT_EQ(::chown(at(".git").c_str(), 1234, 1234), 0);
    EXPECT_THAT(list(), ElementsAre(".gitignore"));
}

TEST_F(PackageFilesTest, IncludeBringsIgnoredFilesAndExcludeIsLast) {
    git({"init", "-q"});
    file(".gitignore", "*.bin\n/out/\n");
    file("a.bin");
    file("deep/er/b.bin");
    file("out/fixtures/c");
    file("out/other/d");
    file("src/e");
    build_directory("target");
    EXPECT_THAT(list("", {.include = {"*.bin"}, .exclude = {}}),
                ElementsAre(".gitignore", "a.bin", "deep/er/b.bin", "src/e"));
    EXPECT_THAT(list("", {.include = {"out/fixtures/"}, .exclude = {}}),
                ElementsAre(".gitignore", "out/fixtures/c", "src/e"));
    EXPECT_THAT(list("",
                     {
                         .include = {"out/*"},
                           .exclude = {"src", "*/d"}
    }),
                ElementsAre(".gitignore", "out/fixtures/c"));
    EXPECT_THAT(list("",
                     {
                         .include = {"out"},
                           .exclude = {"out", "*"}
    }),
                IsEmpty());
    EXPECT_THAT(list("", {.include = {"target/*"}, .exclude = {}}),
                ElementsAre(".gitignore", "src/e"));
}

TEST_F(PackageFilesTest, ExcludedDirectoryIsNotEvenRead) {
    file("a");
    file("secret/x");
    PackageFilesRules rules;
    rules.exclude = {"secret"};
    EXPECT_THAT(list("", rules), ElementsAre("a"));
}

TEST_F(PackageFilesTest, AboveTheCapTheLargestAreNamed) {
    for (const int size : {10, 70, 30, 60, 20, 50, 40}) {
        file(fmt::format("f{}", size), std::string(static_cast<std::size_t>(size) << 10U, 'x'));
    }
    PackageFilesRules rules;
    rules.cap = 280ULL << 10U;
    EXPECT_EQ(list("", rules).size(), 7U);
    rules.cap -= 1;
    const auto result = package_files(root_, rules);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind(), ErrorKind::usage);
    const auto text = result.error().render();
    EXPECT_THAT(text, HasSubstr("280"));
    EXPECT_THAT(text, HasSubstr("exclude = [\"f70\", \"f60\", \"f50\", \"f40\", \"f30\"]"));
    EXPECT_THAT(text, HasSubstr("[profile.default.package-files]"));
    EXPECT_THAT(text, Not(HasSubstr("f20")));
}

TEST_F(PackageFilesTest, NamesNeedNotBeUtf8AndPipesAreLeftOut) {
    git({"init", "-q"});
    file("\xFF", "x");
    file("a b\nc");
    ASSERT_EQ(::mkfifo(at("pipe").c_str(), 0600), 0);
    EXPECT_THAT(list(), ElementsAre("a b\nc", "\xFF"));
}

TEST_F(PackageFilesTest, MissingPackageIsNamed) {
    EXPECT_THAT(package_files(root_ / "none", {}), IsErrorWith("none is not a directory"));
}

TEST_F(PackageFilesTest, BrokenRepositoryIsAnErrorThatNamesThePackage) {
    git({"init", "-q"});
    file("a");
    git({"add", "."});
    file(".git/index", "not an index");
    EXPECT_THAT(package_files(root_, {}), IsErrorWith("read the git index of " + root_.string()));
}

} // namespace ktstr::machine
