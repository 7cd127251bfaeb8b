#include "cargo-ktstr/commands/run.hpp"

#include "cargo-ktstr/commands/vm_program.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/config/guest_environment.hpp"

#include <array>

namespace ktstr::commands {

namespace {

constexpr std::array examples{
    cli::Example{.text = "The kernel's own word on eight processors in two LLCs:",
                 .command = "run --topology 1n2l4c1t -- lscpu"},
    cli::Example{.text = "Input and output are relayed, the exit code is the program's:",
                 .command = "run -- sort < names.txt"         },
};

} // namespace

const cli::Spec run_spec{
    .name = "run",
    .usage = "[OPTIONS] -- PROGRAM [ARGS]...",
    .about = "Runs a program of this host in a fresh VM, with the shared libraries it needs at the "
             "paths they "
             "have here. Its exit code is ours; a death by signal is 128 + signal.",
    .options = machine_options,
    .rest = cli::Rest::program,
    .examples = examples,
};

Result<int> run_command(std::span<const std::string> arguments) {
    TRY_ASSIGN(const auto parsed, cli::parse(run_spec, arguments));
    if (parsed.rest().empty()) {
        return fail(Error(ErrorKind::usage, "there is no program to run")
                        .hint("put it behind `--`: ktstr run -- uname -a"));
    }
    const auto& name = parsed.rest().front();
    const auto path = find_program(name);
    if (!path) {
        return fail(ErrorKind::usage, "cannot find the program `" + name + "`");
    }
    TRY_ASSIGN(auto settings, machine_settings(parsed, name));
    TRY_ASSIGN(auto program, new_program(parsed, std::move(settings)));
    program.argv = parsed.rest();
    program.argv.front() = std::filesystem::absolute(*path).string();
    program.cwd = std::filesystem::current_path();
    program.environment = config::guest_environment(environment(), program.cwd.string());
    return run_in_vm(program, std::nullopt);
}

} // namespace ktstr::commands
