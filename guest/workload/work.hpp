// What workers do: the loops of the work types. None of them returns; a worker is killed.
#pragma once

#include "guest/workload/looker.hpp"
#include "guest/workload/scenario.hpp"

#include <span>

namespace ktstr::workload {

// What a loop has to do with.
struct Bench {
    const WorkType& type;
    Looker look;
    GroupPage& group;
    std::span<WorkerPage> members; // of the group, this worker among them
    std::size_t role = 0;          // its place there
    int read_from = -1;            // pipe from its partner
    int write_to = -1;             // and to it
    int file = -1;                 // of io
    std::span<unsigned char> buffer;

    WorkerPage& partner() const { return members[1 - role]; }
};

// How many bytes a worker of the type has as its buffer; at least some pages, so that it can be
// seen on which NUMA node they are.
std::size_t buffer_bytes(const WorkType& type);

// Whether it needs Bench::file.
bool needs_file(const WorkType& type);

[[noreturn]] void work(Bench& bench);

// The parts of the above, by what they are about. Each is one iteration.
using Round = void (*)(Bench& bench);
Round computing_round(WorkKind kind); // nullptr for the others' kinds, likewise below
Round waking_round(WorkKind kind);
Round churning_round(WorkKind kind);

// Blocks of these that rounds are built of.
void spin(std::uint64_t rounds);
void sleep_for(Bench& bench, std::uint64_t ns);
std::uint64_t walk(Bench& bench); // over the buffer, once; how many touches
void write_and_sync(Bench& bench);

} // namespace ktstr::workload
