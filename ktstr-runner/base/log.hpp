// Words for people, on stderr, each line begun with "ktstr: ". stdout belongs to machines.
#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace ktstr {

enum class LogLevel { quiet, normal, verbose };

void set_log_level(LogLevel level);
LogLevel log_level();

// One write(2) a line, so that lines of parallel tests do not mix.
void say(std::string_view line);
void say_verbose(std::string_view line);

template <class... Args>
void say(fmt::format_string<Args...> format, Args&&... args)
    requires(sizeof...(Args) > 0)
{
    say(std::string_view(fmt::format(format, std::forward<Args>(args)...)));
}

} // namespace ktstr
