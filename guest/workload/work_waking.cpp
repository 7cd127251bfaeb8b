// Work of workers that wake each other: over pipes, futexes, a lock.
#include "guest/workload/work.hpp"

#include <poll.h>
#include <unistd.h>

#include <climits>

namespace ktstr::workload {

namespace {

void wait_for_change(Bench& bench, Futex& word, std::uint32_t value) {
    bench.look.waits(due_when_woken);
    if (word.load() == value) {
        futex_wait(word, value);
    }
    bench.look.woke();
}

void send_byte(Bench& bench) {
    const char byte = 0;
    Looker::wakes(bench.partner());
    while (::write(bench.write_to, &byte, 1) < 0 && errno == EINTR) {
    }
}

void await_byte(Bench& bench) {
    char byte = 0;
    bench.look.waits(due_when_woken);
    while (::read(bench.read_from, &byte, 1) < 0 && errno == EINTR) {
    }
    bench.look.woke();
}

// Two workers, one byte on its way: who has it works.
void pass_byte(Bench& bench, void (*use)(Bench& bench)) {
    if (bench.role == 1) {
        await_byte(bench);
    }
    use(bench);
    send_byte(bench);
    if (bench.role == 0) {
        await_byte(bench);
    }
    bench.look.iteration(1);
}

void pipe_io(Bench& bench) {
    pass_byte(bench, [](Bench& its) { spin(its.type.spin_iters); });
}

void cache_pipe(Bench& bench) {
    pass_byte(bench, [](Bench& its) {
        walk(its);
        spin(its.type.spin_iters);
    });
}

void futex_ping_pong(Bench& bench) {
    auto& turn = bench.group.turn;
    for (auto now = turn.load(); now % 2 != bench.role; now = turn.load()) {
        wait_for_change(bench, turn, now);
    }
    spin(bench.type.spin_iters);
    Looker::wakes(bench.partner());
    turn.fetch_add(1);
    futex_wake(turn, 1);
    bench.look.iteration(1);
}

// Role 0 starts a round, which the others join, and begins the next when the last of them is done.
void start_round(Bench& bench) {
    auto& group = bench.group;
    spin(bench.type.spin_iters);
    group.unfinished.store(static_cast<std::uint32_t>(bench.members.size() - 1));
    for (auto& other : bench.members.subspan(1)) {
        Looker::wakes(other);
    }
    group.turn.fetch_add(1);
    futex_wake(group.turn, INT_MAX);
    for (auto left = group.unfinished.load(); left != 0; left = group.unfinished.load()) {
        wait_for_change(bench, group.unfinished, left);
    }
    bench.look.iteration(1);
}

void join_round(Bench& bench, void (*use)(Bench& bench)) {
    auto& group = bench.group;
    // A round is over only when all were in it, so none is ever missed or joined twice.
    const auto rounds = bench.members[bench.role].iterations.load(std::memory_order_relaxed);
    while (group.turn.load() == static_cast<std::uint32_t>(rounds)) {
        wait_for_change(bench, group.turn, static_cast<std::uint32_t>(rounds));
    }
    use(bench);
    if (group.unfinished.fetch_sub(1) == 1) {
        Looker::wakes(bench.members.front());
        futex_wake(group.unfinished, 1);
    }
    bench.look.iteration(1);
}

void futex_fan_out(Bench& bench) {
    if (bench.role == 0) {
        start_round(bench);
    } else {
        join_round(bench, [](Bench& its) { spin(its.type.spin_iters); });
    }
}

void fan_out_compute(Bench& bench) {
    if (bench.role == 0) {
        start_round(bench);
        return;
    }
    join_round(bench, [](Bench& its) {
        if (its.type.sleep_ns > 0) {
            sleep_for(its, its.type.sleep_ns);
        }
        for (std::uint64_t done = 0; done < its.type.operations; ++done) {
            walk(its);
            its.look.look();
        }
    });
}

// The lock of Drepper, Futexes Are Tricky, section 5, mutex 2. Who waits for it wants to run, so
// its gap grows.
void mutex_contention(Bench& bench) {
    auto& lock = bench.group.lock;
    std::uint32_t free = 0;
    if (!lock.compare_exchange_strong(free, 1)) {
        while (lock.exchange(2) != 0) {
            futex_wait(lock, 2);
        }
    }
    spin(bench.type.hold_iters);
    if (lock.exchange(0) == 2) {
        futex_wake(lock, 1);
    }
    spin(bench.type.spin_iters);
    bench.look.iteration(1);
}

} // namespace

Round waking_round(WorkKind kind) {
    switch (kind) {
    case WorkKind::pipe_io:
        return pipe_io;
    case WorkKind::cache_pipe:
        return cache_pipe;
    case WorkKind::futex_ping_pong:
        return futex_ping_pong;
    case WorkKind::futex_fan_out:
        return futex_fan_out;
    case WorkKind::fan_out_compute:
        return fan_out_compute;
    case WorkKind::mutex_contention:
        return mutex_contention;
    default:
        return nullptr;
    }
}

} // namespace ktstr::workload
