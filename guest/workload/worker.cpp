#include "guest/workload/worker.hpp"

#include "guest/base/priority.hpp"
#include "guest/workload/work.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstring>

namespace ktstr::workload {

namespace {

void arrive(WorkerPage& page, WorkerState state, ControlPage& control) {
    page.state.store(state, std::memory_order_release);
    control.ready.fetch_add(1);
    futex_wake(control.ready, INT_MAX);
}

[[noreturn]] void fail(WorkerPage& page, Failure what, ControlPage& control) {
    page.error.store(errno);
    page.failed_at.store(what);
    arrive(page, WorkerState::failed, control);
    while (true) {
        ::pause(); // to be killed as the others are
    }
}

void must(Failure failure, WorkerPage& page, ControlPage& control) {
    if (failure != nullptr) {
        fail(page, failure, control);
    }
}

// Each page is written once, so that where it lies is settled before anything is measured.
std::span<unsigned char> make_buffer(const WorkSpec& spec, WorkerPage& page) {
    const auto bytes = buffer_bytes(spec.type);
    void* const start =
        ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) {
        return {};
    }
    std::memset(start, 1, bytes);
    page.buffer.store(reinterpret_cast<std::uintptr_t>(start));
    page.buffer_bytes.store(bytes);
    return {static_cast<unsigned char*>(start), bytes};
}

// A file without a name; on a kernel or a /tmp without those, one in memory.
int make_file() {
    const auto file = ::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    return file >= 0 ? file : ::memfd_create("ktstr-io", MFD_CLOEXEC);
}

void take_name(const std::string& name) {
    if (!name.empty()) {
        ::prctl(PR_SET_NAME, name.c_str());
    }
}

[[noreturn]] void work_by_plan(const WorkerPlan& plan, std::uint32_t gate, ControlPage& control) {
    auto& page = plan.page();
    const auto& spec = *plan.spec;
    page.tid.store(static_cast<pid_t>(::syscall(SYS_gettid)));
    take_name(spec.comm);
    ::prctl(PR_SET_TIMERSLACK, 1UL); // the latency of a wake-up is the scheduler's, not the timer's
    // Before the buffer is made, whose pages lie where it runs then.
    must(set_affinity(0, plan.affinity), page, control);
    must(set_memory_policy(spec), page, control);
    Bench bench{.type = spec.type,
                .look = Looker(page, control),
                .group = *plan.group,
                .members = plan.members,
                .role = plan.role,
                .read_from = plan.read_from,
                .write_to = plan.write_to,
                .file = needs_file(spec.type) ? make_file() : -1,
                .buffer = make_buffer(spec, page)};
    if (bench.buffer.empty()) {
        fail(page, "has no memory for its buffer", control);
    }
    // The policy comes late: one that may not run much should not be held up here.
    must(set_scheduling(0, spec), page, control);
    must(set_user(spec), page, control);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL); // which another user's process loses (prctl(2))
    arrive(page, WorkerState::ready, control);
    for (auto open = control.gate.load(); open < gate; open = control.gate.load()) {
        futex_wait(control.gate, open);
    }
    if (plan.delay_ns > 0) {
        guest::sleep_ns(plan.delay_ns);
    }
    work(bench);
}

struct ThreadStart {
    const WorkerPlan* plan;
    std::uint32_t gate;
    ControlPage* control;
};

void* thread_main(void* argument) {
    const auto start = *static_cast<ThreadStart*>(argument);
    work_by_plan(*start.plan, start.gate, *start.control);
}

[[noreturn]] void work_in_threads(const ProcessPlan& plan, ControlPage& control) {
    std::vector<ThreadStart> starts;
    for (const auto& worker : plan.workers) {
        starts.push_back({.plan = &worker, .gate = plan.gate, .control = &control});
    }
    constexpr std::size_t stack = std::size_t{256} << 10;
    pthread_attr_t attributes;
    ::pthread_attr_init(&attributes);
    ::pthread_attr_setstacksize(&attributes, stack);
    for (auto& start : starts) {
        pthread_t thread{};
        if (const auto error = ::pthread_create(&thread, &attributes, thread_main, &start)) {
            errno = error;
            auto& page = start.plan->page();
            page.error.store(errno);
            page.failed_at.store("cannot start its thread");
            arrive(page, WorkerState::failed, control);
        }
    }
    while (true) {
        ::pause();
    }
}

// Nothing of the engine's but the workers' own pipes and the standard streams. What is kept of the
// others would live on here: a pipe whose end the engine closes would not end for its reader.
void close_descriptors(const ProcessPlan& plan) {
    std::vector<unsigned> own;
    for (const auto& worker : plan.workers) {
        for (const auto descriptor : {worker.read_from, worker.write_to}) {
            if (descriptor > STDERR_FILENO) {
                own.push_back(static_cast<unsigned>(descriptor));
            }
        }
    }
    std::sort(own.begin(), own.end());
    unsigned from = STDERR_FILENO + 1;
    for (const auto descriptor : own) {
        if (from < descriptor) {
            ::syscall(SYS_close_range, from, descriptor - 1, 0U);
        }
        from = descriptor + 1;
    }
    ::syscall(SYS_close_range, from, ~0U, 0U);
}

void forget_engine(const ProcessPlan& plan) {
    close_descriptors(plan);
    for (int signal = 1; signal < SIGRTMIN; ++signal) {
        ::signal(signal, SIG_DFL);
    }
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    guest::be_ordinary();
    ::setpgid(0, 0); // so that what it forks is killed with it
}

} // namespace

void worker_process(const ProcessPlan& plan, ControlPage& control) {
    forget_engine(plan);
    // Before the cgroup: a scheduler that never runs it there has the kernel tell its name.
    const auto& first = *plan.workers.front().spec;
    take_name(first.pcomm.empty() ? first.comm : first.pcomm);
    if (!plan.cgroup_procs.empty() && guest::write_file(plan.cgroup_procs, "0")) {
        for (const auto& worker : plan.workers) {
            worker.page().error.store(errno);
            worker.page().failed_at.store("cannot join its cgroup");
            arrive(worker.page(), WorkerState::failed, control);
        }
        while (true) {
            ::pause();
        }
    }
    if (plan.threads) {
        work_in_threads(plan, control);
    }
    work_by_plan(plan.workers.front(), plan.gate, control);
}

} // namespace ktstr::workload
