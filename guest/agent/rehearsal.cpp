#include "guest/agent/rehearsal.hpp"

#include "guest/base/os.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <string>
#include <thread>

namespace ktstr::guest {

namespace {

constexpr auto clocksource = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
constexpr std::int64_t clocksource_patience_ms = 3000;

constexpr std::int64_t limit_ms = 10'000; // of what takes one millisecond

// So many mappings that the kernel's tree of them grows and shrinks by a level.
void use_memory() {
    constexpr std::size_t pages = 128;
    constexpr std::size_t page = 4096;
    void* const at =
        ::mmap(nullptr, pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) {
        return;
    }
    auto* const memory = static_cast<std::byte*>(at);
    std::memset(memory, 1, pages * page);
    for (std::size_t i = 0; i < pages; i += 2) {
        ::mprotect(memory + i * page, page, PROT_READ);
    }
    ::madvise(memory, pages * page, MADV_DONTNEED);
    ::munmap(memory + page, (pages - 2) * page);
    ::munmap(memory, pages * page);
}

// As Rust's std::thread::available_parallelism() does.
void look_at_limits() {
    for (const auto* const path : {"/proc/self/cgroup", "/sys/fs/cgroup/test/cpu.max"}) {
        const Fd file(::open(path, O_RDONLY | O_CLOEXEC));
        struct statx status{};
        ::statx(file.get(), "", AT_EMPTY_PATH, STATX_ALL, &status);
        ::lseek(file.get(), 0, SEEK_CUR);
        std::array<char, 256> text{};
        while (::read(file.get(), text.data(), text.size()) > 0) {
        }
    }
    cpu_set_t cpus;
    ::sched_getaffinity(0, sizeof cpus, &cpus);
}

} // namespace

wire::Job rehearsal(bool lockstep) {
    return {
        .argv = {wire::rehearsal.begin(), wire::rehearsal.end()},
        .environment = {"PATH=/usr/bin:/bin"},
        .wall_time_ns = wall_clock_ns(),
        .clock_is_given = lockstep, // else the host is asked, as by a job
        .seed = std::string(64, '0'), // nothing is lost by it: the pool keeps what it has
        .time_limit_ms = limit_ms,
        .kernel_config = true, // a job may bring it yet
    };
}

int rehearse() {
    use_memory();
    look_at_limits();
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
    std::thread other([&] {
        std::puts("rehearsed");
        const std::lock_guard lock(mutex);
        done = true;
        changed.notify_one();
    });
    {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return done; });
    }
    other.join();
    std::fputs("rehearsed\n", stderr);
    return 0;
}

void await_clocksource() {
    const Deadline patience(clocksource_patience_ms);
    while (!patience.passed() && read_file(clocksource).value_or("").starts_with("tsc-early")) {
        sleep_ms(5);
    }
}

} // namespace ktstr::guest
