#include "ktstr-runner/base/progress.hpp"

#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

namespace ktstr {

namespace {

constexpr auto redraw = std::chrono::milliseconds{100};

std::size_t columns() {
    winsize size{};
    return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void put(std::string_view text) {
    // A stderr that is gone is no reason to stop the work.
    static_cast<void>(write_all(STDERR_FILENO, text));
}

} // namespace

Progress::Progress(std::chrono::seconds interval)
    : terminal_(::isatty(STDERR_FILENO) == 1 && log_level() != LogLevel::quiet),
      interval_(interval) {}

Progress::~Progress() {
    clear();
}

void Progress::clear() {
    if (dirty_) {
        put("\r\x1b[K");
        dirty_ = false;
    }
}

void Progress::step(std::string_view what) {
    clear();
    begun_ = shown_ = Clock::now();
    say(what);
}

void Progress::update(std::string_view where) {
    const auto now = Clock::now();
    if (now - shown_ <
        (terminal_ ? std::chrono::nanoseconds{redraw} : std::chrono::nanoseconds{interval_})) {
        return;
    }
    shown_ = now;
    const auto line = fmt::format("{} ({})", where, human_time(now - begun_));
    if (!terminal_) {
        say(line);
        return;
    }
    put("\r\x1b[Kktstr:   " + line.substr(0, std::max<std::size_t>(columns(), 20) - 12));
    dirty_ = true;
}

void Progress::note(std::string_view line) {
    clear();
    say(line);
}

} // namespace ktstr
