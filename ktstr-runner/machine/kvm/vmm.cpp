#include "ktstr-runner/machine/kvm/vmm.hpp"

#include "ktstr-runner/base/kvm_abi.hpp"
#include "ktstr-runner/machine/kvm/call.hpp"
#include "ktstr-runner/machine/kvm/confine.hpp"
#include "ktstr-runner/machine/kvm/counters.hpp"
#include "ktstr-runner/machine/kvm/machine_state.hpp"
#include "ktstr-runner/machine/kvm/own_pages.hpp"
#include "ktstr-runner/machine/kvm/vcpu_threads.hpp"
#include "ktstr-runner/machine/kvm/vm.hpp"
#include "ktstr-runner/machine/kvm/vmm_protocol.hpp"
#include "ktstr-runner/machine/kvm/x86_64/cpuid.hpp"
#include "ktstr-runner/machine/kvm/x86_64/start_state.hpp"

#include <fmt/format.h>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace ktstr::machine::kvm {

namespace {

class Vmm final {
public:
    static Result<std::unique_ptr<Vmm>> create(const VmmPlan& plan);

    // Obeys until the runner is gone.
    void serve();

private:
    Vmm(const VmmPlan& plan, Vm vm, Mapping ram, Mapping window, OwnPages own_pages)
        : plan_(&plan), vm_(std::move(vm)), ram_(std::move(ram)), window_(std::move(window)),
          own_pages_(std::move(own_pages)), ports_(plan.shared->console) {}

    Result<> map_memory();
    Result<std::vector<Vcpu>> create_vcpus();
    Result<> set_start_state();
    Result<> set_saved_state();
    Result<> obey(Request::What what, const Fd& file);
    Result<> resume();
    Result<> pause();
    Result<> save(const Fd& file);
    Result<> count();
    Result<> time();

    const VmmPlan* plan_;
    Vm vm_;
    Mapping ram_;
    Mapping window_;
    OwnPages own_pages_;
    Ports ports_;
    std::vector<int> vcpus_; // KVM's descriptors
    std::optional<VcpuThreads> threads_;
    std::optional<x86_64::Clocks> stopped_; // since it stands still; none before its first start
    x86_64::Timers timers_ = x86_64::Timers::in_place;
};

void tell(int control, const Answer& answer) {
    // A runner that is gone is seen at the next read.
    while (::send(control, &answer, sizeof answer, MSG_NOSIGNAL) < 0 && errno == EINTR) {
    }
}

void tell(int control, const Result<>& result) {
    tell(control,
         result ? Answer::of(Answer::What::done, {})
                : Answer::of(Answer::What::failed, result.error().one_line()));
}

Result<std::unique_ptr<Vmm>> Vmm::create(const VmmPlan& plan) {
    TRY_ASSIGN(auto vm, Vm::create());
    TRY_ASSIGN(auto ram,
               plan.ram < 0
                   ? Mapping::large_pages(plan.memory.ram_size())
                   : Mapping::of(plan.ram, plan.memory.ram_size(), Mapping::Kind::private_copy));
    TRY_ASSIGN(auto window,
               Mapping::of(plan.window, plan.memory.window.size, Mapping::Kind::shared));
    TRY_ASSIGN(auto own_pages, OwnPages::open());
    std::unique_ptr<Vmm> vmm(
        new Vmm(plan, std::move(vm), std::move(ram), std::move(window), std::move(own_pages)));
    TRY(vmm->map_memory());
    TRY_ASSIGN(auto vcpus, vmm->create_vcpus());
    TRY(plan.kernel != nullptr ? vmm->set_start_state() : vmm->set_saved_state());
    TRY_ASSIGN(vmm->threads_, VcpuThreads::start(std::move(vcpus), vmm->ports_));
    TRY(confine());
    return vmm;
}

Result<> Vmm::map_memory() {
    auto* at = ram_.bytes().data();
    for (const auto& piece : plan_->memory.ram) {
        TRY(vm_.add_memory(piece, at));
        at += piece.size;
    }
    return vm_.add_memory(plan_->memory.window, window_.data());
}

Result<std::vector<Vcpu>> Vmm::create_vcpus() {
    TRY_ASSIGN(const auto run_size, vm_.run_size());
    TRY_ASSIGN(const auto supported, vm_.supported_cpuid());
    std::vector<Vcpu> vcpus;
    for (const auto& processor : machine::x86_64::processors(plan_->topology)) {
        TRY_ASSIGN(auto fd, vm_.create_vcpu(processor.apic_id));
        const auto entries =
            x86_64::cpuid_for(supported, plan_->topology, processor, plan_->tsc_khz);
        kvm_abi::Array<kvm_cpuid_entry2> cpuid{std::span<const kvm_cpuid_entry2>(entries)};
        TRY(call(fd.get(), kvm_abi::set_cpuid2, cpuid.get(), "KVM_SET_CPUID2"));
        vcpus_.push_back(fd.get());
        TRY_ASSIGN(auto vcpu, Vcpu::create(std::move(fd), run_size));
        vcpus.push_back(std::move(vcpu));
    }
    return vcpus;
}

Result<> Vmm::set_start_state() {
    for (const int vcpu : vcpus_) {
        TRY(x86_64::set_start_msrs(vcpu));
    }
    plan_->kernel->put(ram_.bytes());
    return x86_64::set_start_registers(vcpus_.front(), plan_->kernel->entry());
}

Result<> Vmm::set_saved_state() {
    TRY_ASSIGN(auto state, machine_state(plan_->saved));
    if (state.vcpus.size() != vcpus_.size()) {
        return fail(ErrorKind::environment, "the saved machine has another number of vCPUs");
    }
    for (std::size_t i = 0; i < vcpus_.size(); ++i) {
        TRY(x86_64::write_vcpu(vcpus_[i], state.vcpus[i]), fmt::format("vCPU {}", i));
    }
    ports_.set_uart_state(state.uart);
    stopped_ = std::move(state.clocks);
    timers_ = x86_64::Timers::restored;
    return {};
}

Result<> Vmm::obey(Request::What what, const Fd& file) {
    switch (what) {
    case Request::What::resume:
        return resume();
    case Request::What::pause:
        return pause();
    case Request::What::save:
        return save(file);
    case Request::What::count:
        return count();
    case Request::What::time:
        return time();
    }
    return fail(ErrorKind::internal, "the VMM does not know what it was asked for");
}

Result<> Vmm::resume() {
    if (stopped_) {
        TRY(x86_64::start_clocks(vm_.fd(), vcpus_, *stopped_, timers_));
        stopped_.reset();
        timers_ = x86_64::Timers::in_place;
    }
    threads_->resume();
    return {};
}

Result<> Vmm::pause() {
    threads_->pause();
    if (!stopped_) {
        TRY_ASSIGN(stopped_, x86_64::stop_clocks(vm_.fd(), vcpus_));
    }
    return {};
}

// The state to the file that runner and VMM share, the memory to `file`, which holds what the saved
// machine's had.
Result<> Vmm::save(const Fd& file) {
    if (!stopped_) {
        return fail(ErrorKind::internal, "only a machine that stands still can be saved");
    }
    MachineState state{.vcpus = {}, .clocks = *stopped_, .uart = ports_.uart_state()};
    TRY_ASSIGN(const auto xsave_size, x86_64::xsave_size(vm_.fd()));
    TRY_ASSIGN(const auto msrs, x86_64::readable_msrs(vm_.system_fd(), vcpus_.front()));
    for (const int vcpu : vcpus_) {
        TRY_ASSIGN(auto one, x86_64::read_vcpu(vcpu, xsave_size, msrs));
        state.vcpus.push_back(std::move(one));
    }
    TRY(own_pages_.write_to(file.get(),
                            ram_.bytes(),
                            plan_->ram < 0 ? OwnPages::Zeros::left_out : OwnPages::Zeros::written));
    if (::ftruncate(plan_->state, 0) != 0 || ::lseek(plan_->state, 0, SEEK_SET) != 0) {
        return fail(Error::from_errno("cannot write the machine's state"));
    }
    return write_all(plan_->state, to_bytes(state));
}

Result<> Vmm::count() {
    for (std::size_t i = 0; i < vcpus_.size(); ++i) {
        TRY_ASSIGN(plan_->shared->counters.at(i), read_counters(vcpus_[i]));
    }
    return {};
}

Result<> Vmm::time() {
    if (stopped_) {
        plan_->shared->time_stamp = stopped_->tsc;
        return {};
    }
    TRY_ASSIGN(plan_->shared->time_stamp, x86_64::guest_tsc(vcpus_.front()));
    return {};
}

void Vmm::serve() {
    auto polls = std::to_array<pollfd>({
        {.fd = plan_->control,       .events = POLLIN, .revents = 0},
        {.fd = threads_->ended_fd(), .events = POLLIN, .revents = 0},
    });
    while (true) {
        if (::poll(polls.data(), polls.size(), -1) < 0) {
            continue; // a signal
        }
        if (polls[0].revents != 0) {
            const auto received = receive_request(plan_->control);
            if (!received) {
                return;
            }
            tell(plan_->control, obey(received->what, received->file));
        }
        if (polls[1].revents != 0) {
            const auto ending = threads_->ending();
            tell(plan_->control, Answer::of(Answer::What::ended, ending.detail, ending.cause));
            polls[1].fd = -1; // told once
        }
    }
}

} // namespace

void run_vmm(const VmmPlan& plan) {
    auto vmm = Vmm::create(plan);
    if (!vmm) {
        tell(plan.control, tl::unexpected(vmm.error()));
        ::_exit(1);
    }
    tell(plan.control, Result<>());
    (*vmm)->serve();
    ::_exit(0);
}

} // namespace ktstr::machine::kvm
