#include "ktstr-runner/base/log.hpp"

#include <unistd.h>

#include <atomic>
#include <string>

namespace ktstr {

namespace {

std::atomic<LogLevel> current{LogLevel::normal};

} // namespace

void set_log_level(LogLevel level) {
    current = level;
}

LogLevel log_level() {
    return current;
}

void say(std::string_view line) {
    if (current != LogLevel::quiet) {
        const std::string text = "ktstr: " + std::string(line) + "\n";
        [[maybe_unused]] const auto n = ::write(STDERR_FILENO, text.data(), text.size());
    }
}

void say_verbose(std::string_view line) {
    if (current == LogLevel::verbose) {
        say(line);
    }
}

} // namespace ktstr
