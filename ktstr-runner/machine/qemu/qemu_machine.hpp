// A machine that is a QEMU process: RAM in memory files of ours, control by QMP, the console on a
// pipe.
#pragma once

#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/machine/image/ram_files.hpp"
#include "ktstr-runner/machine/machine.hpp"
#include "ktstr-runner/machine/qemu/command_line.hpp"
#include "ktstr-runner/machine/qemu/process_window.hpp"
#include "ktstr-runner/machine/qemu/qmp.hpp"
#include "ktstr-runner/machine/qemu/tail.hpp"

#include <memory>

namespace ktstr::machine::qemu {

// How long a QEMU that is dying has for telling why.
inline constexpr auto last_words_limit = std::chrono::seconds(5);

// The file with the state of CPUs and devices, in a template's directory.
inline constexpr std::string_view state_name = "state";

class QemuMachine final : public Machine {
public:
    // Starts it, paused, with an empty window. The descriptors in `facts` are filled in here.
    static Result<std::unique_ptr<QemuMachine>> create(const MachineSpec& spec, Facts facts);

    // Starts one that save() has left in `directory`, paused where it was. `spec` and `facts` are
    // those of the saved one.
    static Result<std::unique_ptr<QemuMachine>> restore(const MachineSpec& spec,
                                                        Facts facts,
                                                        const std::filesystem::path& directory,
                                                        Restored use);

    // A fork of the one that serves under `name`, paused where that was; null when there is none.
    // `spec` and `facts` are the server's; `subject` and `turn` as in Fork of the factory.
    struct Forked {
        std::unique_ptr<QemuMachine> machine;
        std::string note;
        std::uint32_t turn = 0;
    };

    static Result<Forked> fork(const MachineSpec& spec,
                               const Facts& facts,
                               const std::string& name,
                               std::string_view subject);

    std::string describe() const override { return description_; }

    Result<> resume() override;
    Result<> pause() override;

    std::optional<Standstill> standstill() const override { return standstill_; }

    WindowMemory& window() override { return *window_; }

    Result<>
    read_memory(std::uint64_t physical, std::span<std::byte> into, Deadline deadline) override;

    std::vector<int> descriptors() const override;
    Result<> service() override;

    const std::optional<Ending>& ending() const override { return ending_; }

    std::string_view console() const override { return console_.view(); }

    std::uint64_t console_bytes() const override { return console_.total(); }

    std::optional<CpuTime> cpu_time() const override { return cpu_time_of(child_.pid()); }

    std::optional<TimeStamp> time_stamp() override { return std::nullopt; }

    std::vector<VcpuCounters> counters() override { return {}; }

    void stop() override;

    Result<> save(const std::filesystem::path& directory) override;

    Result<> forget_boot() override;

    Result<bool> serve_forks(const std::string& name, int owner, std::string_view note) override;

    pid_t pid() const override { return child_.pid(); }

    Result<std::vector<pid_t>> vcpu_threads() override;

    std::vector<std::string> not_real_time() const override;

    Result<std::vector<VcpuPlace>> places() override;

    Result<bool> let_debugger_in(const std::filesystem::path& socket) override;

    Result<bool> has_debugger() override;

private:
    QemuMachine(MemoryLayout layout,
                Child child,
                Qmp monitor,
                Fd console,
                Fd complaints,
                std::string description)
        : layout_(std::move(layout)), child_(std::move(child)), monitor_(std::move(monitor)),
          console_pipe_(std::move(console)), complaints_pipe_(std::move(complaints)),
          description_(std::move(description)) {}

    static Result<std::unique_ptr<QemuMachine>> launch(const MachineSpec& spec,
                                                       const MemoryLayout& layout,
                                                       Facts facts,
                                                       std::vector<RamFile> ram);
    Result<> start(const MemoryLayout& layout, int state);
    Result<> load_state(int state);
    Result<> set_capabilities(Deadline deadline);
    Result<> save_state(const std::filesystem::path& path);
    Result<> drain_state(Fd pipe, Fd file, Deadline deadline);
    Result<> await_migration(Deadline deadline);
    Result<> command(std::string_view name);
    Result<std::string> human_command(const std::string& line);
    Error cannot_start(Error error);
    void drain();
    void take_events();
    void take_event(const QmpEvent& event);
    void look_at_state();
    Result<Standstill> why_still();
    void end(Ending ending);

    enum class Wanted { paused, running };

    MemoryLayout layout_;
    Child child_;
    Qmp monitor_;
    Fd console_pipe_; // closed when QEMU has closed its end
    Fd complaints_pipe_;
    std::shared_ptr<Fd> control_; // of the library in QEMU that can make it a fork server
    bool is_fork_ = false;        // the library has spoken
    std::string description_;
    std::optional<ProcessWindow> window_;
    std::vector<RamFile> ram_;
    std::optional<MachineSpec> booted_; // as it was created; absent: it was not
    bool ram_is_ours_ = true;           // the files hold all that the guest has written
    Tail console_{64 << 10};
    Tail complaints_{16 << 10}; // QEMU's stderr
    std::optional<Ending> ending_;
    Wanted wanted_ = Wanted::paused;
    bool deterministic_ = false;
    std::optional<Standstill> standstill_;
    bool real_time_ = false;
    bool debugged_ = false; // a debugger may stop it, and let it go on
};

} // namespace ktstr::machine::qemu
