#include "cargo-ktstr/commands/vm_program.hpp"

#include "cargo-ktstr/commands/choice.hpp"
#include "cargo-ktstr/commands/chosen_kernels.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/config/env_keys.hpp"
#include "ktstr-runner/session/diagnosis.hpp"

#include <unistd.h>

namespace ktstr::commands {

namespace fs = std::filesystem;

Result<config::TestSettings> machine_settings(const cli::Arguments& arguments,
                                              const std::string& program) {
    TRY_ASSIGN(auto settings,
               config::settings_for(
                   fs::current_path() / ".config/ktstr.toml", "default", {.test = program}));
    TRY(config::apply_environment(environment(), settings));
    if (arguments.has("cold")) {
        settings.templates = false;
    }
    const auto given = [&](std::string_view option, const char* variable) {
        return choose(option, arguments.value(option), variable, env(variable));
    };
    if (arguments.values("kernel").size() > 1) {
        return fail(ErrorKind::usage, "--kernel is given more than once; one program has one");
    }
    if (const auto kernel = given("kernel", "KTSTR_KERNEL")) {
        settings.kernel = *kernel;
    }
    if (const auto machine = given("machine", "KTSTR_MACHINE")) {
        settings.machine = *machine;
    }
    if (arguments.has("cpus") && arguments.has("topology")) {
        return fail(ErrorKind::usage, "--cpus and --topology exclude each other");
    }
    if (const auto cpus = arguments.value("cpus")) {
        if (!parse_u64(*cpus)) {
            return fail(ErrorKind::usage, "--cpus `" + *cpus + "` is not a number");
        }
        TRY_ASSIGN(settings.topology, Topology::parse(*cpus), "--cpus " + *cpus);
    }
    if (const auto topology = arguments.value("topology")) {
        TRY_ASSIGN(settings.topology, Topology::parse(*topology), "--topology " + *topology);
    }
    if (const auto memory = arguments.value("memory")) {
        const auto size = parse_size(*memory, 1 << 20);
        if (!size || *size < machine::minimum_memory) {
            return fail(
                Error(ErrorKind::usage, "--memory `" + *memory + "` is not a size of 128M or more")
                    .hint("for example --memory 512M or --memory 2G"));
        }
        settings.memory = *size;
    }
    return settings;
}

Result<session::Program> new_program(const cli::Arguments& arguments,
                                     config::TestSettings settings) {
    session::Program program;
    program.settings = std::move(settings);
    program.library_path = env("LD_LIBRARY_PATH").value_or("");
    for (const auto& name : arguments.values("include")) {
        std::error_code error;
        const auto path = fs::absolute(name, error);
        if (error || !fs::exists(path, error)) {
            return fail(ErrorKind::usage, "--include " + name + ": there is no such file");
        }
        if (fs::is_regular_file(path, error) && ::access(path.c_str(), X_OK) == 0) {
            program.helpers.push_back(path);
        } else {
            program.files.push_back(path);
        }
    }
    return program;
}

Result<int> run_in_vm(session::Program program, std::optional<wire::Terminal> terminal) {
    const auto& kernel = program.settings.kernel;
    TRY_ASSIGN(auto entry, resolve_or_make(kernel));
    program.settings.kernel =
        planner::name_for_runners({.spec = kernel, .entry = std::move(entry)});
    TRY_ASSIGN(auto prepared, session::prepare(program));
    say_verbose("kernel " + prepared.kernel.key + ", " + prepared.request.machine.reason);
    prepared.request.job.terminal = terminal;
    prepared.request.input = session::StandardInput::relay;
    prepared.request.output = {.head = 0, .tail = 0};
    const auto outcome = session::run(std::move(prepared.request));
    const auto& record = outcome.record;
    for (const auto& note : record.notes) {
        say(note);
    }
    using sidecar::Reason;
    if (record.reason != Reason::none && record.reason != Reason::exit_code &&
        record.reason != Reason::signal) {
        if (outcome.diagnosis) {
            say("{}", session::render(*outcome.diagnosis));
        }
        say("{}", record.headline);
        if (!record.scheduler_log.empty()) {
            say("the scheduler's output:\n" + record.scheduler_log);
        }
        if (!record.scheduler_dump.empty()) {
            say("the kernel's exit dump:\n" + record.scheduler_dump);
        }
        if (!record.console_tail.empty()) {
            say("last lines of the guest's console:\n" + record.console_tail);
        }
    }
    return record.exit_code;
}

} // namespace ktstr::commands
