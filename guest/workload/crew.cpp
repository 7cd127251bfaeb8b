#include "guest/workload/crew.hpp"

#include "guest/workload/placing.hpp"
#include "guest/workload/worker.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <numeric>
#include <set>

namespace ktstr::workload {

namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t gate_limit_ns = 2000 * ms;
constexpr std::int64_t report_limit_ns = 5000 * ms;
// A scheduler that does not run a killed task keeps it alive until the kernel's watchdog has it (30
// s at most, kernel/sched/ext.c).
constexpr std::int64_t death_limit_ns = 35'000 * ms;
constexpr std::size_t most_live_workers = 16'384;
constexpr std::uint64_t longest_delay_ns = 2 * ms; // of a worker behind its gate

std::string name_of(const Worker& worker) {
    return "cgroup " + (worker.cgroup.empty() ? "/" : worker.cgroup) + ", worker " +
           std::to_string(worker.number);
}

} // namespace

Crew::Crew(const Topology& topology, CgroupTree& cgroups, Surroundings& around)
    : topology_(topology), cgroups_(cgroups), around_(around), memory_(sizeof(ControlPage)),
      custom_(around) {
    if (!memory_.ok()) {
        problem_ = guest::errno_text("no memory to share with workers");
        return;
    }
    control_ = memory_.as<ControlPage>(0, 1).data();
    if (const auto seed = around.varied(); seed != 0) {
        varied_.emplace(seed);
    }
    for (const auto cpu : topology.cpus.numbers()) {
        control_->node_of_cpu.at(cpu) = static_cast<std::uint8_t>(topology.node_of(cpu));
    }
}

Crew::~Crew() {
    end([](const Worker&) { return true; }, [](const Worker&, const CustomReport&) {});
}

Problem Crew::spawn(const WorkSpec& spec, unsigned count, const Place& place) {
    if (workers_.size() + count > most_live_workers) {
        return "more than " + std::to_string(most_live_workers) + " workers at a time";
    }
    auto batch = std::make_shared<Batch>();
    batch->spec = spec;
    return spec.type.kind == WorkKind::custom ? fork_custom(batch, count, place)
                                              : fork_batch(batch, count, place);
}

namespace {

struct Pair {
    guest::Pipe there;
    guest::Pipe back;
};

bool needs_pipes(WorkKind kind) {
    return kind == WorkKind::pipe_io || kind == WorkKind::cache_pipe;
}

CpuSet cpus_of_node(const WorkSpec& spec, const Topology& topology) {
    return spec.numa_node && *spec.numa_node < topology.nodes.size()
               ? topology.nodes[*spec.numa_node]
               : CpuSet();
}

// The affinity of one worker.
Placed
place_worker(const WorkSpec& spec, const CpuSet& own, const Topology& topology, unsigned number) {
    if (spec.numa_node && cpus_of_node(spec, topology).empty()) {
        return {.error = "numa_node " + std::to_string(*spec.numa_node) + " has no CPUs here"};
    }
    const auto node = cpus_of_node(spec, topology);
    if (spec.affinity.kind == Affinity::Kind::inherit) {
        return {.cpus = node};
    }
    const auto from = node.empty() || (node & own).empty() ? own : node & own;
    return place(spec.affinity, from, topology, number);
}

} // namespace

Problem Crew::fork_batch(const std::shared_ptr<Batch>& batch, unsigned count, const Place& place) {
    const auto together = batch->spec.type.together;
    batch->pages = SharedMemory(count * sizeof(WorkerPage));
    batch->groups = SharedMemory(count / together * sizeof(GroupPage));
    if (!batch->pages.ok() || !batch->groups.ok()) {
        return guest::errno_text("no memory to share with workers");
    }
    std::vector<WorkerPlan> plans;
    std::vector<Pair> pairs;
    const auto first_number = last_number_ + 1;
    for (unsigned index = 0; index < count; ++index) {
        const auto placed = place_worker(batch->spec, place.cpus, topology_, first_number + index);
        if (!placed.error.empty()) {
            return "cgroup " + place.cgroup + ": " + placed.error;
        }
        const auto group = index / together;
        plans.push_back({.spec = &batch->spec,
                         .affinity = placed.cpus,
                         .role = index % together,
                         .group = &batch->groups.as<GroupPage>(0, count / together)[group],
                         .members = batch->pages.as<WorkerPage>(0, count).subspan(
                             std::size_t{group} * together, together)});
        if (needs_pipes(batch->spec.type.kind)) {
            if (index % together == 0) {
                pairs.push_back({guest::make_pipe(), guest::make_pipe()});
            }
            const auto& pair = pairs.back();
            plans.back().read_from = (index % 2 == 0 ? pair.back : pair.there).read.get();
            plans.back().write_to = (index % 2 == 0 ? pair.there : pair.back).write.get();
            if (plans.back().read_from < 0 || plans.back().write_to < 0) {
                return guest::errno_text("cannot make a pipe for workers");
            }
        }
        plans.back().delay_ns = varied_ ? varied_->below(longest_delay_ns) : 0;
    }
    const auto forked = fork_all(plans, batch->spec.threads, place.cgroup);
    for (unsigned index = 0; index < count; ++index) {
        const auto number = ++last_number_;
        if (const auto pid = forked.pids[index]; pid > 0) {
            workers_.push_back({.number = number,
                                .pid = pid,
                                .page = &plans[index].page(),
                                .batch = batch,
                                .cgroup = place.cgroup,
                                .scope = place.scope});
        }
    }
    return forked.problem;
}

// Of so many that start: as they come, or as a seed wants it.
std::vector<unsigned> Crew::start_order(unsigned count) {
    if (varied_) {
        return wire::shuffled(count, *varied_);
    }
    std::vector<unsigned> order(count);
    std::iota(order.begin(), order.end(), 0U);
    return order;
}

// A process for each, or one with a thread for each.
Crew::Forked
Crew::fork_all(std::span<const WorkerPlan> plans, bool threads, const std::string& cgroup) {
    const auto order = start_order(static_cast<unsigned>(plans.size()));
    std::vector<WorkerPlan> in_order;
    for (const auto index : order) {
        in_order.push_back(plans[index]);
    }
    const std::span<const WorkerPlan> all(in_order);
    const auto gate = control_->gate.load() + 1;
    Forked forked{.pids = std::vector<pid_t>(plans.size()), .problem = {}};
    pid_t pid = 0;
    for (std::size_t at = 0; at < order.size(); ++at) {
        if (at == 0 || !threads) {
            const ProcessPlan plan{.cgroup_procs = cgroups_.procs_file(cgroup),
                                   .workers = threads ? all : all.subspan(at, 1),
                                   .threads = threads,
                                   .gate = gate};
            pid = ::fork();
            if (pid == 0) {
                worker_process(plan, *control_);
            }
            if (pid < 0) {
                forked.problem = guest::errno_text("cannot fork a worker");
                return forked;
            }
        }
        forked.pids[order[at]] = pid;
    }
    return forked;
}

Problem Crew::fork_custom(const std::shared_ptr<Batch>& batch, unsigned count, const Place& place) {
    for (unsigned index = 0; index < count; ++index) {
        const auto number = ++last_number_;
        const auto forked = custom_.fork(number, batch->spec.type.name);
        if (forked.problem) {
            return forked.problem;
        }
        workers_.push_back({.number = number,
                            .pid = forked.pid,
                            .tid = forked.pid,
                            .batch = batch,
                            .cgroup = place.cgroup,
                            .scope = place.scope});
        if (cgroups_.used()) {
            if (auto problem = cgroups_.add(place.cgroup, forked.pid)) {
                return problem;
            }
        }
        const auto placed = place_worker(batch->spec, place.cpus, topology_, number);
        if (!placed.error.empty()) {
            return "cgroup " + place.cgroup + ": " + placed.error;
        }
        const auto* failure = workload::set_affinity(forked.pid, placed.cpus);
        failure = failure != nullptr ? failure : set_scheduling(forked.pid, batch->spec);
        if (failure != nullptr) {
            return name_of(workers_.back()) + ": " + guest::errno_text(failure);
        }
    }
    return std::nullopt;
}

Problem Crew::failures() const {
    for (const auto& worker : workers_) {
        if (!worker.is_custom() && worker.page->state.load() == WorkerState::failed) {
            return name_of(worker) + " " +
                   guest::errno_text(worker.page->failed_at.load(), worker.page->error.load());
        }
    }
    return std::nullopt;
}

namespace {

// How it ended, when it has; it stays to be reaped.
std::optional<siginfo_t> ending_of(pid_t pid) {
    siginfo_t what{};
    const auto asked =
        ::waitid(P_PID, static_cast<id_t>(pid), &what, WEXITED | WNOHANG | WNOWAIT) == 0;
    return asked && what.si_pid != 0 ? std::optional(what) : std::nullopt;
}

bool is_on_its_way(const Worker& worker) {
    return !worker.is_custom() && worker.page->state.load() == WorkerState::starting &&
           !ending_of(worker.pid);
}

} // namespace

// One that dies on its way wakes nobody: so it is looked at ten times a second.
Problem Crew::await_arrival(const Which& which) const {
    constexpr std::int64_t look_ns = 100 * ms;
    const auto until = guest::monotonic_ns() + gate_limit_ns;
    for (const auto& worker : workers_) {
        while (which(worker)) {
            const auto ready = control_->ready.load(); // before the look: who comes then is seen
            if (!is_on_its_way(worker)) {
                break;
            }
            const auto now = guest::monotonic_ns();
            if (now >= until) {
                return name_of(worker) + " did not come to its gate within 2 s: nothing runs it";
            }
            futex_wait(control_->ready, ready, std::min(until, now + look_ns));
        }
    }
    return std::nullopt;
}

Problem Crew::open_gate() {
    await_arrival([](const Worker&) { return true; });
    if (auto problem = failures()) {
        return problem;
    }
    control_->gate.fetch_add(1);
    futex_wake(control_->gate, INT_MAX);
    std::vector<unsigned> customs;
    for (auto& worker : workers_) {
        if (worker.is_custom() && !worker.started) {
            customs.push_back(worker.number);
        }
        worker.started = true;
    }
    if (!customs.empty()) {
        std::vector<unsigned> in_order;
        for (const auto index : start_order(static_cast<unsigned>(customs.size()))) {
            in_order.push_back(customs[index]);
        }
        custom_.go(in_order);
    }
    return std::nullopt;
}

Problem Crew::set_affinity(const std::string& cgroup, const Affinity& affinity, const CpuSet& own) {
    const auto concerned = [&](const Worker& worker) { return worker.cgroup == cgroup; };
    if (auto problem = await_arrival(concerned)) {
        return problem;
    }
    for (const auto& worker : workers_) {
        if (!concerned(worker)) {
            continue;
        }
        auto placed = place(affinity, own, topology_, worker.number);
        if (!placed.error.empty()) {
            return "cgroup " + cgroup + ": " + placed.error;
        }
        if (affinity.kind == Affinity::Kind::inherit) {
            placed.cpus = topology_.cpus; // as it was before any affinity
        }
        const auto tid = worker.is_custom() ? worker.tid : worker.page->tid.load();
        if (tid <= 0) { // it ended before it began; to the kernel 0 is who asks, the engine
            return name_of(worker) + " is not there";
        }
        if (const auto* const failure = workload::set_affinity(tid, placed.cpus)) {
            return name_of(worker) + ": " + guest::errno_text(failure);
        }
    }
    return std::nullopt;
}

Problem Crew::listen(std::int64_t until_ns) {
    return custom_.listen(until_ns);
}

Problem Crew::await_reports(const std::vector<unsigned>& numbers) {
    const auto until = guest::monotonic_ns() + report_limit_ns;
    for (const auto number : numbers) {
        while (custom_.reports().count(number) == 0) {
            if (around_.cancelled()) {
                return "cancelled";
            }
            if (guest::monotonic_ns() >= until) {
                return "custom worker " + std::to_string(number) +
                       " did not stop and report within 5 s (does it look at stop()?)";
            }
            if (auto problem = listen(until)) {
                return problem;
            }
        }
    }
    return std::nullopt;
}

namespace {

// Until it is a zombie; false: it is not, by that time.
bool await_death(pid_t pid, std::int64_t until_ns) {
    const guest::Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U)));
    if (!process) {
        return true;
    }
    pollfd wait{.fd = process.get(), .events = POLLIN};
    const auto left = std::max<std::int64_t>(0, (until_ns - guest::monotonic_ns()) / ms);
    return ::poll(&wait, 1, static_cast<int>(left)) != 0;
}

} // namespace

Problem Crew::end(const Which& which, const Reported& reported) {
    std::vector<unsigned> customs;
    std::set<pid_t> own;
    for (const auto& worker : workers_) {
        if (which(worker)) {
            worker.is_custom() ? customs.push_back(worker.number)
                               : static_cast<void>(own.insert(worker.pid));
        }
    }
    Problem problem;
    if (!customs.empty()) {
        custom_.halt(customs);
        problem = await_reports(customs);
    }
    for (const auto pid : own) {
        ::kill(pid, SIGKILL);
        ::kill(-pid, SIGKILL);
    }
    const auto until = guest::monotonic_ns() + death_limit_ns;
    for (const auto pid : own) {
        if (await_death(pid, until)) {
            ::waitpid(pid, nullptr, 0);
        } else if (!problem) {
            problem = "process " + std::to_string(pid) +
                      " of a worker still lives 35 s after it was killed: nothing runs it";
        }
    }
    for (const auto& worker : workers_) {
        if (!which(worker) || !worker.is_custom()) {
            continue;
        }
        const auto report = custom_.reports().find(worker.number);
        if (report != custom_.reports().end()) {
            reported(worker, report->second);
        } else {
            ::kill(worker.pid, SIGKILL); // the test reaps it
        }
    }
    workers_.remove_if(which);
    return problem;
}

std::vector<std::string> Crew::dead(const Which& which) const {
    std::vector<std::string> found;
    std::set<pid_t> seen;
    for (const auto& worker : workers_) {
        if (!which(worker) || worker.is_custom() || !seen.insert(worker.pid).second) {
            continue;
        }
        if (const auto what = ending_of(worker.pid)) {
            found.push_back(name_of(worker) + " ended before its time: " +
                            (what->si_code == CLD_EXITED ? "exit status " : "killed by signal ") +
                            std::to_string(what->si_status));
        }
    }
    return found;
}

} // namespace ktstr::workload
