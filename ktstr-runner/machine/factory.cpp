#include "ktstr-runner/machine/factory.hpp"

#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/host/file_digest.hpp"
#include "ktstr-runner/host/kvm_probe.hpp"
#include "ktstr-runner/host/processor.hpp"
#include "ktstr-runner/host/tsc.hpp"
#include "ktstr-runner/machine/qemu/qemu_machine.hpp"

#include <fmt/format.h>

#include <sys/stat.h>

#include <algorithm>
#include <array>

namespace ktstr::machine {

using namespace std::chrono_literals;

namespace {

constexpr auto qemu_program = "qemu-system-x86_64";
constexpr auto qemu_package = "qemu-system-x86";

enum class Wish { by_probe, tcg, kvm };

struct Wanted {
    std::string_view name;
    Wish wish;
};

// The names that --machine and KTSTR_MACHINE know.
constexpr std::array<Wanted, 4> names{
    {
     {"auto", Wish::by_probe},
     {"qemu", Wish::by_probe},
     {"qemu-tcg", Wish::tcg},
     {"qemu-kvm", Wish::kvm},
     }
};

Result<Wish> wish_of(std::string_view wanted) {
    const auto found = std::ranges::find(names, wanted, &Wanted::name);
    if (found != names.end()) {
        return found->wish;
    }
    std::vector<std::string> all;
    std::vector<std::string_view> views;
    for (const auto& name : names) {
        all.emplace_back(name.name);
        views.push_back(name.name);
    }
    const auto near = nearest(wanted, views);
    return fail(Error(ErrorKind::usage,
                      fmt::format("there is no machine `{}`: use {}", wanted, join(all, ", ")))
                    .hint(near ? fmt::format("did you mean `{}`?", *near)
                               : "`auto` takes the best that works here"));
}

Result<std::string> find_emulator() {
    const auto path = find_program(qemu_program);
    if (!path) {
        return fail(Error(ErrorKind::environment,
                          fmt::format("cannot find {}, which runs the machines", qemu_program))
                        .hint(fmt::format("apt-get install {}", qemu_package)));
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

struct Picked {
    Acceleration acceleration;
    std::string why;
};

Result<Picked> pick(Wish wish, const host::FactCache& cache) {
    if (wish == Wish::tcg) {
        return Picked{Acceleration::tcg, "as asked"};
    }
    const auto probe = host::probe_kvm(cache);
    const auto works = probe.state == host::KvmProbe::State::works;
    if (wish == Wish::kvm && !works) {
        return fail(Error(ErrorKind::environment, "KVM was asked for, but " + probe.reason)
                        .hint(probe.hint.empty()
                                  ? "`--machine auto` emulates where KVM does not work"
                                  : probe.hint));
    }
    return Picked{works ? Acceleration::kvm : Acceleration::tcg,
                  probe.hint.empty() ? probe.reason
                                     : fmt::format("{} (hint: {})", probe.reason, probe.hint)};
}

Result<qemu::Facts> facts_of(const Choice& choice) {
    if (choice.backend != Backend::qemu) {
        return fail(ErrorKind::internal, "this build makes machines by QEMU alone");
    }
    const auto version = qemu::Version::parse("QEMU emulator version " + choice.emulator_version);
    if (choice.emulator.empty() || !version) {
        return fail(ErrorKind::internal, "a machine needs a choice made by choose()");
    }
    return qemu::Facts{.program = choice.emulator,
                       .version = *version,
                       .acceleration = choice.acceleration,
                       .tsc_khz = choice.tsc_khz,
                       .ram = {}};
}

} // namespace

Result<Choice> choose(std::string_view wanted, const std::filesystem::path& cache) {
    TRY_ASSIGN(const auto wish, wish_of(wanted));
    TRY_ASSIGN(const auto emulator, find_emulator());
    const host::FactCache facts(cache);
    TRY_ASSIGN(const auto version, version_of(emulator, facts));
    TRY_ASSIGN(const auto picked, pick(wish, facts));
    const auto* const name = picked.acceleration == Acceleration::kvm ? "kvm" : "tcg";
    return Choice{.backend = Backend::qemu,
                  .acceleration = picked.acceleration,
                  .reason = fmt::format("qemu with {}: {}", name, picked.why),
                  .emulator = emulator,
                  .emulator_version = version.text(),
                  .tsc_khz = host::tsc_khz(facts)};
}

Result<std::string>
identity(const Choice& choice, const MachineSpec& spec, const std::filesystem::path& cache) {
    const host::FactCache facts(cache);
    TRY_ASSIGN(const auto machine, facts_of(choice));
    TRY_ASSIGN(const auto emulator, host::file_identity(choice.emulator));
    TRY_ASSIGN(const auto kernel, host::file_digest(spec.kernel, facts));
    TRY_ASSIGN(const auto initramfs, host::file_digest(spec.initramfs, facts));
    TRY_ASSIGN(const auto arguments, qemu::identity(spec, machine));
    const auto processor =
        choice.acceleration == Acceleration::kvm ? host::processor() : std::string("emulated");
    return fmt::format("kernel {}\ninitramfs {}\nemulator {} {}\nprocessor {}\n{}\n",
                       kernel,
                       initramfs,
                       choice.emulator_version,
                       emulator,
                       processor,
                       arguments);
}

Result<std::unique_ptr<Machine>> restore(const Choice& choice,
                                         const MachineSpec& spec,
                                         const std::filesystem::path& directory,
                                         Restored use) {
    TRY_ASSIGN(auto facts, facts_of(choice));
    TRY_ASSIGN(std::unique_ptr<Machine> machine,
               qemu::QemuMachine::restore(spec, std::move(facts), directory, use));
    return machine;
}

Result<std::unique_ptr<Machine>> create(const Choice& choice, const MachineSpec& spec) {
    TRY_ASSIGN(auto facts, facts_of(choice));
    TRY_ASSIGN(std::unique_ptr<Machine> machine, qemu::QemuMachine::create(spec, std::move(facts)));
    return machine;
}

} // namespace ktstr::machine
