#include "ktstr-runner/session/host_cpus.hpp"

#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/threads.hpp"
#include "ktstr-runner/host/cpus.hpp"
#include "ktstr-runner/host/lock_directory.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <set>

namespace ktstr::session {

namespace {

// vCPUs come before all that is not real-time; what serves them, and is on another CPU, before
// them.
constexpr int vcpu_priority = 1;
constexpr int service_priority = 2;

host::LeaseWish
lease_wish(const CpuWish& wish, const host::Patience& patience, const HostCpus::Told& waits_for) {
    return {.directory = wish.directory,
            .test = wish.holder,
            .patience = patience,
            .waits_for = waits_for,
            .topology = wish.topology};
}

} // namespace

CpuWish cpu_wish(CpuWish::Mode mode, std::string holder) {
    const auto places = host::LockPlaces::of_this_process();
    return {.mode = mode,
            .holder = std::move(holder),
            .directory = host::lock_directory(places),
            .directory_was_asked_for = places.wanted.has_value(),
            .topology = [] { return host::cpu_topology(host::allowed_cpus()); }};
}

// What this process does later is no machine.
HostCpus::~HostCpus() {
    if (memory_is_bound_) {
        static_cast<void>(host::take_memory_of({}).has_value());
    }
}

Result<HostCpus::Taken> HostCpus::take(const CpuWish& wish,
                                       const Topology& guest,
                                       const host::Patience& patience,
                                       const Told& waits_for) {
    const bool performance = wish.mode == CpuWish::Mode::performance;
    auto made = host::make_lock_directory(wish.directory, ::geteuid());
    if (!made && (performance || wish.directory_was_asked_for)) {
        return fail(std::move(made).error());
    }
    auto taken = !made         ? Result<Taken>(fail(std::move(made).error()))
                 : performance ? take_own(wish, guest, patience, waits_for)
                               : take_share(wish, patience, waits_for);
    if (taken || performance) {
        return taken;
    }
    notes_.push_back("it has no lease of the host's CPUs, and may disturb tests that have: " +
                     taken.error().one_line());
    return Taken::had;
}

Result<HostCpus::Taken> HostCpus::take_own(const CpuWish& wish,
                                           const Topology& guest,
                                           const host::Patience& patience,
                                           const Told& waits_for) {
    TRY_ASSIGN(const auto topology, wish.topology());
    if (auto why = host::why_no_place(topology, guest.vcpus())) {
        return fail(Error(ErrorKind::environment, std::move(*why))
                        .hint("`--no-perf-mode` skips tests with performance_mode"));
    }
    if (const auto lets = host::usable_cpus(); guest.vcpus() + 1 > lets) { // a cgroup's quota
        return fail(
            Error(ErrorKind::environment,
                  fmt::format("{} vCPUs and one CPU for the rest want more than the {} CPUs "
                              "that this process is let run on at once",
                              guest.vcpus(),
                              lets))
                .hint("`--no-perf-mode` skips tests with performance_mode"));
    }
    TRY_ASSIGN(own_, host::lease_exclusively(lease_wish(wish, patience, waits_for), guest.vcpus()));
    if (!own_) {
        return Taken::gave_up;
    }
    vcpu_cpus_ = host::pin_order(topology, own_->placement, guest.vcpus(), guest.threads);
    take_memory(topology);
    TRY_ASSIGN(auto affinity, host::AffinityScope::enter({own_->placement.housekeeping}));
    affinity_.emplace(std::move(affinity));
    return Taken::had;
}

Result<HostCpus::Taken>
HostCpus::take_share(const CpuWish& wish, const host::Patience& patience, const Told& waits_for) {
    TRY_ASSIGN(share_, host::lease_a_share(lease_wish(wish, patience, waits_for)));
    if (share_ && !share_->cpus.empty()) {
        TRY_ASSIGN(auto affinity, host::AffinityScope::enter(share_->cpus));
        affinity_.emplace(std::move(affinity));
    }
    return share_ ? Taken::had : Taken::gave_up;
}

// Of the nodes that the CPUs are of. Where there is but one it is that anyhow.
void HostCpus::take_memory(const host::CpuTopology& topology) {
    std::set<unsigned> all;
    std::set<unsigned> own;
    for (const auto& llc : topology.llcs) {
        all.insert(llc.node);
        if (std::ranges::find(own_->placement.llcs, llc.id) != own_->placement.llcs.end()) {
            own.insert(llc.node);
        }
    }
    if (own.size() == all.size()) {
        return;
    }
    const auto taken = host::take_memory_of({own.begin(), own.end()});
    memory_is_bound_ = taken.has_value();
    if (!taken) {
        missing_.push_back("memory of the CPUs' NUMA node: " + taken.error().one_line());
    }
}

Result<> HostCpus::settle(machine::Machine& machine, sidecar::Record& record) {
    if (own_) {
        TRY(pin(machine), "the vCPUs cannot have CPUs of their own");
        record.performance_mode = true;
        record.host_cpus = fmt::format(
            "{}; {} for the rest", fmt::join(vcpu_cpus_, ","), own_->placement.housekeeping);
        record.performance_missing = missing_;
        std::ranges::copy(machine.not_real_time(), std::back_inserter(record.performance_missing));
    } else if (share_ && !share_->cpus.empty()) {
        // A fork is none of our children.
        TRY(host::run_all_on(machine.pid(), share_->cpus), "the machine cannot make room");
        record.host_cpus = host::cpu_list_text(share_->cpus) + ", shared";
    }
    std::ranges::move(notes_, std::back_inserter(record.notes));
    notes_.clear();
    return {};
}

Result<> HostCpus::pin(machine::Machine& machine) {
    TRY_ASSIGN(const auto vcpus, machine.vcpu_threads());
    if (vcpus.size() != vcpu_cpus_.size()) {
        return fail(ErrorKind::internal,
                    fmt::format("the machine has {} vCPUs, and CPUs were leased for {}",
                                vcpus.size(),
                                vcpu_cpus_.size()));
    }
    TRY(host::run_all_on(machine.pid(), {own_->placement.housekeeping}));
    for (std::size_t i = 0; i < vcpus.size(); ++i) {
        TRY(host::run_on(vcpus[i], {vcpu_cpus_[i]}));
    }
    run_first(vcpus, machine.pid());
    return {};
}

void HostCpus::run_first(const std::vector<pid_t>& vcpus, pid_t process) {
    constexpr std::string_view what = "vCPUs before all other work";
    std::erase_if(missing_, [&](const auto& one) { return one.starts_with(what); });
    if (const auto why = host::why_first_is_throttled()) {
        missing_.push_back(fmt::format("{}: {}", what, *why));
        return;
    }
    for (const auto& thread : threads_of(process)) {
        const bool is_vcpu = std::ranges::find(vcpus, thread.id) != vcpus.end();
        const auto first = host::run_first(thread.id, is_vcpu ? vcpu_priority : service_priority);
        if (!first) {
            missing_.push_back(fmt::format("{}: {}; `ulimit -r 2`, or the capability "
                                           "CAP_SYS_NICE, allows it",
                                           what,
                                           first.error().one_line()));
            return;
        }
    }
}

} // namespace ktstr::session
