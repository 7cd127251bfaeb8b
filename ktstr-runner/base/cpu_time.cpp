#include "ktstr-runner/base/cpu_time.hpp"

#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace ktstr {

std::string describe(const CpuTime& time) {
    return fmt::format(
        "{} of CPU, {} waiting for one", human_time(time.ran), human_time(time.waited));
}

std::optional<CpuTime> parse_schedstat(std::string_view text) {
    CpuTime time;
    const auto* const end = text.data() + text.size();
    const auto* at = text.data();
    for (auto* field : {&time.ran, &time.waited}) {
        std::int64_t value = 0;
        const auto read = std::from_chars(at, end, value);
        if (read.ec != std::errc{} || value < 0 || read.ptr == end || *read.ptr != ' ') {
            return std::nullopt;
        }
        *field = std::chrono::nanoseconds(value);
        at = read.ptr + 1;
    }
    return time;
}

std::optional<CpuTime> cpu_time_of(pid_t pid) {
    std::error_code error;
    std::filesystem::directory_iterator threads(fmt::format("/proc/{}/task", pid), error);
    std::optional<CpuTime> sum;
    for (; !error && threads != std::filesystem::directory_iterator(); threads.increment(error)) {
        const auto text = read_file(threads->path() / "schedstat", 256);
        const auto time = text ? parse_schedstat(*text) : std::nullopt;
        if (time) { // a thread may end between the two looks
            sum = sum.value_or(CpuTime{});
            sum->ran += time->ran;
            sum->waited = std::max(sum->waited, time->waited);
            sum->waited_in_all += time->waited;
        }
    }
    return sum;
}

} // namespace ktstr
