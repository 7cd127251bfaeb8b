#include "cargo-ktstr/fetch/source.hpp"
#include "cargo-ktstr/fetch/testing_mirror.hpp"
#include "cargo-ktstr/net/http.hpp"
#include "ktstr-runner/base/lock.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

namespace ktstr::fetch {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace fs = std::filesystem;

namespace {

Version version(std::string_view text) {
    return Version::parse(text).value();
}

class SourceTest : public ::testing::Test {
protected:
    static void SetUpTestSuite() { mirror = new TestingMirror; }

    static void TearDownTestSuite() { delete mirror; }

    Result<fs::path>
    fetch(std::string_view text, const std::string& fault = {}, Verify verify = Verify::yes) {
        Catalog catalog(
            mirror->mirror(fault), verify, {.attempts = 2, .first = std::chrono::milliseconds{1}});
        Progress progress;
        return source_tree(version(text), cache(), catalog, progress);
    }

    SourceCache cache() const { return SourceCache::at(folder_.path() / ".sources").value(); }

    // Without locks, which stay.
    std::vector<std::string> kept() const {
        std::vector<std::string> out;
        for (const auto& entry : fs::directory_iterator(cache().directory())) {
            if (entry.path().extension() != ".lock") {
                out.push_back(entry.path().filename().string());
            }
        }
        std::ranges::sort(out);
        return out;
    }

    static int tarballs_sent() {
        return std::stoi(net::send({.url = mirror->base() + "/requests"}).value().body);
    }

    static inline TestingMirror* mirror = nullptr;

    // What another signer than kernel.org's vouches for is another tree.
    std::string name(const std::string& version) const {
        return "linux-" + version + ".by-" + mirror->key().fingerprint().substr(0, 12);
    }

private:
    TempDir folder_ = TempDir::create("ktstr-source").value();
};

} // namespace

TEST_F(SourceTest, MakesATreeOnce) {
    const auto tree = fetch("6.14.11");
    ASSERT_THAT(tree, IsOk());
    EXPECT_EQ(tree->filename(), name("6.14.11"));
    EXPECT_EQ(read_file(*tree / "Makefile").value(), "# 6.14.11\n");
    EXPECT_THAT(kept(), ElementsAre(name("6.14.11")));
    // Needs no network again.
    EXPECT_THAT(fetch("6.14.11", "broken"), IsOk());
}

TEST_F(SourceTest, FaultsAreTheirOwnErrorsAndLeaveNothing) {
    EXPECT_THAT(fetch("6.14.11", "html"), IsErrorWith("text/html"));
    EXPECT_THAT(fetch("6.14.11", "changed"), IsErrorWith("its SHA-256 is"));
    EXPECT_THAT(fetch("6.14.11", "signature"), IsErrorWith("the text was changed"));
    EXPECT_THAT(fetch("6.14.11", "missing"), IsErrorWith("does not exist"));
    EXPECT_THAT(fetch("6.14.99"), IsErrorWith("nearest: 6.14.11"));
    EXPECT_THAT(fetch("6.14.11", "broken"), IsErrorWith("503"));
    EXPECT_THAT(kept(), IsEmpty());
    EXPECT_THAT(fetch("6.14.11"), IsOk());
}

TEST_F(SourceTest, ADownloadThatBrokeOffIsTakenUpAgain) {
    EXPECT_THAT(fetch("6.14.11", "truncated"), IsErrorWith("cannot download"));
    EXPECT_FALSE(fs::exists(cache().directory() / name("6.14.11")));
    EXPECT_THAT(fetch("6.14.11"), IsOk());
    EXPECT_THAT(kept(), ElementsAre(name("6.14.11")));
}

TEST_F(SourceTest, CandidatesNeedTheWordOfTheUser) {
    const auto refused = fetch("6.15-rc3");
    EXPECT_THAT(refused, IsErrorWith("--no-verify"));
    EXPECT_THAT(refused, IsErrorWith("linux.git#v6.15-rc3"));
    const auto tree = fetch("6.15-rc3", {}, Verify::no);
    ASSERT_THAT(tree, IsOk());
    EXPECT_EQ(read_file(*tree / "Makefile").value(), "# 6.15-rc3\n");
}

TEST_F(SourceTest, WhatWasNotVerifiedNeverPassesForWhatWas) {
    const auto loose = fetch("6.12.9", "signature", Verify::no);
    ASSERT_THAT(loose, IsOk());
    EXPECT_EQ(loose->filename(), "linux-6.12.9.unverified");
    EXPECT_THAT(fetch("6.12.9", "signature"), IsErrorWith("the text was changed"));
    EXPECT_EQ(fetch("6.12.9")->filename(), name("6.12.9"));
    EXPECT_EQ(fetch("6.12.9", {}, Verify::no)->filename(), "linux-6.12.9.unverified");
}

TEST_F(SourceTest, AWrongFileOfAnEarlierRunIsFetchedAnew) {
    const auto tarball = cache().directory() / "linux-6.12.9.tar.xz";
    ASSERT_THAT(write_file_atomically(tarball, "left over"), IsOk());
    EXPECT_THAT(fetch("6.12.9"), IsErrorWith("SHA-256"));
    EXPECT_THAT(fetch("6.12.9"), IsOk());
}

TEST_F(SourceTest, ManyProcessesFetchOnce) {
    const int before = tarballs_sent();
    std::vector<pid_t> children;
    for (int i = 0; i < 8; ++i) {
        const pid_t pid = ::fork();
        if (pid == 0) {
            ::_exit(fetch("6.14.10") ? 0 : 1);
        }
        children.push_back(pid);
    }
    for (const pid_t pid : children) {
        int status = 0;
        ASSERT_EQ(::waitpid(pid, &status, 0), pid);
        EXPECT_EQ(status, 0);
    }
    EXPECT_EQ(tarballs_sent() - before, 1);
    EXPECT_THAT(kept(), ElementsAre(name("6.14.10")));
}

TEST_F(SourceTest, WaitersSayForWhom) {
    const auto lock = FileLock::acquire(cache().directory() / (name("6.12.9") + ".lock"),
                                        FileLock::Mode::exclusive);
    ASSERT_THAT(lock, IsOk());
    ASSERT_THAT(
        write_all(open_file(cache().directory() / (name("6.12.9") + ".lock"), O_WRONLY)->get(),
                  "4711\n"),
        IsOk());
    auto out = make_pipe().value();
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::dup2(out.write.get(), STDERR_FILENO);
        ::_exit(fetch("6.12.9") ? 0 : 1);
    }
    out.write.reset();
    std::string said;
    char c = 0;
    while (said.find('\n') == std::string::npos && ::read(out.read.get(), &c, 1) == 1) {
        said += c;
    }
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    EXPECT_THAT(said, HasSubstr("process 4711 is fetching " + name("6.12.9") + "; waiting for it"));
}

// Kills it at moments all over its run, which takes some tens of milliseconds.
TEST_F(SourceTest, KilledAtAnyMomentLeavesNothingThatLooksWhole) {
    const auto tree = cache().directory() / name("6.11.2");
    int killed = 0;
    for (int i = 0; i < 40; ++i) {
        const pid_t pid = ::fork();
        if (pid == 0) {
            ::setenv("TMPDIR", mirror->folder().c_str(), 1); // what it leaves goes with the test
            ::_exit(fetch("6.11.2") ? 0 : 1);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{2 * i});
        ::kill(pid, SIGKILL);
        int status = 0;
        ASSERT_EQ(::waitpid(pid, &status, 0), pid);
        killed += WIFSIGNALED(status) ? 1 : 0;
        if (fs::exists(tree)) {
            EXPECT_EQ(read_file(tree / "Makefile").value_or(""), "# 6.11.2\n");
            EXPECT_EQ(read_file(tree / "scripts/arch/core.c").value_or(""), "/* core */\n");
            fs::remove_all(tree);
        }
    }
    EXPECT_GT(killed, 0);
    EXPECT_THAT(fetch("6.11.2"), IsOk());
    EXPECT_THAT(kept(), ElementsAre(name("6.11.2")));
}

} // namespace ktstr::fetch
