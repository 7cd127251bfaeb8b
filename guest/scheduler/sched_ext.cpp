#include "guest/scheduler/sched_ext.hpp"

#include "guest/base/os.hpp"
#include "guest/base/text.hpp"

#include <unistd.h>

#include <charconv>

namespace ktstr::guest {

namespace {

std::string word_in(const std::string& path) {
    return std::string(trimmed(read_file(path, 4096).value_or("")));
}

} // namespace

SchedExt::SchedExt(std::string directory)
    : directory_(std::move(directory)), attached_(directory_ + "/root") {}

bool SchedExt::exists() const {
    return ::access((directory_ + "/state").c_str(), F_OK) == 0;
}

std::string SchedExt::state() const {
    return word_in(directory_ + "/state");
}

std::string SchedExt::ops() const {
    return word_in(attached_ + "/ops");
}

std::map<std::string, std::int64_t> SchedExt::events() const {
    return parse_events(read_file(attached_ + "/events", 16384).value_or(""));
}

std::map<std::string, std::int64_t> parse_events(std::string_view text) {
    constexpr std::size_t most = 256;
    std::map<std::string, std::int64_t> events;
    for (const auto line : lines_of(text)) {
        const auto space = line.find(' ');
        if (space == std::string_view::npos || events.size() >= most) {
            continue;
        }
        const auto number = trimmed(line.substr(space));
        std::int64_t value = 0;
        const auto [end, error] =
            std::from_chars(number.data(), number.data() + number.size(), value);
        if (error == std::errc{} && end == number.data() + number.size()) {
            events[std::string(line.substr(0, space))] = value;
        }
    }
    return events;
}

} // namespace ktstr::guest
