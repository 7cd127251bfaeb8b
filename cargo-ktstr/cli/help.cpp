#include "cargo-ktstr/cli/help.hpp"

#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <vector>

namespace ktstr::cli {

namespace {

constexpr std::size_t columns = 100;

constexpr auto general = std::to_array<Option>({
    {.heading = "General options",
     .name = "verbose",
     .letter = 'v',
     .help = "Say more, and where errors came up."                                          },
    {.heading = "General options",
     .name = "quiet",
     .letter = 'q',
     .help = "Say nothing but errors."                                                      },
    {.heading = "General options", .name = "help", .letter = 'h', .help = "Print this help."},
});

constexpr char unbreakable = '\x1f'; // a blank at which a line is not broken

// `text` wrapped, each line after the first begun with `indent` blanks.
std::string wrap(std::string_view text, std::size_t indent) {
    std::string out;
    std::size_t at = indent;
    for (const auto& word : split(text, ' ')) {
        if (at > indent && at + 1 + word.size() > columns) {
            out += "\n" + std::string(indent, ' ');
            at = indent;
        } else if (at > indent) {
            out += ' ';
            ++at;
        }
        out += word;
        at += word.size();
    }
    std::ranges::replace(out, unbreakable, ' ');
    return out;
}

std::string left_side(const Option& option) {
    const auto letter =
        option.letter == '\0' ? std::string("    ") : fmt::format("-{}, ", option.letter);
    const auto value = option.value.empty() ? "" : fmt::format(" {}", option.value);
    return fmt::format("{}--{}{}", letter, option.name, value);
}

std::string right_side(const Option& option) {
    std::string text(option.help);
    if (!option.fallback.empty()) {
        text += fmt::format(" [default:{}{}]", unbreakable, option.fallback);
    }
    if (!option.env.empty()) {
        text += fmt::format(" [env:{}{}]", unbreakable, option.env);
    }
    return text;
}

std::vector<Option> all_options(const Spec& spec) {
    std::vector<Option> all(spec.options.begin(), spec.options.end());
    all.insert(all.end(), general.begin(), general.end());
    return all;
}

std::string option_lines(const Spec& spec) {
    const auto all = all_options(spec);
    std::size_t width = 0;
    for (const auto& option : all) {
        width = std::max(width, left_side(option).size());
    }
    std::string out;
    std::string_view heading;
    for (const auto& option : all) {
        if (option.heading != heading) {
            heading = option.heading;
            out += fmt::format("\n{}:\n", heading);
        }
        out += fmt::format(
            "  {:<{}}  {}\n", left_side(option), width, wrap(right_side(option), width + 4));
    }
    return out;
}

// The groups in order of first appearance.
std::vector<std::string_view> groups(std::span<const Command> commands) {
    std::vector<std::string_view> found;
    for (const auto& command : commands) {
        if (std::ranges::find(found, command.group) == found.end()) {
            found.push_back(command.group);
        }
    }
    return found;
}

std::string command_lines(std::span<const Command> commands) {
    std::size_t width = 0;
    for (const auto& command : commands) {
        width = std::max(width, command.name.size());
    }
    std::string out;
    for (const auto group : groups(commands)) {
        out += fmt::format("\n{}:\n", group);
        for (const auto& command : commands) {
            if (command.group == group) {
                out += fmt::format("  {:<{}}  {}\n", command.name, width, command.summary);
            }
        }
    }
    return out;
}

// Each command, and behind it those of its own.
std::vector<const Command*> with_nested(std::span<const Command> commands) {
    std::vector<const Command*> all;
    for (const auto& command : commands) {
        all.push_back(&command);
        if (command.commands != nullptr) {
            std::ranges::copy(with_nested(command.commands()), std::back_inserter(all));
        }
    }
    return all;
}

} // namespace

std::span<const Option> general_options() {
    return general;
}

std::string overview(std::string_view program, std::span<const Command> commands) {
    return fmt::format(
        "Usage: {0} COMMAND [OPTIONS]\n\n"
        "Runs Rust tests in virtual machines, each with the kernel and topology it asks for.\n"
        "{1}"
        "\n`{0} help COMMAND` tells more of a command; `{0} --version` prints the version.\n",
        program,
        command_lines(commands));
}

std::string help(std::string_view program, const Command& command) {
    const auto& spec = *command.spec;
    std::string out = fmt::format(
        "Usage: {} {}{}{}\n\n", program, spec.name, spec.usage.empty() ? "" : " ", spec.usage);
    for (const auto& paragraph : split(spec.about, '\n')) {
        out += wrap(paragraph, 0) + "\n";
    }
    if (command.commands != nullptr) {
        out += command_lines(command.commands());
    }
    out += option_lines(spec);
    if (!spec.examples.empty()) {
        out += "\nExamples:\n";
        for (const auto& example : spec.examples) {
            out += fmt::format("  {}\n      {} {}\n", example.text, program, example.command);
        }
    }
    return out;
}

std::string reference(std::span<const Command> commands) {
    const auto all = with_nested(commands);
    std::string out = "# Commands\n\nMade by `cargo ktstr help --markdown` from the tables that "
                      "the program itself reads.\n\n"
                      "| command | what it does |\n|---|---|\n";
    for (const auto* command : all) {
        out += fmt::format("| `{}` | {} |\n", command->spec->name, command->summary);
    }
    for (const auto* command : all) {
        out += fmt::format(
            "\n## {}\n\n```text\n{}```\n", command->spec->name, help("cargo ktstr", *command));
    }
    return out;
}

} // namespace ktstr::cli
