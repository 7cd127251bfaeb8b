#include "guest/workload/shared.hpp"

#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace ktstr::workload {

SharedMemory::SharedMemory(std::size_t bytes) : bytes_(bytes) {
    void* const start =
        ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    start_ = start == MAP_FAILED ? nullptr : start;
}

SharedMemory::~SharedMemory() {
    if (start_ != nullptr) {
        ::munmap(start_, bytes_);
    }
}

// FUTEX_WAIT_BITSET, since its time is a point of CLOCK_MONOTONIC and no length.
bool futex_wait(Futex& word, std::uint32_t while_it_is, std::int64_t until_ns) {
    constexpr std::int64_t second = 1'000'000'000;
    const timespec until{.tv_sec = until_ns / second, .tv_nsec = until_ns % second};
    const auto status = ::syscall(SYS_futex,
                                  &word,
                                  FUTEX_WAIT_BITSET,
                                  while_it_is,
                                  until_ns == due_when_woken ? nullptr : &until,
                                  nullptr,
                                  FUTEX_BITSET_MATCH_ANY);
    return status == 0 || errno != ETIMEDOUT;
}

void futex_wake(Futex& word, int how_many) {
    ::syscall(SYS_futex, &word, FUTEX_WAKE, how_many, nullptr, nullptr, 0);
}

} // namespace ktstr::workload
