#include "ktstr-runner/machine/kvm/vcpu_threads.hpp"

#include <fmt/format.h>

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <system_error>

namespace ktstr::machine::kvm {

namespace {

// Takes a thread out of KVM_RUN; its handler does nothing.
constexpr int kick_signal = SIGUSR1;

void on_kick(int /*signal*/) {}

Result<> handle_kicks() {
    struct sigaction action{};
    action.sa_handler = on_kick;
    if (::sigaction(kick_signal, &action, nullptr) != 0) {
        return fail(Error::from_errno("cannot handle the signal that stops vCPUs"));
    }
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, kick_signal);
    ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
    return {};
}

} // namespace

struct VcpuThreads::Shared {
    Shared(std::vector<Vcpu> all, Devices& bus, Fd event)
        : vcpus(std::move(all)), devices(&bus), ended(std::move(event)) {}

    // With the mutex held.
    void stop_all() {
        wanted = Wanted::still;
        for (std::size_t i = 0; i < threads.size(); ++i) {
            vcpus[i].set_immediate_exit(true);
            ::pthread_kill(threads[i].native_handle(), kick_signal);
        }
    }

    enum class Wanted { still, running };

    std::vector<Vcpu> vcpus;
    Devices* devices;
    Fd ended;
    std::mutex mutex;
    std::condition_variable changed; // any of what follows
    Wanted wanted = Wanted::still;
    std::size_t standing = 0; // how many threads stand still
    std::optional<Ending> ending;
    std::vector<std::thread> threads;
};

Result<VcpuThreads> VcpuThreads::start(std::vector<Vcpu> vcpus, Devices& devices) {
    TRY(handle_kicks());
    Fd event(::eventfd(0, EFD_CLOEXEC));
    if (!event) {
        return fail(Error::from_errno("cannot make an eventfd"));
    }
    auto shared = std::make_shared<Shared>(std::move(vcpus), devices, std::move(event));
    {
        const std::scoped_lock lock(shared->mutex);
        for (std::size_t i = 0; i < shared->vcpus.size(); ++i) {
            try {
                shared->threads.emplace_back([shared, i] { run(*shared, i); });
            } catch (const std::system_error& error) {
                return fail(ErrorKind::environment,
                            fmt::format("cannot start the thread of vCPU {}: {}", i, error.what()));
            }
        }
    }
    VcpuThreads threads(shared);
    threads.pause();
    return threads;
}

void VcpuThreads::resume() {
    const std::scoped_lock lock(shared_->mutex);
    if (shared_->ending) {
        return;
    }
    for (auto& vcpu : shared_->vcpus) {
        vcpu.set_immediate_exit(false);
    }
    shared_->wanted = Shared::Wanted::running;
    shared_->changed.notify_all();
}

bool VcpuThreads::pause() {
    std::unique_lock lock(shared_->mutex);
    const bool ran = shared_->wanted == Shared::Wanted::running;
    if (ran) {
        shared_->stop_all();
    }
    shared_->changed.wait(lock, [this] { return shared_->standing == shared_->vcpus.size(); });
    return ran;
}

int VcpuThreads::ended_fd() const {
    return shared_->ended.get();
}

bool VcpuThreads::has_ended() const {
    const std::scoped_lock lock(shared_->mutex);
    return shared_->ending.has_value();
}

Ending VcpuThreads::ending() const {
    const std::scoped_lock lock(shared_->mutex);
    return *shared_->ending;
}

// A thread stands still only when KVM_RUN was interrupted: then nothing is left half done
// (api.rst, 5., "in order to complete pending operations").
void VcpuThreads::run(Shared& shared, std::size_t index) {
    ::pthread_setname_np(::pthread_self(), fmt::format("vcpu {}", index).c_str());
    std::unique_lock lock(shared.mutex);
    while (true) {
        ++shared.standing;
        shared.changed.notify_all();
        shared.changed.wait(lock, [&] { return shared.wanted == Shared::Wanted::running; });
        --shared.standing;
        while (shared.wanted == Shared::Wanted::running) {
            lock.unlock();
            auto stopped = shared.vcpus[index].run(*shared.devices);
            lock.lock();
            if (auto* const ending = std::get_if<Ending>(&stopped); ending != nullptr) {
                if (!shared.ending) {
                    shared.ending = std::move(*ending);
                    ::eventfd_write(shared.ended.get(), 1);
                }
                shared.stop_all();
            }
        }
    }
}

} // namespace ktstr::machine::kvm
