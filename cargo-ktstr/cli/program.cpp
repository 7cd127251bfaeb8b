#include "cargo-ktstr/cli/program.hpp"

#include "cargo-ktstr/cli/help.hpp"
#include "ktstr-runner/base/exit_code.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <exception>
#include <filesystem>

namespace ktstr::cli {

namespace {

using Words = std::vector<std::string>;

Result<int> print(std::string_view text) {
    TRY(write_all(STDOUT_FILENO, text), "cannot write to stdout");
    return 0;
}

// Takes a general option off the words before `--`.
bool take(Words& words, std::string_view name, std::string_view letter) {
    const auto end = std::ranges::find(words, "--");
    const auto removed = std::remove_if(
        words.begin(), end, [&](const auto& word) { return word == name || word == letter; });
    const bool found = removed != end;
    words.erase(removed, end);
    return found;
}

// What follows a command that passes all on is not ours to look at.
void set_apart_what_is_passed_on(Words& words, std::span<const Command> commands) {
    const auto name =
        std::ranges::find_if(words, [](const auto& word) { return !word.starts_with('-'); });
    const auto end = std::ranges::find(words, "--");
    if (name >= end) {
        return;
    }
    const auto command = std::ranges::find(commands, std::string_view(*name), &Command::name);
    if (command != commands.end() && command->spec->rest == Rest::all) {
        words.insert(name + 1, "--");
    }
}

// `program` is what the word follows: "cargo ktstr", "cargo ktstr kernel".
Result<const Command*>
find_command(const std::string& name, std::string_view program, std::span<const Command> commands) {
    const auto found = std::ranges::find(commands, std::string_view(name), &Command::name);
    if (found != commands.end()) {
        return &*found;
    }
    Error error(ErrorKind::usage,
                fmt::format("unknown {} `{}`", name.starts_with('-') ? "option" : "command", name));
    std::vector<std::string_view> names{"help"};
    for (const auto& command : commands) {
        names.push_back(command.name);
    }
    if (const auto near = nearest(name, names)) {
        return fail(std::move(error).hint(fmt::format("did you mean `{} {}`?", program, *near)));
    }
    return fail(std::move(error).hint(fmt::format("`{} help` lists the commands", program)));
}

// Where a command line leads.
struct Target {
    const Command* command = nullptr; // null: the program itself
    bool help = false;                // the word `help` was there
    Words arguments;
};

bool has_commands(const Command* command) {
    return command == nullptr || command->commands != nullptr;
}

// Whether the word is for a command that can do without one of its own.
bool is_argument(const Command* command, const std::string& word) {
    if (command == nullptr || command->run == nullptr) {
        return false;
    }
    if (!word.starts_with('-') && command->spec->positionals == 0) {
        return false; // it can be nothing else than a command
    }
    return std::ranges::find(command->commands(), std::string_view(word), &Command::name) ==
           command->commands().end();
}

// Goes from command to command of its own, as the words say.
Result<Target> find_target(const Invocation& invocation, std::span<const Command> commands) {
    Target target;
    auto program = invocation.program;
    auto word = invocation.arguments.begin();
    for (; word != invocation.arguments.end() && has_commands(target.command); ++word) {
        if (*word == "help") {
            target.help = true;
            continue;
        }
        if (is_argument(target.command, *word)) {
            break;
        }
        TRY_ASSIGN(target.command, find_command(*word, program, commands));
        program += " " + *word;
        commands = target.command->commands == nullptr ? std::span<const Command>{}
                                                       : target.command->commands();
    }
    target.arguments.assign(word, invocation.arguments.end());
    return target;
}

} // namespace

Invocation read_invocation(std::span<const char* const> argv) {
    Words words(argv.begin(), argv.end());
    Invocation invocation{.program = "cargo ktstr"};
    if (words.empty()) {
        return invocation;
    }
    const auto name = std::filesystem::path(words.front()).filename();
    words.erase(words.begin());
    if (name == "ktstr") {
        invocation.program = "ktstr";
    } else if (!words.empty() && words.front() == "ktstr") {
        words.erase(words.begin());
    }
    invocation.arguments = std::move(words);
    return invocation;
}

Result<int> dispatch(Invocation invocation, std::span<const Command> commands) {
    auto& words = invocation.arguments;
    set_apart_what_is_passed_on(words, commands);
    if (take(words, "--verbose", "-v")) {
        set_log_level(LogLevel::verbose);
    }
    if (take(words, "--quiet", "-q")) {
        set_log_level(LogLevel::quiet);
    }
    const bool wants_help = take(words, "--help", "-h");
    if (!words.empty() && (words.front() == "--version" || words.front() == "-V")) {
        return print("ktstr " KTSTR_VERSION "\n");
    }
    if (words.size() == 2 && words.front() == "help" && words.back() == "--markdown") {
        return print(reference(commands));
    }
    TRY_ASSIGN(const auto target, find_target(invocation, commands));
    const bool asked = wants_help || target.help;
    if (!asked && target.command != nullptr && target.command->run != nullptr) {
        return target.command->run(target.arguments);
    }
    const auto text = target.command == nullptr ? overview(invocation.program, commands)
                                                : help(invocation.program, *target.command);
    if (asked) {
        return print(text);
    }
    TRY(write_all(STDERR_FILENO, text)); // a command is missing
    return static_cast<int>(ExitCode::usage);
}

std::string error_text(const Error& error) {
    auto text = error.render();
    if (log_level() == LogLevel::verbose) {
        for (auto frame = error.frames().rbegin(); frame != error.frames().rend(); ++frame) {
            text += fmt::format("  at {}:{}: {}\n", frame->file, frame->line, frame->message);
        }
    }
    return text;
}

int run_program(std::span<const char* const> argv, std::span<const Command> commands) {
    Result<int> result = 0;
    try {
        result = dispatch(read_invocation(argv), commands);
    } catch (const std::exception& exception) {
        result = fail(Error(ErrorKind::internal, exception.what())
                          .context("an assumption of ktstr did not hold"));
    }
    if (result) {
        return *result;
    }
    [[maybe_unused]] const auto written = write_all(STDERR_FILENO, error_text(result.error()));
    return exit_code_of(result.error().kind());
}

} // namespace ktstr::cli
