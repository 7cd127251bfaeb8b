#include "guest/agent/memory.hpp"

#include "guest/base/os.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace ktstr::guest {

namespace {

std::uint64_t all_kills() {
    return counter(read_file("/proc/vmstat").value_or(""), "oom_kill");
}

// The counters do not tell whose memory it was; the log does.
std::uint64_t machine_kills_in_log() {
    const Fd log(::open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    std::uint64_t kills = 0;
    std::array<char, 8192> record; // One read gives one record.
    while (log) {
        const auto got = ::read(log.get(), record.data(), record.size());
        if (got < 0 && errno == EPIPE) { // Overwritten meanwhile: the next read goes on behind it.
            continue;
        }
        if (got <= 0) {
            break;
        }
        kills += tells_of_machine_kill({record.data(), static_cast<std::size_t>(got)}) ? 1 : 0;
    }
    return kills;
}

} // namespace

OutOfMemory::OutOfMemory()
    : before_(all_kills()), before_in_log_(before_ == 0 ? 0 : machine_kills_in_log()) {}

std::uint64_t OutOfMemory::kills() const {
    const auto since = all_kills() - before_;
    if (since == 0) {
        return 0;
    }
    const auto in_log = machine_kills_in_log(); // fewer than before, when old records are gone
    return std::min(since, in_log - std::min(in_log, before_in_log_));
}

std::uint64_t counter(std::string_view text, std::string_view name) {
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == ' ') {
            std::uint64_t value = 0;
            std::from_chars(line.data() + name.size() + 1, line.data() + line.size(), value);
            return value;
        }
    }
    return 0;
}

bool tells_of_machine_kill(std::string_view record) {
    const auto start = record.find(';'); // Behind level, sequence number, time and flags.
    return start != std::string_view::npos &&
           record.substr(start + 1).starts_with("Out of memory") &&
           record.find("Killed process") != std::string_view::npos;
}

std::uint64_t memory_bytes() {
    const auto pages = static_cast<std::uint64_t>(std::max(0L, ::sysconf(_SC_PHYS_PAGES)));
    return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::string memory_size() {
    return std::to_string(memory_bytes() >> 20) + " MiB";
}

} // namespace ktstr::guest
