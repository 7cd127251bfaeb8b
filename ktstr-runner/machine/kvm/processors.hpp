// The vCPUs of one machine, in the terms of their architecture. All is asked while they stand
// still.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ktstr::machine::kvm {

class Processors {
public:
    Processors() = default;
    Processors(const Processors&) = delete;
    Processors& operator=(const Processors&) = delete;
    virtual ~Processors() = default;

    // Of a fresh machine: the first enters the kernel at `entry`, the others wait to be started.
    virtual Result<> set_start_state(std::uint64_t entry) = 0;

    // Clocks and timers: stopped, and from there on, however long that was. The clocks of a machine
    // that has not run stand already; stopping twice is stopping once.
    virtual Result<> stop_clocks() = 0;
    virtual Result<> start_clocks() = 0;

    // All of them, with stopped clocks, as bytes; and the same in a fresh machine, whose clocks are
    // then stopped. Refuses what save() did not make, or is cut.
    virtual Result<std::vector<std::byte>> save() const = 0;
    virtual Result<> restore(std::span<const std::byte> state) = 0;

    // Whether each is halted, and no interrupt could end that, or was never started.
    virtual Result<bool> halted_for_ever() const = 0;

    // What the guest's counter reads now, while the clocks go. Fails where KVM does not tell.
    virtual Result<std::uint64_t> counter() const = 0;
};

} // namespace ktstr::machine::kvm
