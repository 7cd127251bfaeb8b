// Work that a worker does by itself: it computes, yields, sleeps, writes.
#include "guest/workload/work.hpp"

#include <sched.h>

#include <algorithm>

namespace ktstr::workload {

namespace {

constexpr std::uint64_t batch = 1024; // rounds of a spin
constexpr std::uint64_t batches = 16; // between two looks, so that these take less than 1 % of it

void spin_wait(Bench& bench) {
    spin(batches * batch);
    bench.look.count(batches, batches * batch);
    bench.look.look();
}

void yield_heavy(Bench& bench) {
    spin(batch / 16);
    ::sched_yield();
    bench.look.iteration(1);
}

void mixed(Bench& bench) {
    constexpr std::uint64_t pause_ns = 100'000;
    spin(batches * batch);
    ::sched_yield();
    sleep_for(bench, pause_ns);
    bench.look.iteration(batches * batch);
}

void io_sync(Bench& bench) {
    write_and_sync(bench);
    bench.look.iteration(1);
}

std::uint64_t spin_until(Bench& bench, std::int64_t until_ns) {
    std::uint64_t units = 0;
    while (bench.look.look() < until_ns) {
        spin(batches * batch);
        units += batches * batch;
    }
    return units;
}

void bursty(Bench& bench) {
    const auto units =
        spin_until(bench, bench.look.look() + static_cast<std::int64_t>(bench.type.burst_ns));
    sleep_for(bench, bench.type.sleep_ns);
    bench.look.iteration(units);
}

void cache_pressure(Bench& bench) {
    bench.look.iteration(walk(bench));
}

void cache_yield(Bench& bench) {
    const auto touches = walk(bench);
    ::sched_yield();
    bench.look.iteration(touches);
}

std::uint64_t take_turn(Bench& bench, const Turn& turn) {
    const auto until = bench.look.look() + static_cast<std::int64_t>(turn.lasts_ns);
    std::uint64_t units = 0;
    switch (turn.kind) {
    case Turn::Kind::spin:
        return spin_until(bench, until);
    case Turn::Kind::sleep:
        sleep_for(bench, turn.lasts_ns);
        return 0;
    case Turn::Kind::yield:
        for (; bench.look.look() < until; ++units) {
            ::sched_yield();
        }
        return units;
    case Turn::Kind::io:
        for (; bench.look.look() < until; ++units) {
            write_and_sync(bench);
        }
        return units;
    }
    return units;
}

void sequence(Bench& bench) {
    std::uint64_t units = 0;
    for (const auto& turn : bench.type.turns) {
        units += take_turn(bench, turn);
    }
    bench.look.iteration(std::max<std::uint64_t>(units, 1));
}

} // namespace

Round computing_round(WorkKind kind) {
    switch (kind) {
    case WorkKind::spin_wait:
        return spin_wait;
    case WorkKind::yield_heavy:
        return yield_heavy;
    case WorkKind::mixed:
        return mixed;
    case WorkKind::io_sync:
        return io_sync;
    case WorkKind::bursty:
        return bursty;
    case WorkKind::cache_pressure:
        return cache_pressure;
    case WorkKind::cache_yield:
        return cache_yield;
    case WorkKind::sequence:
        return sequence;
    default:
        return nullptr;
    }
}

} // namespace ktstr::workload
