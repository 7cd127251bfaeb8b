#include "ktstr-runner/session/prepare.hpp"

#include "guest/wire/random.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/cache_dir.hpp"
#include "ktstr-runner/base/fnv.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/config/fixed_environment.hpp"
#include "ktstr-runner/host/file_digest.hpp"
#include "ktstr-runner/machine/image/boot_image.hpp"
#include "ktstr-runner/machine/image/package_files.hpp"
#include "ktstr-runner/session/modules.hpp"
#include "ktstr-runner/templates/paths.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ktstr::session {

namespace {

constexpr auto setup_limit = std::chrono::seconds{60};

// The job's slot and the agent's own needs beside the payload.
constexpr std::uint64_t window_slack = 16ULL << 20;

// Of a deterministic guest a directory's time is none: it tells what others on this host do there.
machine::Payload empty_payload(const Program& program, const machine::Choice& machine) {
    machine::Payload payload;
    if (!program.debug_information) {
        payload.leave_debug_information_out();
    }
    if (machine.deterministic) {
        payload.leave_directory_times_out();
    }
    return payload;
}

Result<> add_package(machine::Payload& payload, const Program& program) {
    if (program.package.empty()) {
        return {};
    }
    TRY_ASSIGN(const auto files,
               machine::package_files(program.package,
                                      {.include = program.settings.include,
                                       .exclude = program.settings.exclude,
                                       .outputs = run_output_files(),
                                       .cap = program.settings.package_cap}),
               "cannot collect the files of the package " + program.package.string());
    for (const auto& file : files) {
        TRY(payload.add_path_as_is(file));
    }
    return {};
}

Result<> add_tree(machine::Payload& payload, const std::filesystem::path& path) {
    std::error_code error;
    TRY(payload.add_path_as_is(path));
    if (!std::filesystem::is_directory(path, error)) {
        return {};
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path, error)) {
        TRY(payload.add_path_as_is(entry.path()));
    }
    if (error) {
        return fail(ErrorKind::environment,
                    "read the directory " + path.string() + ": " + error.message());
    }
    return {};
}

Result<> add_configured_programs(machine::Payload& payload, const Program& program) {
    for (const auto& name : program.settings.programs) {
        const auto path = find_program(name);
        if (!path) {
            return fail(
                Error(ErrorKind::usage, "the program `" + name + "` of `programs` is not here")
                    .hint("install it on this host, or take it out of .config/ktstr.toml"));
        }
        TRY(payload.add_program(*path, program.library_path),
            "cannot bring the program `" + name + "`");
    }
    return {};
}

Result<> add_programs(machine::Payload& payload, const Program& program) {
    if (!program.from_userland) {
        TRY(payload.add_program(program.argv.at(0), program.library_path));
    }
    for (const auto& helper : program.helpers) {
        TRY(payload.add_program(helper, program.library_path));
    }
    return add_configured_programs(payload, program);
}

Result<> add_kernel_config(machine::Payload& payload, const store::Entry& kernel, wire::Job& job) {
    if (!kernel.config.empty()) {
        TRY(payload.add_file_as(kernel.config, wire::kernel_config_file));
        job.kernel_config = true;
    }
    return {};
}

bool attaches_in_setup(const Program& program) {
    return program.scheduler && program.scheduler->in_setup;
}

bool has_setup(const Program& program) {
    return !program.settings.setup.empty() || attaches_in_setup(program);
}

// The scheduler with all it may need, and the sysctls that hold when it starts.
Result<> add_scheduler(machine::Payload& payload, const Program& program, wire::Job& job) {
    job.sysctls = program.sysctls;
    for (const auto& file : program.guest_files) {
        TRY(payload.add_file_as(file.host, file.guest));
    }
    for (const auto& text : program.guest_texts) {
        TRY(payload.add_text(text.guest, text.text));
    }
    if (!program.scheduler) {
        return {};
    }
    const auto& loader = program.scheduler->program;
    if (!loader.empty()) {
        TRY(payload.add_program(loader, program.library_path),
            "cannot bring the scheduler " + program.scheduler->scheduler.name);
    }
    job.scheduler = program.scheduler->scheduler;
    return {};
}

// For people.
std::string describe_setup(const Program& program) {
    std::vector<std::string> steps;
    if (!program.settings.setup.empty()) {
        steps.push_back(program.settings.setup);
    }
    if (attaches_in_setup(program)) {
        const auto& scheduler = program.scheduler->scheduler;
        steps.push_back("attach " +
                        join(scheduler.argv.empty() ? scheduler.enable : scheduler.argv, " "));
    }
    return join(steps, "; ");
}

// Its environment is its own, not the test's: the same setup serves many tests.
Result<std::optional<Setup>> make_setup(const Program& program,
                                        const store::Entry& kernel,
                                        machine::Payload payload,
                                        const machine::Payload& userland) {
    if (!has_setup(program)) {
        return std::nullopt;
    }
    Setup setup{.payload = std::move(payload), .command = describe_setup(program)};
    TRY(add_configured_programs(setup.payload, program));
    TRY(setup.payload.add_directory(program.cwd));
    TRY(add_kernel_config(setup.payload, kernel, setup.job));
    TRY(add_modules(setup.payload, kernel, program.settings.modules, setup.job));
    auto limit = std::chrono::milliseconds(0);
    if (attaches_in_setup(program)) {
        TRY(add_scheduler(setup.payload, program, setup.job));
        limit += std::chrono::milliseconds(program.scheduler->scheduler.attach_limit_ms) *
                 wire::most_times_a_limit; // the engine's own limit ends it before, as a rule
    }
    setup.payload.leave_out(userland);
    if (const auto& command = program.settings.setup; !command.empty()) {
        setup.job.argv = {
            "/bin/sh", "-c", fmt::format("exec >{} 2>&1\n{}", wire::setup_log, command)};
        limit += setup_limit;
    }
    setup.job.environment = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                             "HOME=/root"};
    if (!program.library_path.empty()) { // its programs' libraries were found by it
        setup.job.environment.push_back("LD_LIBRARY_PATH=" + program.library_path);
    }
    setup.job.cwd = program.cwd.string();
    setup.job.time_limit_ms = limit.count();
    return setup;
}

Result<machine::Payload> make_payload(const Program& program,
                                      const store::Entry& kernel,
                                      machine::Payload payload,
                                      wire::Job& job) {
    TRY(add_programs(payload, program));
    TRY(add_package(payload, program));
    for (const auto& file : program.files) {
        TRY(add_tree(payload, file));
    }
    TRY(payload.add_directory(program.cwd));
    TRY(add_kernel_config(payload, kernel, job));
    if (!has_setup(program)) { // which loads them itself
        TRY(add_modules(payload, kernel, program.settings.modules, job));
    }
    if (!attaches_in_setup(program)) {
        TRY(add_scheduler(payload, program, job));
    }
    job.engine = program.engine;
    job.expects_verdict = program.expectations.verdict;
    return payload;
}

// Our VMM takes the kernel as it is once it is decompressed, where the store has that; it is the
// same kernel, being of the same entry.
const std::filesystem::path& boots(const store::Entry& entry, const machine::Choice& machine) {
    const bool whole = !entry.directory.empty() && !entry.vmlinux.empty();
    return machine.backend == machine::Backend::kvm && whole ? entry.vmlinux : entry.image;
}

std::uint64_t round_up(std::uint64_t value, std::uint64_t to) {
    return (value + to - 1) / to * to;
}

// Whose tests share fork servers; empty: none does. A script that is no run of nextest's may be one
// by its process.
std::string name_of_run(const Program& program, const machine::Choice& machine) {
    const auto& settings = program.settings;
    if (!settings.forks || program.performance_mode || !machine::can_fork(machine)) {
        return "";
    }
    const int owner = settings.run_owner;
    const auto run = env("NEXTEST_RUN_ID").value_or("");
    return run.empty() && owner != 0 ? "process " + std::to_string(owner) : run;
}

constexpr std::size_t longest_config = 4 << 20;

// What can be said before anything is run.
Result<> check_looking(const config::TestSettings& settings,
                       const store::Entry& kernel,
                       bool deterministic) {
    if (settings.stop_at && !deterministic) {
        return fail(Error(ErrorKind::usage, "KTSTR_STOP_AT is for the deterministic machine alone")
                        .hint("set KTSTR_MACHINE=det too"));
    }
    if (!settings.trace) {
        return {};
    }
    if (!deterministic) {
        return fail(Error(ErrorKind::usage, "KTSTR_TRACE is for the deterministic machine alone")
                        .hint("set KTSTR_MACHINE=det too"));
    }
    const auto config =
        kernel.config.empty() ? Result<std::string>("") : read_file(kernel.config, longest_config);
    if (config && !config->empty() && !store::has_line(*config, "CONFIG_EVENT_TRACING=y")) {
        return fail(
            Error(ErrorKind::usage,
                  "the kernel " + kernel.key + " does not trace: CONFIG_EVENT_TRACING is not set")
                .hint("build one with CONFIG_FTRACE=y; ktstr's own have it"));
    }
    return {};
}

} // namespace

std::chrono::milliseconds attach_limit(const Topology& topology) {
    constexpr std::chrono::seconds base{60};
    constexpr std::chrono::seconds of_each_vcpu{2};
    return base + topology.vcpus() * of_each_vcpu;
}

Result<Prepared> prepare(const Program& program) {
    const auto& settings = program.settings;
    TRY_ASSIGN(const auto cache, cache_dir());
    TRY(make_directories(cache));
    for (const auto& argument : program.kernel_arguments) {
        TRY(machine::check_kernel_argument(argument));
    }
    Prepared prepared;
    TRY_ASSIGN(prepared.kernel, store::resolve(settings.kernel));
    TRY_ASSIGN(prepared.kernel_use, store::use(prepared.kernel));
    TRY_ASSIGN(const auto userland, machine::userland(), "cannot make the boot image");
    TRY_ASSIGN(const auto boot,
               machine::boot_image(cache, userland, host::file_identity),
               "cannot make the boot image");
    auto& request = prepared.request;
    TRY_ASSIGN(request.machine,
               machine::choose(settings.machine.empty() ? "auto" : settings.machine, cache));
    const bool deterministic = request.machine.deterministic;
    if (deterministic) {
        request.seed = settings.seed.value_or(wire::own_seed(fnv1a(program.name)));
    }
    TRY(check_looking(settings, prepared.kernel, deterministic));
    const auto& kernel = boots(prepared.kernel, request.machine);
    TRY(machine::check_kernel(request.machine, kernel), "cannot boot " + kernel.string());
    request.job.argv = program.argv;
    request.rehearsal = {wire::rehearsal.begin(), wire::rehearsal.end()};
    request.job.cwd = program.cwd.string();
    request.job.environment =
        deterministic ? config::fixed_environment(program.environment) : program.environment;
    TRY_ASSIGN(request.payload,
               make_payload(
                   program, prepared.kernel, empty_payload(program, request.machine), request.job));
    request.payload.leave_out(userland);
    TRY_ASSIGN(
        request.setup,
        make_setup(program, prepared.kernel, empty_payload(program, request.machine), userland));
    if (request.setup) {
        request.payload.leave_out(request.setup->payload);
    }
    const auto files = request.payload.size() + (request.setup ? request.setup->payload.size() : 0);
    request.spec = {
        .topology = settings.topology,
        .memory = settings.memory,
        .window = std::max(machine::default_window, round_up(files + window_slack, 64ULL << 20)),
        .kernel = kernel,
        .initramfs = boot.path,
        .kernel_arguments = program.kernel_arguments,
        .real_time = program.performance_mode};
    request.cpus =
        cpu_wish(program.performance_mode ? CpuWish::Mode::performance : CpuWish::Mode::shared,
                 program.name.empty() ? program.argv.front() : program.name);
    request.expectations = program.expectations;
    if (settings.templates) {
        request.templates = Templates{.root = templates::root_in(cache),
                                      .cap = settings.templates_max,
                                      .facts = cache,
                                      .run = name_of_run(program, request.machine),
                                      .run_owner = settings.run_owner};
        request.spec.forks = !request.templates->run.empty();
    }
    if (files > settings.memory / 2) {
        return fail(
            Error(ErrorKind::usage,
                  fmt::format("the program and its files have {}, too much for a guest of {}",
                              human_bytes(files),
                              human_bytes(settings.memory)))
                .hint("raise `memory` for it in .config/ktstr.toml"));
    }
    return prepared;
}

} // namespace ktstr::session
