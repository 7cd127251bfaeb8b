#include "guest/workload/work.hpp"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace ktstr::workload {

void spin(std::uint64_t rounds) {
    for (std::uint64_t round = 0; round < rounds; ++round) {
        asm volatile("" : "+r"(round)); // so that the loop stays
    }
}

void sleep_for(Bench& bench, std::uint64_t ns) {
    constexpr std::int64_t second = 1'000'000'000;
    const auto until = bench.look.look() + static_cast<std::int64_t>(ns);
    const timespec time{.tv_sec = until / second, .tv_nsec = until % second};
    bench.look.waits(until);
    while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nullptr) == EINTR) {
    }
    bench.look.woke();
}

std::uint64_t walk(Bench& bench) {
    const auto stride = std::max<std::size_t>(1, bench.type.stride);
    std::uint64_t touches = 0;
    for (std::size_t at = 0; at < bench.buffer.size(); at += stride) {
        auto& byte = const_cast<volatile unsigned char&>(bench.buffer[at]);
        byte = static_cast<unsigned char>(byte + 1);
        ++touches;
    }
    return touches;
}

void write_and_sync(Bench& bench) {
    constexpr std::size_t block = 4096;
    constexpr std::size_t blocks = 16;
    static const std::array<char, block> zeroes{};
    for (std::size_t index = 0; index < blocks; ++index) {
        if (::pwrite(bench.file, zeroes.data(), block, static_cast<off_t>(index * block)) < 0) {
            break; // a full disk is no reason to stop: what is measured is the waiting
        }
    }
    ::fdatasync(bench.file);
}

std::size_t buffer_bytes(const WorkType& type) {
    constexpr std::size_t least = std::size_t{64} << 10;
    return std::max<std::size_t>(least, type.size_bytes);
}

bool needs_file(const WorkType& type) {
    return type.kind == WorkKind::io_sync ||
           std::any_of(type.turns.begin(), type.turns.end(), [](const Turn& turn) {
               return turn.kind == Turn::Kind::io;
           });
}

void work(Bench& bench) {
    auto round = computing_round(bench.type.kind);
    round = round != nullptr ? round : waking_round(bench.type.kind);
    round = round != nullptr ? round : churning_round(bench.type.kind);
    bench.look.begin();
    while (true) {
        round(bench);
    }
}

} // namespace ktstr::workload
