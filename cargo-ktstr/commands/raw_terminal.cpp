#include "cargo-ktstr/commands/raw_terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

namespace ktstr::commands {

std::optional<wire::Terminal> RawTerminal::size() {
    winsize size{};
    if (::isatty(STDIN_FILENO) == 0 || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) {
        return std::nullopt;
    }
    return wire::Terminal{.rows = size.ws_row, .columns = size.ws_col};
}

Result<RawTerminal> RawTerminal::enter() {
    termios before{};
    if (::tcgetattr(STDIN_FILENO, &before) != 0) {
        return fail(Error::from_errno("read the terminal's settings"));
    }
    termios raw = before;
    ::cfmakeraw(&raw);
    if (::tcsetattr(STDIN_FILENO, TCSANOW, &raw) != 0) {
        return fail(Error::from_errno("change the terminal's settings"));
    }
    return RawTerminal(before);
}

RawTerminal::~RawTerminal() {
    if (before_) {
        ::tcsetattr(STDIN_FILENO, TCSANOW, &*before_);
    }
}

} // namespace ktstr::commands
