#include "ktstr-runner/session/oops.hpp"

#include "ktstr-runner/base/text.hpp"

#include <algorithm>
#include <array>

namespace ktstr::session {

namespace {

// What ends a kernel. A soft lockup ("watchdog: BUG: soft lockup") does not, and is common where
// the host is busy.
constexpr std::array<std::string_view, 6> marks{"Oops: ",
                                                "kernel BUG at ",
                                                "BUG: kernel ",
                                                "BUG: unable to handle ",
                                                "general protection fault",
                                                "Internal error: "};

// At the begin of what a line says behind the time: "[    1.0] Oops: ".
bool begins_a_message(std::string_view console, std::size_t at) {
    const auto before = console.substr(0, at);
    return before.empty() || before.ends_with('\n') || before.ends_with("] ");
}

std::size_t find_mark(std::string_view console, std::string_view mark) {
    auto at = console.find(mark);
    while (at != console.npos && !begins_a_message(console, at)) {
        at = console.find(mark, at + 1);
    }
    return at;
}

std::string_view line_at(std::string_view console, std::size_t at) {
    return trim(console.substr(at, console.find_first_of("\r\n", at) - at));
}

// Of "RIP: 0010:update_rq_clock+0x3a/0x160" and "pc : update_rq_clock+0x3a/0x160".
std::string place_in(std::string_view console) {
    for (const std::string_view mark : {"RIP: 0010:", "pc : "}) {
        if (const auto at = console.find(mark); at != console.npos) {
            return to_utf8(line_at(console, at + mark.size()));
        }
    }
    return {};
}

} // namespace

std::optional<Oops> find_oops(std::string_view console) {
    auto first = console.npos;
    for (const auto mark : marks) {
        first = std::min(first, find_mark(console, mark));
    }
    if (first == console.npos) {
        return std::nullopt;
    }
    const auto line_end = console.rfind('\n', first);
    return Oops{.what = to_utf8(line_at(console, first)),
                .where = place_in(console.substr(first)),
                .begin = line_end == console.npos ? 0 : line_end + 1};
}

std::string in_words(const Oops& oops) {
    return oops.where.empty() ? oops.what : oops.what + ", in " + oops.where;
}

bool is_stale_breakpoint(const Oops& oops) {
    return oops.what.starts_with("Oops: int3");
}

} // namespace ktstr::session
