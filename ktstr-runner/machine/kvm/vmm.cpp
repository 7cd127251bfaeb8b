#include "ktstr-runner/machine/kvm/vmm.hpp"

#include "guest/wire/moment.hpp"
#include "guest/wire/window.hpp"
#include "ktstr-runner/machine/kvm/architecture.hpp"
#include "ktstr-runner/machine/kvm/confine.hpp"
#include "ktstr-runner/machine/kvm/counters.hpp"
#include "ktstr-runner/machine/kvm/machine_state.hpp"
#include "ktstr-runner/machine/kvm/own_pages.hpp"
#include "ktstr-runner/machine/kvm/vcpu_threads.hpp"
#include "ktstr-runner/machine/kvm/vm.hpp"
#include "ktstr-runner/machine/kvm/vmm_protocol.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>

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
          own_pages_(std::move(own_pages)),
          devices_(architecture::devices(), plan.shared->console) {}

    Result<> map_memory();
    Result<std::vector<Vcpu>> create_vcpus();
    Result<> set_start_state();
    Result<> set_saved_state();
    Result<> obey(const Received& request);
    Result<> resume();
    Result<> pause();
    Result<> save(const Fd& file);
    Result<> count();
    Result<> time();
    Result<> copy(std::uint64_t physical, std::uint64_t size);
    Result<> while_standing(const std::function<Result<>()>& ask);

    const VmmPlan* plan_;
    Vm vm_;
    Mapping ram_;
    Mapping window_;
    OwnPages own_pages_;
    Devices devices_;
    std::vector<int> vcpus_;                 // KVM's descriptors
    std::unique_ptr<Processors> processors_; // the same ones
    std::optional<VcpuThreads> threads_;
};

void tell(int control, const Answer& answer) {
    // A runner that is gone is seen at the next read.
    while (::send(control, &answer, sizeof answer, MSG_NOSIGNAL) < 0 && errno == EINTR) {
    }
}

void tell(int control, std::uint64_t number, const Result<>& result) {
    auto answer = result ? Answer::of(Answer::What::done, {})
                         : Answer::of(Answer::What::failed, result.error().one_line());
    answer.number = number;
    tell(control, answer);
}

// What a VMM has of the runner and does not need: its name, its streams, its limits.
void become_a_vmm() {
    ::prctl(PR_SET_NAME, "ktstr-vmm");
    if (const Fd nowhere(::open("/dev/null", O_RDWR | O_CLOEXEC)); nowhere) {
        for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
            ::dup2(nowhere.get(), stream);
        }
    }
    const rlimit no_core{.rlim_cur = 0, .rlim_max = 0}; // it would be the guest's memory
    ::setrlimit(RLIMIT_CORE, &no_core);
    rlimit files{}; // a vCPU has one
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &files);
    }
    // Threads with heaps of their own would ask the system for its CPUs, which the filter forbids.
    ::mallopt(M_ARENA_MAX, 1);
}

Result<std::unique_ptr<Vmm>> Vmm::create(const VmmPlan& plan) {
    TRY_ASSIGN(auto vm, Vm::create());
    if (plan.real_time) {
        plan.shared->real_time = architecture::make_real_time(vm.fd());
    }
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
    TRY(drop_privileges()); // of this thread, and so of those that it starts
    TRY_ASSIGN(vmm->threads_, VcpuThreads::start(std::move(vcpus), vmm->devices_));
    TRY(filter_system_calls());
    return vmm;
}

Result<> Vmm::map_memory() {
    auto* at = ram_.bytes().data();
    for (const auto& piece : plan_->memory.ram) {
        TRY(vm_.add_memory(piece, at));
        at += piece.size;
    }
    TRY(vm_.add_memory(plan_->memory.window, window_.data()));
    return vm_.add_doorbell(plan_->memory.window.end(), plan_->doorbell);
}

Result<std::vector<Vcpu>> Vmm::create_vcpus() {
    TRY_ASSIGN(const auto run_size, vm_.run_size());
    std::vector<Vcpu> vcpus;
    for (const auto id : architecture::vcpu_ids(plan_->topology)) {
        TRY_ASSIGN(auto fd, vm_.create_vcpu(id));
        vcpus_.push_back(fd.get());
        TRY_ASSIGN(auto vcpu, Vcpu::create(std::move(fd), run_size));
        vcpus.push_back(std::move(vcpu));
    }
    TRY_ASSIGN(processors_,
               architecture::make_processors(
                   vm_, vcpus_, plan_->topology, plan_->tsc_khz, plan_->real_time));
    return vcpus;
}

Result<> Vmm::set_start_state() {
    plan_->kernel->put(ram_.bytes());
    return processors_->set_start_state(plan_->kernel->entry);
}

Result<> Vmm::set_saved_state() {
    TRY_ASSIGN(const auto state, machine_state(plan_->saved));
    devices_.set_uart_state(state.uart);
    return processors_->restore(state.processors);
}

Result<> Vmm::obey(const Received& request) {
    switch (request.what) {
    case Request::What::resume:
        return resume();
    case Request::What::pause:
        return pause();
    case Request::What::save:
        return save(request.file);
    case Request::What::count:
        return count();
    case Request::What::time:
        return time();
    case Request::What::copy:
        return copy(request.physical, request.size);
    }
    return fail(ErrorKind::internal, "the VMM does not know what it was asked for");
}

Result<> Vmm::resume() {
    TRY(processors_->start_clocks());
    threads_->resume();
    return {};
}

Result<> Vmm::pause() {
    threads_->pause();
    return processors_->stop_clocks();
}

// The state to the file that runner and VMM share, the memory to `file`, which holds what the saved
// machine's had.
Result<> Vmm::save(const Fd& file) {
    if (threads_->has_ended()) { // its last access to a device may be half done
        return fail(ErrorKind::guest, "the machine has ended");
    }
    MachineState state{.uart = devices_.uart_state(), .processors = {}};
    TRY_ASSIGN(state.processors, processors_->save());
    TRY(own_pages_.write_to(file.get(),
                            ram_.bytes(),
                            plan_->ram < 0 ? OwnPages::Zeros::left_out : OwnPages::Zeros::written));
    if (::ftruncate(plan_->state, 0) != 0 || ::lseek(plan_->state, 0, SEEK_SET) != 0) {
        return fail(Error::from_errno("cannot write the machine's state"));
    }
    return write_all(plan_->state, to_bytes(state));
}

// KVM answers about a vCPU only while it is not in KVM_RUN, and one that is halted or in a loop
// stays there for ever.
Result<> Vmm::while_standing(const std::function<Result<>()>& ask) {
    const bool ran = threads_->pause();
    auto result = ask();
    if (ran) {
        threads_->resume();
    }
    return result;
}

Result<> Vmm::count() {
    return while_standing([this]() -> Result<> {
        for (std::size_t i = 0; i < vcpus_.size(); ++i) {
            TRY_ASSIGN(plan_->shared->counters.at(i), read_counters(vcpus_[i]));
        }
        TRY_ASSIGN(plan_->shared->halted_for_ever, processors_->halted_for_ever());
        return {};
    });
}

Result<> Vmm::time() {
    return while_standing([this]() -> Result<> {
        TRY(processors_->start_clocks()); // what is told must still hold when the vCPUs go on
        auto moment = wire::same_moment(wall_clock_ns, [this] { return processors_->counter(); });
        TRY_ASSIGN(plan_->shared->time_stamp.counter, std::move(moment.inner));
        plan_->shared->time_stamp.wall_time_ns = moment.outer_ns;
        return {};
    });
}

// Of the guest's memory to where the runner sees it. The guest's own end of the window is of no use
// to it any more.
Result<> Vmm::copy(std::uint64_t physical, std::uint64_t size) {
    const auto offset = plan_->memory.offset_in_ram(physical, size);
    const auto room = window_.bytes().subspan(wire::layout::payload);
    if (!offset || size > room.size()) {
        return fail(ErrorKind::guest,
                    fmt::format("{} bytes at {:#x} are not in the guest's memory", size, physical));
    }
    return while_standing([&]() -> Result<> {
        std::ranges::copy(ram_.bytes().subspan(*offset, size), room.begin());
        return {};
    });
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
            tell(plan_->control, received->number, obey(*received));
        }
        if (polls[1].revents != 0) {
            static_cast<void>(count()); // what cannot be counted is left at nought
            const auto ending = threads_->ending();
            tell(plan_->control, Answer::of(Answer::What::ended, ending.detail, ending.cause));
            polls[1].fd = -1; // told once
        }
    }
}

} // namespace

void run_vmm(const VmmPlan& plan) {
    become_a_vmm();
    auto vmm = Vmm::create(plan);
    if (!vmm) {
        tell(plan.control, Request::creation, tl::unexpected(vmm.error()));
        ::_exit(1);
    }
    for (const int given : {plan.ram, plan.window, plan.doorbell}) {
        if (given >= 0) {
            ::close(given);
        }
    }
    tell(plan.control, Request::creation, Result<>());
    (*vmm)->serve();
    ::_exit(0);
}

} // namespace ktstr::machine::kvm
