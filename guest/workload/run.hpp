// A scenario as data in, measurements as data out (docs/design/scheduler-tests.md, "Scenario").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::workload {

// What a BPF program has cost since it was loaded.
struct ProgramCost {
    std::uint32_t id = 0; // the kernel's
    std::uint64_t run_cnt = 0;
    std::uint64_t run_time_ns = 0;
};

// What a scenario asks of those around it.
class Surroundings {
public:
    virtual ~Surroundings() = default;

    // One of "detach", "attach", "restart" or "replace" (then `scheduler` is its JSON). What went
    // wrong, absent when nothing did.
    virtual std::optional<std::string> scheduler(std::string_view order,
                                                 std::string_view scheduler) = 0;

    // Of the attached one; empty: none.
    virtual std::string scheduler_name() const = 0;

    // Of each BPF program that has been there, ascending by id; of one that is gone, what was last
    // seen.
    virtual std::vector<ProgramCost> program_costs() = 0;

    // The client is gone or the time is up: stop, clean up, return.
    virtual bool cancelled() = 0;

    // One line to the client.
    virtual void send_event(const std::string& json) = 0;

    // A line from it (custom workers), at latest at this time of CLOCK_MONOTONIC; absent: none
    // came.
    virtual std::optional<std::string> next_answer(std::int64_t until_ns) = 0;

    // A seed for the order in which a scenario's workers start, and their delays; 0: as they are
    // named, and at once.
    virtual std::uint64_t varied() = 0;
};

struct Ran {
    std::string result; // JSON
    std::string error;  // why it could not run; a bad scenario: names the field and the value
};

// `scenario`: JSON of schema 1, docs/reference/scenario.md. Returns when all is cleaned up again.
Ran run(std::string_view scenario, Surroundings& around);

} // namespace ktstr::workload
