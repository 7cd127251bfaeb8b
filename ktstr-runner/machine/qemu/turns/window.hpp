// The header of the guest's window, where this process has it mapped.
#pragma once

#include "guest/wire/window.hpp"

#include <cstdint>

namespace ktstr::machine::qemu::turns {

// What the host wants, as of when the machine goes on.
struct Wishes {
    std::uint64_t turn_seed;
    std::uint64_t stop_at; // ns
};

class Window {
public:
    // `told` is the variable's text (protocol.hpp). The memory need not be mapped yet.
    explicit constexpr Window(const char* told) : told_(told) {}

    // Finds it on first use. All zero as long as it is not mapped.
    Wishes wishes();

    wire::Waiting waiting();

private:
    const volatile wire::Header* find();

    const char* told_;
    const volatile wire::Header* header_ = nullptr;
};

} // namespace ktstr::machine::qemu::turns
