// What the engine and its workers share: memory that is mapped before they are forked. Each field
// has one writer unless said otherwise, so that counting needs no locked instructions.
#pragma once

#include "guest/base/os.hpp"
#include "guest/workload/cpu_set.hpp"
#include "guest/workload/histogram.hpp"

#include <atomic>
#include <cstdint>
#include <limits>
#include <span>

namespace ktstr::workload {

using Futex = std::atomic<std::uint32_t>;

constexpr std::size_t cache_line = 64;

// Of WorkerPage::due_ns.
constexpr std::int64_t due_now = 0; // it wants to run
constexpr std::int64_t due_when_woken = std::numeric_limits<std::int64_t>::max();

enum class WorkerState : std::uint32_t { starting, ready, running, failed };

// One worker's measurements. A new mapping's zeroes are its initial values.
struct alignas(cache_line) WorkerPage {
    std::atomic<std::uint64_t> iterations;
    std::atomic<std::uint64_t> work_units;
    std::atomic<std::uint64_t> migrations;
    std::atomic<std::uint64_t> cross_node_migrations;
    std::atomic<std::int64_t> last_look_ns;
    // When it wants to run: now, at a time, or when somebody wakes it (who then says when that
    // was).
    std::atomic<std::int64_t> due_ns;
    std::atomic<std::int64_t> max_gap_ns;  // since the engine last took it
    std::atomic<std::int64_t> max_wake_ns; // likewise
    std::atomic<double> wake_sum;          // ns
    std::atomic<double> wake_squares;      // ns^2
    std::atomic<std::uint64_t> buffer;     // address in its own memory, for page locality
    std::atomic<std::uint64_t> buffer_bytes;
    std::atomic<std::int32_t> tid;
    std::atomic<WorkerState> state;
    std::atomic<std::int32_t> error;    // errno of what failed
    std::atomic<const char*> failed_at; // a constant, so at the same address in the engine

    std::array<std::atomic<std::uint64_t>, most_cpus / 64> cpus; // taken likewise
    std::array<std::atomic<std::uint32_t>, bucket_count> wakes;
};

// Workers that need each other.
struct alignas(cache_line) GroupPage {
    Futex turn;       // ping-pong: whose turn it is; fan-out: how many rounds there were
    Futex unfinished; // fan-out: workers that have not done this round
    Futex lock;       // 0 free, 1 held, 2 held and wanted
};

// One of each scenario, written by the engine.
struct alignas(cache_line) ControlPage {
    Futex gate;  // opens for the workers whose number it reaches
    Futex ready; // workers that stand at a gate, or failed; counted by them
    // Counts up when measuring begins anew, so that no worker notes a CPU that it ran on before.
    std::atomic<std::uint32_t> epoch;
    std::atomic<std::int64_t> epoch_ns;
    std::array<std::uint8_t, most_cpus> node_of_cpu;
};

// Anonymous memory that children see too.
class SharedMemory final {
public:
    SharedMemory() = default;
    explicit SharedMemory(std::size_t bytes); // ok() says whether there was as much

    SharedMemory(SharedMemory&& other) noexcept
        : start_(std::exchange(other.start_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

    SharedMemory& operator=(SharedMemory&& other) noexcept {
        std::swap(start_, other.start_);
        std::swap(bytes_, other.bytes_);
        return *this;
    }

    SharedMemory(const SharedMemory&) = delete;
    SharedMemory& operator=(const SharedMemory&) = delete;
    ~SharedMemory();

    bool ok() const { return start_ != nullptr; }

    template <typename T> std::span<T> as(std::size_t offset, std::size_t count) const {
        return {reinterpret_cast<T*>(static_cast<char*>(start_) + offset), count};
    }

private:
    void* start_ = nullptr;
    std::size_t bytes_ = 0;
};

// futex(2) over processes. False: the time was up.
bool futex_wait(Futex& word, std::uint32_t while_it_is, std::int64_t until_ns = due_when_woken);
void futex_wake(Futex& word, int how_many);

} // namespace ktstr::workload
