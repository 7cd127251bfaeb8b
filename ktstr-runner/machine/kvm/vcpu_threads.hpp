// A thread for each vCPU, and what they do together: run, stand still, end.
#pragma once

#include "ktstr-runner/machine/kvm/vcpu.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace ktstr::machine::kvm {

class VcpuThreads final {
public:
    // They stand still at first. The process must live no longer than they do: it ends by _exit.
    static Result<VcpuThreads> start(std::vector<Vcpu> vcpus, Devices& devices);

    void resume();

    // Returns when all stand still; each has completed the access to a device that it was at. Says
    // whether they ran.
    bool pause();

    // Readable once the machine has ended by itself.
    int ended_fd() const;

    bool has_ended() const;

    // Of a machine that has.
    Ending ending() const;

private:
    struct Shared;

    explicit VcpuThreads(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

    static void run(Shared& shared, std::size_t index);

    std::shared_ptr<Shared> shared_; // at one place, for the threads
};

} // namespace ktstr::machine::kvm
