#include "ktstr-runner/base/run_output.hpp"

#include "ktstr-runner/base/fd.hpp"

#include <fmt/format.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace ktstr {

namespace {

constexpr int most_generations = 64;
constexpr std::size_t stat_limit = 4096;

// proc_pid_stat(5): the fourth field, behind a name in brackets that may have any character.
pid_t parent_of(pid_t pid) {
    const auto text = read_file(fmt::format("/proc/{}/stat", pid), stat_limit).value_or("");
    const auto end = text.rfind(") ");
    return end == std::string::npos || text.size() < end + 4 ? 0 : std::atoi(&text[end + 4]);
}

} // namespace

std::vector<FileIdentity> run_output_files() {
    std::vector<FileIdentity> files;
    auto pid = ::getpid();
    for (int i = 0; i < most_generations && pid > 0; ++i, pid = parent_of(pid)) {
        for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
            struct stat info{};
            const auto path = fmt::format("/proc/{}/fd/{}", pid, fd);
            if (::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode)) {
                files.push_back({.device = info.st_dev, .inode = info.st_ino});
            }
        }
    }
    return files;
}

bool is_one_of(const std::filesystem::path& path, const std::vector<FileIdentity>& files) {
    struct stat info{};
    return !files.empty() && ::lstat(path.c_str(), &info) == 0 &&
           std::ranges::find(files, FileIdentity{.device = info.st_dev, .inode = info.st_ino}) !=
               files.end();
}

} // namespace ktstr
