// The worker's side of the measurements. A worker looks around after each piece of work: one
// reading of the clock and of the CPU's number, both without a system call. Own cost per look: see
// docs/reference/scenario.md.
#pragma once

#include "guest/workload/shared.hpp"

#include <cstdint>

namespace ktstr::workload {

class Looker final {
public:
    Looker(WorkerPage& page, const ControlPage& control) : page_(&page), control_(&control) {}

    // The gate is open.
    void begin();

    // Iterations are over, after so many units of work.
    void count(std::uint64_t iterations, std::uint64_t units);

    // One is, and now it looks.
    void iteration(std::uint64_t units);

    // Between iterations that take long.
    std::int64_t look();

    // From here to woke() it does not want to run: until a time, or until woken (due_when_woken).
    void waits(std::int64_t until_ns) { page_->due_ns.store(until_ns, std::memory_order_seq_cst); }

    void woke();

    // To be called before another is woken: it wants to run from now on.
    static void wakes(WorkerPage& other);

private:
    void note_gap(std::int64_t from_ns, std::int64_t now_ns);
    void note_cpu();

    WorkerPage* page_;
    const ControlPage* control_;
    std::int64_t last_ns_ = 0;
    int cpu_ = -1;
    std::uint32_t epoch_ = 0;
};

} // namespace ktstr::workload
