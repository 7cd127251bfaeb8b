#include "ktstr-runner/cache/maker_lock.hpp"

#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <span>
#include <utility>

namespace ktstr::cache {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_line = 4096;
constexpr std::size_t longest_command = 200;

std::int64_t now() {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::string node_name() {
    utsname names{};
    return ::uname(&names) == 0 ? names.nodename : "?";
}

// The words of our own command line, the program without its folder.
std::string own_command() {
    auto words = split(read_file("/proc/self/cmdline", std::size_t{1} << 20).value_or(""), '\0');
    if (!words.empty() && words.back().empty()) {
        words.pop_back();
    }
    if (!words.empty()) {
        words.front() = fs::path(words.front()).filename().string();
    }
    auto text = join(words, " ");
    std::ranges::replace_if(text, [](unsigned char c) { return c < ' ' || c == 0x7F; }, ' ');
    text.resize(std::min(text.size(), longest_command));
    return to_utf8(text);
}

// A lock is had all the same where its file cannot be written: the line is for people.
void sign(const FileLock& lock) {
    const auto line = fmt::format("{} {} {} {}\n", ::getpid(), now(), node_name(), own_command());
    if (::ftruncate(lock.fd(), 0) == 0) {
        static_cast<void>(!::pwrite(lock.fd(), line.data(), line.size(), 0));
    }
}

} // namespace

std::optional<Holder> read_holder(const fs::path& lock) {
    const auto text = read_file(lock, longest_line);
    if (!text) {
        return std::nullopt;
    }
    const auto words = split(std::string_view(*text).substr(0, text->find('\n')), ' ');
    if (words.size() < 4) {
        return std::nullopt;
    }
    const auto pid = parse_u64(words[0]);
    const auto since = parse_u64(words[1]);
    if (!pid || !since || *pid > INT32_MAX || *since > INT32_MAX * 16ULL) {
        return std::nullopt;
    }
    return Holder{.pid = static_cast<std::int64_t>(*pid),
                  .host = to_utf8(words[2]),
                  .since = static_cast<std::int64_t>(*since),
                  .command = to_utf8(join(std::span(words).subspan(3), " "))};
}

std::string describe(const Holder& holder) {
    const auto age = std::chrono::seconds(std::max<std::int64_t>(now() - holder.since, 0));
    return fmt::format("pid {}{} (`{}`), since {}",
                       holder.pid,
                       holder.host == node_name() ? "" : " on " + holder.host,
                       holder.command,
                       human_age(age));
}

Result<MakerLock> MakerLock::acquire(const fs::path& path, const std::string& what) {
    for (bool said = false;;) {
        TRY_ASSIGN(auto held, FileLock::try_acquire(path, FileLock::Mode::exclusive));
        if (!held) {
            if (!std::exchange(said, true)) {
                const auto holder = read_holder(path);
                say("another ktstr is making {}: {}; waiting for it",
                    what,
                    holder ? describe(*holder) : "it does not say which");
            }
            TRY_ASSIGN(held, FileLock::acquire(path, FileLock::Mode::exclusive));
        }
        // A file that was swept from under us would leave us alone with our lock.
        if (held->is_still(path)) {
            sign(*held);
            return MakerLock(std::move(*held));
        }
    }
}

MakerLock::~MakerLock() {
    if (lock_.fd() >= 0) {
        static_cast<void>(!::ftruncate(lock_.fd(), 0));
    }
}

} // namespace ktstr::cache
