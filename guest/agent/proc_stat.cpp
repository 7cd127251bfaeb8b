#include "guest/agent/proc_stat.hpp"

#include <charconv>
#include <vector>

namespace ktstr::guest {

namespace {

template <class Number> bool read_number(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

} // namespace

std::optional<ProcStat> parse_proc_stat(std::string_view text) {
    const auto open = text.find('(');
    const auto close = text.rfind(')');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open ||
        open == 0) {
        return std::nullopt;
    }
    std::vector<std::string_view> fields; // fields[0] is field 3
    auto rest = text.substr(close + 1);
    while (!rest.empty()) {
        const auto end = rest.find_first_of(" \n");
        if (end != 0) {
            fields.push_back(rest.substr(0, end));
        }
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    constexpr std::size_t first = 3;
    ProcStat stat{.comm = std::string(text.substr(open + 1, close - open - 1))};
    if (fields.size() <= 39 - first || fields[0].size() != 1 ||
        !read_number(text.substr(0, open - 1), stat.pid) ||
        !read_number(fields[4 - first], stat.parent) ||
        !read_number(fields[9 - first], stat.flags) ||
        !read_number(fields[14 - first], stat.user) ||
        !read_number(fields[15 - first], stat.system) ||
        !read_number(fields[39 - first], stat.cpu)) {
        return std::nullopt;
    }
    stat.state = fields[0].front();
    return stat;
}

std::uint64_t lowest_mapping(std::string_view maps) {
    constexpr int hexadecimal_base = 16;
    std::uint64_t address = 0;
    std::from_chars(maps.data(), maps.data() + maps.size(), address, hexadecimal_base);
    return address;
}

} // namespace ktstr::guest
