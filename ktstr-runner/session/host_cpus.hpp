// The host's CPUs that an attempt has: some of its own in performance mode, else those that it
// shares with all others. Held until this goes.
#pragma once

#include "ktstr-runner/host/leases.hpp"
#include "ktstr-runner/host/pin.hpp"
#include "ktstr-runner/machine/machine.hpp"
#include "ktstr-runner/sidecar/sidecar.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ktstr::session {

// What an attempt wants of them.
struct CpuWish {
    enum class Mode { shared, performance };

    Mode mode = Mode::shared;
    std::string holder;                   // the test's name, for who has to wait for it
    std::filesystem::path directory;      // of the leases
    bool directory_was_asked_for = false; // then it must do; else who shares can go without
    std::function<Result<host::CpuTopology>()> topology;
};

// As this process's environment and host have it.
CpuWish cpu_wish(CpuWish::Mode mode, std::string holder);

class HostCpus final {
public:
    using Told = std::function<void(std::span<const host::LeaseHolder>)>;

    enum class Taken { had, gave_up };

    HostCpus() = default;
    HostCpus(const HostCpus&) = delete;
    HostCpus& operator=(const HostCpus&) = delete;
    ~HostCpus();

    // Waits until they are free. An error: they cannot be had, on this host or at all. From then on
    // what this process starts runs on them, its vCPUs aside.
    Result<Taken> take(const CpuWish& wish,
                       const Topology& guest,
                       const host::Patience& patience,
                       const Told& waits_for);

    // Gives the threads of a machine that was just made their places, and says in `record` what
    // they have, and what could not be had. An error: it cannot have its own CPUs.
    Result<> settle(machine::Machine& machine, sidecar::Record& record);

    // It does without some CPUs for others' sake: its machine must not serve others as it is.
    bool is_restricted() const { return affinity_.has_value(); }

private:
    Result<Taken> take_own(const CpuWish& wish,
                           const Topology& guest,
                           const host::Patience& patience,
                           const Told& waits_for);
    Result<Taken>
    take_share(const CpuWish& wish, const host::Patience& patience, const Told& waits_for);
    Result<> pin(machine::Machine& machine);
    void take_memory(const host::CpuTopology& topology);
    void run_first(const std::vector<pid_t>& vcpus, pid_t process);

    std::optional<host::ExclusiveLease> own_;
    std::optional<host::SharedLease> share_;
    std::vector<unsigned> vcpu_cpus_; // in the order of the vCPUs
    std::vector<std::string> missing_;
    std::vector<std::string> notes_;
    bool memory_is_bound_ = false;
    std::optional<host::AffinityScope> affinity_;
};

} // namespace ktstr::session
