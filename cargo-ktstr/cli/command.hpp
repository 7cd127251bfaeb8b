// A command as data: what help prints, what the parser accepts, and the function behind it.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace ktstr::cli {

struct Option {
    std::string_view heading;  // options of one heading stand together
    std::string_view name;     // without dashes
    char letter = '\0';        // '\0': none
    std::string_view value;    // "SPEC"; empty: a flag
    std::string_view help;     // a sentence
    std::string_view fallback; // shown as [default: ...]
    std::string_view env;      // shown as [env: ...]
};

// What the words behind `--` are.
enum class Rest {
    none,    // there are none
    nextest, // options and filters of nextest, passed on untouched
    program, // a program and its arguments
    all,     // all that follows the command's name, as if a `--` stood there
};

struct Example {
    std::string_view text;
    std::string_view command; // without the program's name
};

inline constexpr std::size_t any_number = std::numeric_limits<std::size_t>::max();

// How a command line looks: all that help and the parser need.
struct Spec {
    std::string_view name;  // "test", "kernel build"
    std::string_view usage; // what follows the name
    std::string_view about; // sentences
    std::span<const Option> options;
    Rest rest = Rest::none;
    std::size_t positionals = 0; // at most
    std::span<const Example> examples;
};

using Run = Result<int> (*)(std::span<const std::string> arguments);

// Runs, stands for commands of its own, or both: then it runs where the next word is none of these.
struct Command {
    std::string_view name; // the word: "build" of `kernel build`
    std::string_view group;
    std::string_view summary; // one line
    const Spec* spec;
    Run run = nullptr;
    std::span<const Command> (*commands)() = nullptr;
};

// Options that every command has; the dispatcher takes them off before the command sees its
// arguments.
std::span<const Option> general_options();

} // namespace ktstr::cli
