#include "ktstr-runner/machine/factory.hpp"

#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/host/file_digest.hpp"
#include "ktstr-runner/host/pick_machine.hpp"
#include "ktstr-runner/host/processor.hpp"
#include "ktstr-runner/host/tsc.hpp"
#include "ktstr-runner/machine/image/kernel_image.hpp"
#include "ktstr-runner/machine/kvm/identity.hpp"
#include "ktstr-runner/machine/kvm/kvm_machine.hpp"
#include "ktstr-runner/machine/qemu/libraries.hpp"
#include "ktstr-runner/machine/qemu/qemu_machine.hpp"

#include <fmt/format.h>

#include <sys/stat.h>

namespace ktstr::machine {

using namespace std::chrono_literals;

namespace {

Result<std::string> find_emulator() {
    const auto path = find_program(std::string(host::qemu_program));
    if (!path) {
        return fail(
            Error(ErrorKind::environment,
                  fmt::format("cannot find {}, which runs the machines", host::qemu_program))
                .hint(fmt::format("apt-get install {}", host::qemu_package)));
    }
    return path->string();
}

// Asking QEMU costs as much as starting a machine, so the answer is kept for as long as the file is
// the same.
Result<qemu::Version> version_of(const std::string& program, const host::FactCache& cache) {
    struct stat info{};
    if (::stat(program.c_str(), &info) != 0) {
        return fail(Error::from_errno(program));
    }
    const auto key = fmt::format(
        "{} {} {}.{}", program, info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
    constexpr auto fact = "qemu-version";
    if (const auto known = cache.recall(fact, key)) {
        if (const auto version = qemu::Version::parse(*known)) {
            return *version;
        }
    }
    TRY_ASSIGN(const auto ran,
               run_captured(
                   {
                       .argv = {program, "--version"}
    },
                   Deadline::in(30s),
                   64 << 10));
    const auto version = qemu::Version::parse(ran.out);
    if (!ran.status.success() || !version) {
        return fail(ErrorKind::environment,
                    fmt::format("{} --version does not give a version: {}",
                                program,
                                to_utf8(trim(ran.err.empty() ? ran.out : ran.err))));
    }
    cache.remember(fact, key, ran.out.substr(0, ran.out.find('\n')));
    return *version;
}

Result<qemu::Facts> facts_of(const Choice& choice) {
    const auto version = qemu::Version::parse("QEMU emulator version " + choice.emulator_version);
    if (choice.emulator.empty() || !version) {
        return fail(ErrorKind::internal, "a machine needs a choice made by choose()");
    }
    return qemu::Facts{.program = choice.emulator,
                       .version = *version,
                       .acceleration = choice.acceleration,
                       .tsc_khz = choice.tsc_khz,
                       .deterministic = choice.deterministic,
                       .ram = {}};
}

// The program that is the machine, as it is on disk, and all that it is told.
Result<std::string> backend_identity(const Choice& choice, const MachineSpec& spec) {
    if (choice.backend == Backend::kvm) {
        TRY_ASSIGN(const auto self, self_path());
        TRY_ASSIGN(const auto program, host::file_identity(self));
        TRY_ASSIGN(const auto told, kvm::identity(spec, choice.tsc_khz));
        return fmt::format("vmm {} {}\n{}", KTSTR_VERSION, program, told);
    }
    TRY_ASSIGN(const auto machine, facts_of(choice));
    TRY_ASSIGN(const auto program, host::file_identity(choice.emulator));
    TRY_ASSIGN(const auto told, qemu::identity(spec, machine));
    return fmt::format("emulator {} {}\n{}", choice.emulator_version, program, told);
}

} // namespace

Result<Choice> choose(std::string_view wanted, const std::filesystem::path& cache) {
    TRY_ASSIGN(const auto name, parse_machine_name(wanted));
    const host::FactCache facts(cache);
    TRY_ASSIGN(const auto picked, host::pick_machine(name, facts));
    Choice choice{.backend = picked.by_qemu ? Backend::qemu : Backend::kvm,
                  .acceleration = picked.by_kvm ? Acceleration::kvm : Acceleration::tcg,
                  .reason = picked.reason(),
                  .emulator = {},
                  .emulator_version = {},
                  .tsc_khz = picked.deterministic ? qemu::counted_khz : host::tsc_khz(facts),
                  .deterministic = picked.deterministic};
    if (picked.by_qemu) {
        TRY_ASSIGN(choice.emulator, find_emulator());
        TRY_ASSIGN(const auto version, version_of(choice.emulator, facts));
        choice.emulator_version = version.text();
    }
    return choice;
}

Result<> check_kernel(const Choice& choice, const std::filesystem::path& kernel) {
    TRY_ASSIGN(const auto image, inspect_kernel(kernel));
    if (choice.backend == Backend::qemu && image.kind == KernelImage::Kind::elf && !image.pvh) {
        return fail(Error(ErrorKind::environment,
                          kernel.string() + " is an ELF file without the PVH entry by which QEMU "
                                            "boots one")
                        .hint("give the bzImage (arch/x86/boot/bzImage), or build vmlinux with "
                              "CONFIG_PVH=y"));
    }
    return {};
}

Result<std::string>
identity(const Choice& choice, const MachineSpec& spec, const std::filesystem::path& cache) {
    const host::FactCache facts(cache);
    TRY_ASSIGN(const auto kernel, host::file_digest(spec.kernel, facts));
    TRY_ASSIGN(const auto initramfs, host::file_digest(spec.initramfs, facts));
    TRY_ASSIGN(const auto backend, backend_identity(choice, spec));
    const auto processor =
        choice.acceleration == Acceleration::kvm ? host::processor() : std::string("emulated");
    return fmt::format(
        "kernel {}\ninitramfs {}\n{}\nprocessor {}\n", kernel, initramfs, backend, processor);
}

Result<std::unique_ptr<Machine>> restore(const Choice& choice,
                                         const MachineSpec& spec,
                                         const std::filesystem::path& directory,
                                         Restored use) {
    if (choice.backend == Backend::kvm) {
        TRY_ASSIGN(std::unique_ptr<Machine> ours,
                   kvm::KvmMachine::restore(spec, choice.tsc_khz, directory));
        return ours;
    }
    TRY_ASSIGN(auto facts, facts_of(choice));
    TRY_ASSIGN(std::unique_ptr<Machine> machine,
               qemu::QemuMachine::restore(spec, std::move(facts), directory, use));
    return machine;
}

// KVM's machines are of one process, whoever has their descriptors.
bool can_fork(const Choice& choice) {
    return choice.backend == Backend::qemu && choice.acceleration == Acceleration::tcg &&
           !choice.deterministic && qemu::has_libraries();
}

Result<std::optional<Fork>> fork(const Choice& choice,
                                 const MachineSpec& spec,
                                 const std::string& name,
                                 std::string_view subject) {
    TRY_ASSIGN(auto facts, facts_of(choice));
    TRY_ASSIGN(auto forked, qemu::QemuMachine::fork(spec, facts, name, subject));
    if (!forked.machine) {
        return std::nullopt;
    }
    return Fork{std::move(forked.machine), std::move(forked.note), forked.turn};
}

Result<std::unique_ptr<Machine>> create(const Choice& choice, const MachineSpec& spec) {
    if (choice.backend == Backend::kvm) {
        TRY_ASSIGN(std::unique_ptr<Machine> ours, kvm::KvmMachine::create(spec, choice.tsc_khz));
        return ours;
    }
    TRY_ASSIGN(auto facts, facts_of(choice));
    TRY_ASSIGN(std::unique_ptr<Machine> machine, qemu::QemuMachine::create(spec, std::move(facts)));
    return machine;
}

} // namespace ktstr::machine
