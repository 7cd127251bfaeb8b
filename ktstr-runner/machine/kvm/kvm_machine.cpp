#include "ktstr-runner/machine/kvm/kvm_machine.hpp"

#include "guest/wire/window.hpp"
#include "ktstr-runner/base/mapped_file.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/base/threads.hpp"
#include "ktstr-runner/machine/ending.hpp"
#include "ktstr-runner/machine/image/ram_files.hpp"
#include "ktstr-runner/machine/kvm/architecture.hpp"
#include "ktstr-runner/machine/window/channel.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <new>
#include <utility>

namespace ktstr::machine::kvm {

using namespace std::chrono_literals;

namespace {

// KVM answers in milliseconds; a host that is short of CPUs may take its time.
constexpr auto answer_limit = 60s;
constexpr std::string_view state_name = "state";

struct SocketPair {
    Fd ours;
    Fd theirs;
};

Result<SocketPair> make_socket_pair() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        return fail(Error::from_errno("cannot make a socket for the VMM"));
    }
    return SocketPair{Fd(ends[0]), Fd(ends[1])};
}

} // namespace

Result<std::byte*> KvmMachine::SharedWindow::at(std::uint64_t offset, std::size_t size) const {
    const auto bytes = mapping_.bytes();
    if (offset > bytes.size() || size > bytes.size() - offset) {
        return fail(
            ErrorKind::internal,
            fmt::format(
                "{} bytes at {:#x} are not in the window of {} bytes", size, offset, bytes.size()));
    }
    return bytes.data() + offset;
}

Result<> KvmMachine::SharedWindow::read(std::uint64_t offset, std::span<std::byte> into) const {
    TRY_ASSIGN(const auto* const from, at(offset, into.size()));
    std::atomic_thread_fence(std::memory_order_acquire);
    std::memcpy(into.data(), from, into.size());
    return {};
}

Result<> KvmMachine::SharedWindow::write(std::uint64_t offset, std::span<const std::byte> bytes) {
    TRY_ASSIGN(auto* const to, at(offset, bytes.size()));
    std::memcpy(to, bytes.data(), bytes.size());
    std::atomic_thread_fence(std::memory_order_release);
    return {};
}

Result<std::unique_ptr<KvmMachine>> KvmMachine::create(const MachineSpec& spec,
                                                       std::uint64_t tsc_khz) {
    TRY_ASSIGN(auto map, architecture::memory_map(spec));
    TRY_ASSIGN(auto window, make_ram_file(map.window.size));
    TRY_ASSIGN(const auto kernel, architecture::prepare_kernel(spec, map, tsc_khz));
    TRY_ASSIGN(auto machine,
               launch({.topology = spec.topology,
                       .real_time = spec.real_time,
                       .memory = map,
                       .tsc_khz = tsc_khz,
                       .kernel = &kernel},
                      Fd(),
                      std::move(window.fd)));
    TRY(Channel(machine->window_).format({.has_doorbell = true}));
    return machine;
}

// It sees the saved RAM itself and keeps what it writes to itself; the window, of which little is
// used, is copied, for the runner to share it with the VMM.
Result<std::unique_ptr<KvmMachine>> KvmMachine::restore(const MachineSpec& spec,
                                                        std::uint64_t tsc_khz,
                                                        const std::filesystem::path& directory) {
    TRY_ASSIGN(auto map, architecture::memory_map(spec));
    TRY_ASSIGN(auto ram, open_ram_file(ram_path(directory, 0), map.ram_size(), Access::read));
    TRY_ASSIGN(const auto saved_window,
               open_ram_file(ram_path(directory, 1), map.window.size, Access::read));
    TRY_ASSIGN(auto window, make_ram_file(map.window.size));
    TRY(copy_ram(saved_window.fd.get(), window.fd.get(), map.window.size));
    TRY_ASSIGN(const auto state, MappedFile::open(directory / state_name));
    return launch({.topology = spec.topology,
                   .real_time = spec.real_time,
                   .memory = map,
                   .tsc_khz = tsc_khz,
                   .saved = state.bytes()},
                  std::move(ram.fd),
                  std::move(window.fd));
}

// Forks the VMM and waits until KVM has made the machine.
Result<std::unique_ptr<KvmMachine>> KvmMachine::launch(VmmPlan plan, Fd ram, Fd window) {
    TRY_ASSIGN(auto window_mapping,
               Mapping::of(window.get(), plan.memory.window.size, Mapping::Kind::shared));
    TRY_ASSIGN(auto shared, Mapping::shared_anonymous(sizeof(SharedState)));
    TRY_ASSIGN(auto state, make_ram_file(0));
    TRY_ASSIGN(auto sockets, make_socket_pair());
    Fd doorbell(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!doorbell) {
        return fail(Error::from_errno("cannot make a doorbell"));
    }
    plan.ram = ram.get();
    plan.window = window.get();
    plan.doorbell = doorbell.get();
    plan.control = sockets.theirs.get();
    plan.state = state.fd.get();
    plan.shared = new (shared.data()) SharedState;
    TRY_ASSIGN(auto child,
               Child::fork([&plan] { run_vmm(plan); },
                           {plan.ram, plan.window, plan.doorbell, plan.control, plan.state}),
               "cannot start the VMM");
    sockets.theirs.reset(); // so that an end of the VMM is seen
    std::unique_ptr<KvmMachine> machine(new KvmMachine(
        std::move(child),
        std::move(sockets.ours),
        std::move(window_mapping),
        std::move(shared),
        {std::move(ram), std::move(window), std::move(state.fd), std::move(doorbell)},
        plan));
    TRY(machine->await_answer(Request::creation, Deadline::in(answer_limit)),
        "KVM does not make the machine");
    return machine;
}

std::string KvmMachine::describe() const {
    return "ktstr " KTSTR_VERSION ", kvm";
}

Result<> KvmMachine::ask(Request::What what, int file) {
    if (ending_) {
        return fail(ErrorKind::guest, "the machine has ended: " + ending_->detail);
    }
    return exchange({.what = what}, Deadline::in(answer_limit), file);
}

// Also with one whose machine has ended.
Result<> KvmMachine::exchange(Request request, Deadline deadline, int file) {
    request.number = ++asked_;
    if (auto sent = send_request(control_.get(), request, file); !sent) {
        look_at_process();
        return sent;
    }
    return await_answer(asked_, deadline);
}

Result<>
KvmMachine::read_memory(std::uint64_t physical, std::span<std::byte> into, Deadline deadline) {
    const auto room = window_.size() - wire::layout::payload;
    while (!into.empty()) {
        const auto piece = into.first(std::min<std::uint64_t>(into.size(), room));
        TRY(exchange({.what = Request::What::copy, .physical = physical, .size = piece.size()},
                     deadline));
        TRY(window_.read(wire::layout::payload, piece));
        physical += piece.size();
        into = into.subspan(piece.size());
    }
    return {};
}

// A VMM that does not answer is no machine any more: what it might still say would be taken for
// the answer to something else.
Result<> KvmMachine::await_answer(std::uint64_t number, Deadline deadline) {
    while (true) {
        pollfd wait{.fd = control_.get(), .events = POLLIN, .revents = 0};
        if (const int ready = ::poll(&wait, 1, deadline.poll_timeout()); ready <= 0) {
            if (deadline.expired()) {
                child_.kill();
                ending_ = Ending{Ending::Cause::broken, "the VMM does not answer"};
                return fail(ErrorKind::environment, ending_->detail);
            }
            continue;
        }
        Answer answer;
        const auto size = ::recv(control_.get(), &answer, sizeof answer, MSG_DONTWAIT);
        if (size < 0 && (errno == EINTR || errno == EAGAIN)) {
            continue;
        }
        if (size != sizeof answer) {
            look_at_process();
            return fail(ErrorKind::environment,
                        ending_ ? ending_->detail : "the VMM is gone without a word");
        }
        if (answer.what == Answer::What::ended) {
            take(answer);
        } else if (answer.number == number) {
            return answer.what == Answer::What::done
                       ? Result<>()
                       : fail(ErrorKind::environment, std::string(answer.words()));
        }
    }
}

std::vector<int> KvmMachine::descriptors() const {
    return ending_ ? std::vector<int>{}
                   : std::vector{control_.get(), child_.pidfd(), files_.doorbell.get()};
}

Result<> KvmMachine::service() {
    refresh_console();
    eventfd_t rung = 0; // how often does not matter: the ring says what there is
    static_cast<void>(::eventfd_read(files_.doorbell.get(), &rung));
    while (!ending_) {
        Answer answer;
        const auto size = ::recv(control_.get(), &answer, sizeof answer, MSG_DONTWAIT);
        if (size == sizeof answer) {
            take(answer);
        } else if (size < 0 && errno == EINTR) {
            continue;
        } else if (size < 0 && errno == EAGAIN) {
            return {};
        } else {
            look_at_process();
            return {};
        }
    }
    return {};
}

void KvmMachine::take(const Answer& answer) {
    if (ending_ || answer.what != Answer::What::ended) {
        return;
    }
    refresh_console();
    counted_ = true;
    switch (answer.cause) {
    case Ending::Cause::powered_off:
        ending_ = ending_of_power_off(console_text_);
        break;
    case Ending::Cause::reset:
    case Ending::Cause::panicked:
        ending_ = ending_of_reset(console_text_, answer.words());
        break;
    case Ending::Cause::broken:
        ending_ = Ending{Ending::Cause::broken, std::string(answer.words())};
        break;
    }
}

void KvmMachine::refresh_console() {
    if (const auto written = shared().console.written(); written != console_seen_) {
        console_text_ = shared().console.text();
        console_seen_ = written;
    }
}

// The VMM's end of the socket is closed: it has ended, or is about to.
void KvmMachine::look_at_process() {
    refresh_console();
    const auto status = child_.wait(Deadline::in(answer_limit));
    const auto how = status && *status ? (*status)->describe() : "no status";
    if (!ending_) {
        ending_ = Ending{Ending::Cause::broken, "the VMM ended by itself: " + how};
    }
}

// What a saved machine's file has is copied; what this one wrote, the VMM writes over it.
Result<> KvmMachine::save(const std::filesystem::path& directory) {
    const auto create = [&directory](std::size_t index) {
        return open_file(ram_path(directory, index), O_RDWR | O_CREAT | O_EXCL, 0600);
    };
    TRY_ASSIGN(const auto ram, create(0));
    if (files_.ram) {
        TRY(copy_ram(files_.ram.get(), ram.get(), ram_size_));
    } else if (::ftruncate(ram.get(), static_cast<off_t>(ram_size_)) != 0) {
        return fail(Error::from_errno("cannot write the machine's memory"));
    }
    TRY(ask(Request::What::save, ram.get()), ram_path(directory, 0).string());
    TRY_ASSIGN(const auto window, create(1));
    TRY(copy_ram(files_.window.get(), window.get(), window_.size()));
    struct stat info{};
    if (::fstat(files_.state.get(), &info) != 0) {
        return fail(Error::from_errno("cannot look at the machine's state"));
    }
    TRY_ASSIGN(const auto state,
               open_file(directory / state_name, O_RDWR | O_CREAT | O_EXCL, 0600));
    return copy_ram(files_.state.get(), state.get(), static_cast<std::uint64_t>(info.st_size));
}

std::optional<TimeStamp> KvmMachine::time_stamp() {
    if (ending_ || !ask(Request::What::time)) {
        return std::nullopt;
    }
    return shared().time_stamp;
}

std::vector<VcpuCounters> KvmMachine::counters() {
    if (ending_ ? !counted_ : !ask(Request::What::count)) {
        return {};
    }
    const auto counted = std::span(shared().counters).first(vcpus_);
    return {counted.begin(), counted.end()};
}

std::optional<std::string> KvmMachine::stillness() const {
    return shared().halted_for_ever
               ? std::optional("every CPU of the guest is halted with interrupts off: it waits for "
                               "nothing")
               : std::nullopt;
}

// They have said so by their names (VcpuThreads::run).
Result<std::vector<pid_t>> KvmMachine::vcpu_threads() {
    std::map<std::uint64_t, pid_t> by_index;
    for (const auto& thread : threads_of(child_.pid())) {
        constexpr std::string_view prefix = "vcpu ";
        if (thread.name.starts_with(prefix)) {
            if (const auto index = parse_u64(std::string_view(thread.name).substr(prefix.size()))) {
                by_index[*index] = thread.id;
            }
        }
    }
    if (by_index.size() != vcpus_) {
        return fail(
            ErrorKind::environment,
            fmt::format("the VMM has the threads of {} of its {} vCPUs", by_index.size(), vcpus_));
    }
    std::vector<pid_t> in_order;
    for (const auto& [index, thread] : by_index) {
        in_order.push_back(thread);
    }
    return in_order;
}

std::vector<std::string> KvmMachine::not_real_time() const {
    std::vector<std::string> missing;
    if (!real_time_) {
        return missing;
    }
    if (files_.ram) {
        missing.emplace_back("huge pages: the machine was restored from a template, whose memory "
                             "is a file");
    }
    const auto& had = shared().real_time;
    if (!had.stays_when_idle) {
        missing.emplace_back("vCPUs that stay in the guest when they are idle: this KVM has no "
                             "KVM_CAP_X86_DISABLE_EXITS for HLT and PAUSE");
    }
    if (!had.no_polling) {
        missing.emplace_back("no polling of the host for a halted vCPU: this KVM has no "
                             "KVM_CAP_HALT_POLL");
    }
    return missing;
}

void KvmMachine::stop() {
    child_.kill();
    refresh_console();
}

} // namespace ktstr::machine::kvm
