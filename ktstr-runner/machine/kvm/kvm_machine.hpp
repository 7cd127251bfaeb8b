// A machine of our own VMM: a process forked from the runner, which shares with it the memory
// window, the console's last bytes and a socket.
#pragma once

#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/machine/kvm/mapping.hpp"
#include "ktstr-runner/machine/kvm/vmm.hpp"
#include "ktstr-runner/machine/kvm/vmm_protocol.hpp"
#include "ktstr-runner/machine/machine.hpp"

#include <memory>

namespace ktstr::machine::kvm {

class KvmMachine final : public Machine {
public:
    // `tsc_khz` is the host's; 0 when it is not known.
    static Result<std::unique_ptr<KvmMachine>> create(const MachineSpec& spec,
                                                      std::uint64_t tsc_khz);

    // Makes, standing still, one that save() has left in `directory`. `spec` is that of the saved
    // one.
    static Result<std::unique_ptr<KvmMachine>>
    restore(const MachineSpec& spec, std::uint64_t tsc_khz, const std::filesystem::path& directory);

    std::string describe() const override;

    Result<> resume() override { return ask(Request::What::resume); }

    Result<> pause() override { return ask(Request::What::pause); }

    WindowMemory& window() override { return window_; }

    Result<>
    read_memory(std::uint64_t physical, std::span<std::byte> into, Deadline deadline) override;

    std::vector<int> descriptors() const override;
    Result<> service() override;

    bool rings() const override { return true; }

    const std::optional<Ending>& ending() const override { return ending_; }

    std::string_view console() const override { return console_text_; }

    std::uint64_t console_bytes() const override { return console_seen_; }

    Result<> save(const std::filesystem::path& directory) override;

    std::optional<CpuTime> cpu_time() const override { return cpu_time_of(child_.pid()); }

    std::optional<TimeStamp> time_stamp() override;

    std::vector<VcpuCounters> counters() override;

    std::optional<std::string> stillness() const override;

    void stop() override;

    pid_t pid() const override { return child_.pid(); }

    Result<std::vector<pid_t>> vcpu_threads() override;

    std::vector<std::string> not_real_time() const override;

private:
    // Memory that the VMM maps too: nothing is copied but what is read or written.
    class SharedWindow final : public WindowMemory {
    public:
        explicit SharedWindow(Mapping mapping) : mapping_(std::move(mapping)) {}

        std::uint64_t size() const override { return mapping_.bytes().size(); }

        Result<> read(std::uint64_t offset, std::span<std::byte> into) const override;
        Result<> write(std::uint64_t offset, std::span<const std::byte> bytes) override;

    private:
        Result<std::byte*> at(std::uint64_t offset, std::size_t size) const;

        Mapping mapping_;
    };

    struct Files {
        Fd ram; // of the saved machine that this one was; else none
        Fd window;
        Fd state;
        Fd doorbell;
    };

    KvmMachine(
        Child child, Fd control, Mapping window, Mapping shared, Files files, const VmmPlan& plan)
        : child_(std::move(child)), control_(std::move(control)), window_(std::move(window)),
          shared_(std::move(shared)), files_(std::move(files)), ram_size_(plan.memory.ram_size()),
          vcpus_(plan.topology.vcpus()), real_time_(plan.real_time) {}

    static Result<std::unique_ptr<KvmMachine>> launch(VmmPlan plan, Fd ram, Fd window);
    Result<> ask(Request::What what, int file = -1);
    Result<> exchange(Request request, Deadline deadline, int file = -1);
    Result<> await_answer(std::uint64_t number, Deadline deadline);
    void take(const Answer& answer);
    void refresh_console();
    void look_at_process();

    SharedState& shared() const { return *static_cast<SharedState*>(shared_.data()); }

    Child child_;
    Fd control_;
    SharedWindow window_;
    Mapping shared_;
    Files files_;
    std::uint64_t ram_size_;
    unsigned vcpus_;
    bool real_time_;
    std::string console_text_;
    std::uint64_t console_seen_ = 0;
    std::optional<Ending> ending_;
    bool counted_ = false; // when it ended
    std::uint64_t asked_ = Request::creation;
};

} // namespace ktstr::machine::kvm
