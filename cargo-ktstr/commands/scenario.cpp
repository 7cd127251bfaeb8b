#include "cargo-ktstr/commands/scenario.hpp"

#include "cargo-ktstr/commands/vm_program.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/config/guest_environment.hpp"

#include <algorithm>
#include <array>

namespace ktstr::commands {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_scenario = std::size_t{16} << 20; // what the engine takes

constexpr cli::Option scheduler_option{
    .heading = "Scheduler",
    .name = "scheduler",
    .value = "CMD",
    .help = "A sched_ext scheduler to attach first: its program and arguments, split at blanks.",
    .fallback = "none: EEVDF"};

constexpr auto options = [] {
    std::array<cli::Option, machine_options.size() + 1> out{scheduler_option};
    std::ranges::copy(machine_options, out.begin() + 1);
    return out;
}();

constexpr std::array examples{
    cli::Example{.text = "A workload on eight processors in two LLCs:",
                 .command = "scenario --topology 1n2l4c1t load.json"                    },
    cli::Example{.text = "The same under a scheduler:",
                 .command = "scenario --scheduler \"target/debug/scx_foo -v\" load.json"},
};

// What can be told before a machine is made; the rest says the engine.
Result<fs::path> checked_scenario(const std::string& name) {
    std::error_code error;
    auto path = fs::absolute(name, error);
    if (error || !fs::is_regular_file(path, error)) {
        return fail(ErrorKind::usage, name + " is not a file");
    }
    TRY_ASSIGN(const auto text, read_file(path, largest_scenario));
    const auto json = parse_json(text);
    if (!json) {
        return fail(ErrorKind::usage, name + ": " + json.error().one_line());
    }
    if (!json->is_object() || !json->contains("scenario")) {
        return fail(Error(ErrorKind::usage, name + " is not a scenario")
                        .hint("a scenario is a JSON object with `\"scenario\": 1`"));
    }
    return path;
}

Result<session::SchedulerUnderTest> scheduler_of(const std::string& command,
                                                 const session::Program& program) {
    std::vector<std::string> words;
    for (auto& word : split(command, ' ')) {
        if (!word.empty()) {
            words.push_back(std::move(word));
        }
    }
    const auto path = words.empty() ? std::nullopt : find_program(words.front());
    if (!path) {
        return fail(ErrorKind::usage, "--scheduler `" + command + "`: there is no such program");
    }
    session::SchedulerUnderTest out{
        .scheduler = {}, .program = fs::absolute(*path), .in_setup = program.settings.templates};
    words.front() = out.program.string();
    out.scheduler.name = out.program.filename().string();
    out.scheduler.argv = std::move(words);
    out.scheduler.attach_limit_ms = session::attach_limit(program.settings.topology).count();
    out.scheduler.environment = config::guest_environment({}, "/");
    return out;
}

} // namespace

const cli::Spec scenario_spec{
    .name = "scenario",
    .usage = "[OPTIONS] FILE.json",
    .about = "Runs the workload of a file in a fresh VM and prints what was measured as JSON. Exit "
             "code 0 when its checks hold, 1 when they do not or the scheduler left, 3 when it "
             "could not be told.",
    .options = options,
    .positionals = 1,
    .examples = examples,
};

Result<int> scenario_command(std::span<const std::string> arguments) {
    TRY_ASSIGN(const auto parsed, cli::parse(scenario_spec, arguments));
    if (parsed.positionals().empty()) {
        return fail(Error(ErrorKind::usage, "there is no scenario to run")
                        .hint("name its file: ktstr scenario load.json"));
    }
    TRY_ASSIGN(const auto file, checked_scenario(parsed.positionals().front()));
    TRY_ASSIGN(auto settings, machine_settings(parsed, "ktstr-scenario"));
    TRY_ASSIGN(auto program, new_program(parsed, std::move(settings)));
    program.argv = {"ktstr-scenario", file.string()};
    program.from_userland = true;
    program.cwd = "/root";
    program.environment = config::guest_environment(environment(), "/root");
    program.files.push_back(file);
    program.engine = true;
    if (const auto command = parsed.value("scheduler")) {
        TRY_ASSIGN(program.scheduler, scheduler_of(*command, program));
        program.expectations.scheduler = true;
    }
    return run_in_vm(program, std::nullopt);
}

} // namespace ktstr::commands
