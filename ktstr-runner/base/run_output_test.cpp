#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/run_output.hpp"
#include "ktstr-runner/base/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ktstr {
namespace {

// What a grandchild of one whose stderr is `output` thinks of `path`: 0 for "is output".
int seen_two_below(const std::filesystem::path& output, const std::filesystem::path& path) {
    const auto child = ::fork();
    if (child == 0) {
        const Fd out(::open(output.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        ::dup2(out.get(), STDERR_FILENO);
        const auto grandchild = ::fork();
        if (grandchild == 0) {
            ::close(STDERR_FILENO);
            ::_exit(is_one_of(path, run_output_files()) ? 0 : 1);
        }
        int status = 0;
        ::waitpid(grandchild, &status, 0);
        ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 2);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 3;
}

TEST(RunOutput, IsWhatOneOfThoseWhoStartedUsWritesTo) {
    const auto dir = TempDir::create("ktstr-run-output");
    ASSERT_THAT(dir, IsOk());
    const auto log = dir->path() / "run.log";
    const auto other = dir->path() / "other";
    ASSERT_THAT(write_file_atomically(other, "x"), IsOk());
    EXPECT_EQ(seen_two_below(log, log), 0);
    EXPECT_EQ(seen_two_below(log, other), 1);
    std::filesystem::create_symlink(log, dir->path() / "link");
    EXPECT_EQ(seen_two_below(log, dir->path() / "link"), 1);
    EXPECT_EQ(seen_two_below(log, dir->path() / "absent"), 1);
}

} // namespace
} // namespace ktstr
