#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/lock.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/refused_flock.hpp"
#include "ktstr-runner/base/temp_dir.hpp"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <future>

namespace ktstr {

namespace {

using Mode = FileLock::Mode;

class LockTest : public testing::Test {
protected:
    void SetUp() override {
        auto made = TempDir::create("lock");
        ASSERT_THAT(made, IsOk());
        dir.emplace(std::move(*made));
        ASSERT_THAT(write_file_atomically(path(), "", 0444), IsOk());
    }

    std::filesystem::path path() const { return dir->path() / "file"; }

    std::optional<TempDir> dir;
};

} // namespace

TEST_F(LockTest, OfExistingFilesMakesNone) {
    const auto missing = dir->path() / "missing";
    EXPECT_FALSE(FileLock::acquire_existing(missing, Mode::shared).value().has_value());
    EXPECT_FALSE(FileLock::try_acquire_existing(missing, Mode::exclusive).value().has_value());
    EXPECT_FALSE(std::filesystem::exists(missing));
}

TEST_F(LockTest, AReaderWaitsForWhoIsAlone) {
    auto alone = FileLock::try_acquire_existing(path(), Mode::exclusive);
    ASSERT_THAT(alone, IsOk());
    ASSERT_TRUE(alone->has_value());
    EXPECT_FALSE(FileLock::try_acquire_existing(path(), Mode::shared).value().has_value());
    auto reader = std::async(std::launch::async,
                             [&] { return FileLock::acquire_existing(path(), Mode::shared); });
    std::filesystem::rename(path(), dir->path() / "aside");
    alone->reset();
    const auto had = reader.get();
    ASSERT_THAT(had, IsOk());
    // It opened the file before or after the rename; either way it has no lock on that name.
    EXPECT_FALSE(had->has_value() && (*had)->is_still(path()));
}

TEST_F(LockTest, MayBeLeftToTheProgramThatThisOneBecomes) {
    for (const bool left : {false, true}) {
        auto go = make_pipe(); // it ends when this process closes the pipe
        ASSERT_THAT(go, IsOk());
        auto began = make_pipe();
        ASSERT_THAT(began, IsOk());
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            const auto held = FileLock::acquire_existing(path(), Mode::shared);
            const bool good = held && *held && (!left || (*held)->leave_to_successors());
            ::dup2(go->read.get(), 0);
            ::dup2(began->write.get(), 1);
            if (good) {
                ::execlp("sh", "sh", "-c", "echo; read _", nullptr);
            }
            ::_exit(1);
        }
        began->write.reset();
        char c = 0;
        ASSERT_EQ(::read(began->read.get(), &c, 1), 1);
        const auto alone = FileLock::try_acquire_existing(path(), Mode::exclusive);
        ASSERT_THAT(alone, IsOk());
        EXPECT_EQ(alone->has_value(), !left);
        go->write.reset();
        EXPECT_EQ(::waitpid(child, nullptr, 0), child);
    }
}

TEST_F(LockTest, AFileSystemWithoutLocksIsNamed) {
    for (const int code : {ENOLCK, EOPNOTSUPP, ENOSYS}) {
        EXPECT_EXIT(
            {
                const auto refused = refuse_flock(static_cast<unsigned>(code));
                const auto lock = FileLock::try_acquire(path(), Mode::exclusive);
                std::fputs(lock || !refused ? "no error" : lock.error().render().c_str(), stderr);
                std::_Exit(0);
            },
            testing::ExitedWithCode(0),
            "files cannot be locked on the file system [a-z0-9]+\n +lock .*/file: ");
    }
}

// What NFS says of a file that another host removed after we opened it.
TEST_F(LockTest, AFileThatIsGoneIsAbsentOrMadeAnew) {
    EXPECT_EXIT(
        {
            const auto refused = refuse_flock(ESTALE);
            const auto existing = FileLock::try_acquire_existing(path(), Mode::exclusive);
            const auto any = FileLock::acquire(path(), Mode::exclusive); // each one is gone at once
            const bool absent = refused && existing && !*existing;
            std::fputs(!absent || any ? "not so" : any.error().render().c_str(), stderr);
            std::_Exit(0);
        },
        testing::ExitedWithCode(0),
        "lock .*/file: Stale file handle");
}

} // namespace ktstr
