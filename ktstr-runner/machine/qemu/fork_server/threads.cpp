// Nothing here allocates or locks: a parked thread may hold the C library's locks.
#include "ktstr-runner/machine/qemu/fork_server/threads.hpp"

#include "ktstr-runner/machine/qemu/fork_server/kernel.hpp"

#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <optional>

// Of the C library since 2.35: where in a thread's TLS its rseq(2) area is, and how much of it is
// used.
extern "C" {
extern const std::ptrdiff_t rseq_offset __asm__("__rseq_offset") __attribute__((weak));
extern const unsigned int rseq_size __asm__("__rseq_size") __attribute__((weak));
}

namespace ktstr::machine::qemu::fork_server {

namespace {

constexpr std::uint64_t park_limit_ns = 1'000'000'000;
constexpr std::size_t stack_size = 4096;

std::array<Parked, most_threads> threads;
std::atomic<std::uint32_t> claimed{0};
std::atomic<std::uint32_t> parked{0}; // complete in `threads`
std::atomic<std::uint32_t> unfit{0};  // those that cannot be made again
std::atomic<std::uint32_t> hold{0};   // parked threads wait while it is 1
std::atomic<std::uint32_t> revived{0};

// Of threads on their way from clone(2) to their own stacks.
alignas(64) std::array<std::array<std::byte, stack_size>, most_threads> stacks;

void remember(Parked& me, void* context) {
    me.context = static_cast<ucontext_t*>(context);
    me.tls = __builtin_thread_pointer();
    const bool known =
        ::prctl(PR_GET_TID_ADDRESS, &me.tid) == 0 && me.tid != nullptr &&
        ::syscall(SYS_get_robust_list, 0, &me.robust_list, &me.robust_list_size) == 0;
    ::prctl(PR_GET_NAME, static_cast<char*>(me.name));
    ::prctl(PR_GET_PDEATHSIG, &me.death_signal);
    unfit.fetch_add(known ? 0 : 1);
}

void on_park(int, siginfo_t*, void* context) {
    const int error = errno;
    const auto mine = claimed.fetch_add(1);
    if (hold.load() == 0 || mine >= most_threads) {
        unfit.fetch_add(1);
        parked.fetch_add(1);
    } else {
        auto& me = threads[mine];
        me.error = error;
        remember(me, context);
        ::prctl(PR_SET_PDEATHSIG, 0); // the server outlives the runner that made it
        parked.fetch_add(1);
        while (hold.load() == 1) {
            ::syscall(SYS_futex, &hold, FUTEX_WAIT_PRIVATE, 1, nullptr, nullptr, 0);
        }
        ::prctl(PR_SET_PDEATHSIG, me.death_signal);
    }
    parked.fetch_sub(1);
    errno = error;
}

// Signals each thread once; returns how many there are beside the caller, absent when nobody knows.
std::optional<std::uint32_t> call_others(std::array<pid_t, most_threads>& called,
                                         std::size_t& count) {
    const auto self = ::gettid();
    std::uint32_t others = 0;
    const bool seen = for_each_number("/proc/self/task", [&](int tid) {
        if (tid == self) {
            return;
        }
        others += 1;
        for (std::size_t i = 0; i < count; ++i) {
            if (called[i] == tid) {
                return;
            }
        }
        if (count < called.size() && ::syscall(SYS_tgkill, ::getpid(), tid, park_signal) == 0) {
            called[count++] = tid;
        }
    });
    return seen ? std::optional(others) : std::nullopt;
}

// The kernel knows nothing of the area in a new process, whose memory says that it does.
void register_rseq(char* tls) {
    if (&rseq_size == nullptr || &rseq_offset == nullptr || rseq_size == 0) {
        return;
    }
    constexpr std::uint32_t signature = 0x53053053; // RSEQ_SIG of the C library on x86
    constexpr unsigned length = 32;
    constexpr std::int32_t failed = -2; // RSEQ_CPU_ID_REGISTRATION_FAILED: it asks getcpu(2) then
    auto* const cpu = reinterpret_cast<volatile std::int32_t*>(tls + rseq_offset); // cpu_id_start
    cpu[0] = 0;
    cpu[1] = -1; // cpu_id
    if (::syscall(SYS_rseq, tls + rseq_offset, length, 0, signature) != 0) {
        cpu[1] = failed;
    }
}

} // namespace

void prepare_to_park() {
    struct sigaction action = {};
    action.sa_sigaction = on_park;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigfillset(&action.sa_mask);
    ::sigaction(park_signal, &action, nullptr);
}

bool park_others() {
    static std::array<pid_t, most_threads> called;
    std::size_t count = 0;
    claimed = 0;
    unfit = 0;
    hold = 1;
    const auto begun = now_ns();
    while (call_others(called, count) != parked.load() || parked.load() != count) {
        if (now_ns() - begun > park_limit_ns) {
            unpark_others();
            return false;
        }
        ::sched_yield();
    }
    if (unfit.load() != 0) {
        unpark_others();
        return false;
    }
    return true;
}

void unpark_others() {
    hold = 0;
    ::syscall(SYS_futex, &hold, FUTEX_WAKE_PRIVATE, most_threads, nullptr, nullptr, 0);
    const auto begun = now_ns();
    while (parked.load() != 0 && now_ns() - begun < park_limit_ns) {
        ::sched_yield();
    }
}

bool revive_others() {
    const auto count = parked.load();
    hold = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (revive(threads[i], stacks[i].data() + stack_size) < 0) {
            return false;
        }
    }
    while (revived.load() != count) {
        ::sched_yield();
    }
    parked = 0;
    revived = 0;
    return true;
}

// On its way: called by revive() in the new thread, on the small stack, with the TLS of the old
// one. What the kernel keeps of a thread is told again; rt_sigreturn(2) does the rest.
extern "C" void ktstr_fork_server_prepare_thread(Parked* me) {
    ::syscall(SYS_set_robust_list, me->robust_list, me->robust_list_size);
    ::prctl(PR_SET_NAME, static_cast<const char*>(me->name));
    register_rseq(static_cast<char*>(me->tls));
    revived.fetch_add(1);
    errno = me->error;
}

} // namespace ktstr::machine::qemu::fork_server
