// RawTerminal: our terminal passes every key on (Ctrl-C is for the guest) until the scope ends.
#pragma once

#include "guest/wire/messages.hpp"
#include "ktstr-runner/base/result.hpp"

#include <termios.h>

#include <optional>
#include <utility>

namespace ktstr::commands {

class RawTerminal final {
public:
    // Absent when stdin or stdout is not a terminal.
    static std::optional<wire::Terminal> size();

    static Result<RawTerminal> enter();

    RawTerminal(RawTerminal&& other) noexcept
        : before_(std::exchange(other.before_, std::nullopt)) {}

    RawTerminal& operator=(RawTerminal&&) = delete;
    ~RawTerminal();

private:
    explicit RawTerminal(const termios& before) : before_(before) {}

    std::optional<termios> before_;
};

} // namespace ktstr::commands
