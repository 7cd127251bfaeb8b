#include "ktstr-runner/machine/kvm/kvm_machine.hpp"

#include "ktstr-runner/base/mapped_file.hpp"
#include "ktstr-runner/machine/ending.hpp"
#include "ktstr-runner/machine/image/ram_files.hpp"
#include "ktstr-runner/machine/kvm/kernel_in_memory.hpp"
#include "ktstr-runner/machine/window/channel.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
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
    TRY_ASSIGN(auto map, machine::x86_64::memory_map(spec));
    TRY_ASSIGN(auto ram, make_ram_file(map.ram_size()));
    TRY_ASSIGN(auto window, make_ram_file(map.window.size));
    VmmPlan plan{.topology = spec.topology, .memory = map, .tsc_khz = tsc_khz};
    {
        TRY_ASSIGN(const auto bytes,
                   Mapping::of(ram.fd.get(), map.ram_size(), Mapping::Kind::shared));
        TRY_ASSIGN(plan.entry, put_kernel(spec, map, tsc_khz, bytes.bytes()));
    }
    TRY_ASSIGN(auto machine, launch(std::move(plan), std::move(ram.fd), std::move(window.fd)));
    TRY(Channel(machine->window_).format());
    return machine;
}

// A clone sees the saved RAM itself and keeps what it writes to itself; the window, of which little
// is used, is copied, for the runner to share it with the VMM.
Result<std::unique_ptr<KvmMachine>> KvmMachine::restore(const MachineSpec& spec,
                                                        std::uint64_t tsc_khz,
                                                        const std::filesystem::path& directory,
                                                        Restored use) {
    TRY_ASSIGN(auto map, machine::x86_64::memory_map(spec));
    TRY_ASSIGN(auto ram, open_ram_file(ram_path(directory, 0), map.ram_size()));
    TRY_ASSIGN(const auto saved_window, open_ram_file(ram_path(directory, 1), map.window.size));
    TRY_ASSIGN(auto window, make_ram_file(map.window.size));
    TRY(copy_ram(saved_window.fd.get(), window.fd.get(), map.window.size));
    if (use == Restored::copy) {
        TRY_ASSIGN(auto own, make_ram_file(map.ram_size()));
        TRY(copy_ram(ram.fd.get(), own.fd.get(), map.ram_size()));
        ram = std::move(own);
    }
    TRY_ASSIGN(const auto state, MappedFile::open(directory / state_name));
    return launch(
        {.topology = spec.topology,
         .memory = map,
         .tsc_khz = tsc_khz,
         .ram_kind = use == Restored::copy ? Mapping::Kind::shared : Mapping::Kind::private_copy,
         .saved = state.bytes()},
        std::move(ram.fd),
        std::move(window.fd));
}

// Forks the VMM and waits until KVM has made the machine.
Result<std::unique_ptr<KvmMachine>> KvmMachine::launch(VmmPlan plan, Fd ram, Fd window) {
    TRY_ASSIGN(auto window_mapping,
               Mapping::of(window.get(), plan.memory.window.size, Mapping::Kind::shared));
    TRY_ASSIGN(auto console, Mapping::shared_anonymous(sizeof(ConsoleRing)));
    TRY_ASSIGN(auto state, make_ram_file(0));
    TRY_ASSIGN(auto sockets, make_socket_pair());
    plan.ram = ram.get();
    plan.window = window.get();
    plan.control = sockets.theirs.get();
    plan.state = state.fd.get();
    plan.console = new (console.data()) ConsoleRing;
    TRY_ASSIGN(
        auto child,
        Child::fork([&plan] { run_vmm(plan); }, {plan.ram, plan.window, plan.control, plan.state}),
        "cannot start the VMM");
    sockets.theirs.reset(); // so that an end of the VMM is seen
    const auto can_be_saved = plan.ram_kind == Mapping::Kind::shared;
    std::unique_ptr<KvmMachine> machine(new KvmMachine(
        std::move(child),
        std::move(sockets.ours),
        std::move(window_mapping),
        std::move(console),
        {can_be_saved ? std::move(ram) : Fd(), std::move(window), std::move(state.fd)}));
    TRY(machine->await_answer(), "KVM does not make the machine");
    return machine;
}

std::string KvmMachine::describe() const {
    return "ktstr " KTSTR_VERSION ", kvm";
}

Result<> KvmMachine::ask(Request::What what) {
    if (ending_) {
        return fail(ErrorKind::guest, "the machine has ended: " + ending_->detail);
    }
    const Request request{what};
    if (::send(control_.get(), &request, sizeof request, MSG_NOSIGNAL) < 0) {
        look_at_process();
        return fail(Error::from_errno("cannot reach the VMM"));
    }
    return await_answer();
}

Result<> KvmMachine::await_answer() {
    const auto deadline = Deadline::in(answer_limit);
    while (true) {
        pollfd wait{.fd = control_.get(), .events = POLLIN, .revents = 0};
        if (::poll(&wait, 1, deadline.poll_timeout()) == 0) {
            return fail(ErrorKind::environment, "the VMM does not answer");
        }
        Answer answer;
        const auto size = ::recv(control_.get(), &answer, sizeof answer, 0);
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size != sizeof answer) {
            look_at_process();
            return fail(ErrorKind::environment,
                        ending_ ? ending_->detail : "the VMM is gone without a word");
        }
        if (answer.what == Answer::What::done) {
            return {};
        }
        if (answer.what == Answer::What::failed) {
            return fail(ErrorKind::environment, std::string(answer.words()));
        }
        take(answer);
    }
}

std::vector<int> KvmMachine::descriptors() const {
    return ending_ ? std::vector<int>{} : std::vector{control_.get(), child_.pidfd()};
}

Result<> KvmMachine::service() {
    refresh_console();
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
    switch (answer.cause) {
    case Ending::Cause::powered_off:
        ending_ = ending_of_power_off(console_text_);
        break;
    case Ending::Cause::reset:
    case Ending::Cause::panicked:
        ending_ = ending_of_reset(console_text_);
        break;
    case Ending::Cause::broken:
        ending_ = Ending{Ending::Cause::broken, std::string(answer.words())};
        break;
    }
}

void KvmMachine::refresh_console() {
    if (const auto written = ring().written(); written != console_seen_) {
        console_text_ = ring().text();
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

Result<> KvmMachine::save(const std::filesystem::path& directory) {
    if (!files_.ram) {
        return fail(ErrorKind::internal, "a clone cannot be saved: its memory is not in a file");
    }
    TRY(ask(Request::What::save));
    const std::array<std::pair<int, std::filesystem::path>, 3> copies{
        std::pair{files_.ram.get(), ram_path(directory, 0)},
        std::pair{files_.window.get(), ram_path(directory, 1)},
        std::pair{files_.state.get(), directory / state_name},
    };
    for (const auto& [from, path] : copies) {
        TRY_ASSIGN(const auto file, open_file(path, O_RDWR | O_CREAT | O_EXCL, 0600));
        struct stat info{};
        if (::fstat(from, &info) != 0) {
            return fail(Error::from_errno("cannot look at the machine's memory"));
        }
        TRY(copy_ram(from, file.get(), static_cast<std::uint64_t>(info.st_size)), path.string());
    }
    return {};
}

void KvmMachine::stop() {
    child_.kill();
    refresh_console();
}

} // namespace ktstr::machine::kvm
