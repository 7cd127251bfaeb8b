#include "cargo-ktstr/commands/shell.hpp"

#include "cargo-ktstr/commands/raw_terminal.hpp"
#include "cargo-ktstr/commands/vm_program.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/config/guest_environment.hpp"

#include <array>

namespace ktstr::commands {

namespace {

constexpr std::array examples{
    cli::Example{.text = "Look around on two NUMA nodes:",        .command = "shell --topology 2n2l2c1t"},
    cli::Example{.text = "Without a terminal it reads a script:", .command = "shell < script.sh"        },
};

} // namespace

const cli::Spec shell_spec{
    .name = "shell",
    .usage = "[OPTIONS]",
    .about = "Gives a shell in a fresh VM (busybox). On a terminal it is interactive; otherwise it "
             "reads "
             "commands from stdin. The exit code is the shell's.",
    .options = machine_options,
    .examples = examples,
};

Result<int> shell_command(std::span<const std::string> arguments) {
    TRY_ASSIGN(const auto parsed, cli::parse(shell_spec, arguments));
    TRY_ASSIGN(auto settings, machine_settings(parsed, "sh"));
    TRY_ASSIGN(auto program, new_program(parsed, std::move(settings)));
    program.argv = {"/bin/busybox", "sh"};
    program.from_userland = true;
    program.cwd = "/root";
    program.environment = config::guest_environment(environment(), "/root");
    program.environment.emplace_back("PS1=ktstr:\\w\\$ ");
    const auto terminal = RawTerminal::size();
    if (!terminal) {
        return run_in_vm(program, std::nullopt);
    }
    say("a fresh VM is being made; leave it with `exit` or Ctrl-D");
    TRY_ASSIGN(const auto raw, RawTerminal::enter());
    return run_in_vm(program, terminal);
}

} // namespace ktstr::commands
