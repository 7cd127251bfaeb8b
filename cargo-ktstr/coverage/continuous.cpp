#include "cargo-ktstr/coverage/continuous.hpp"

#include "cargo-ktstr/nextest/cargo.hpp"
#include "ktstr-runner/base/exit_code.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/process.hpp"

#include <algorithm>
#include <array>

namespace ktstr::coverage {

namespace {

constexpr const char* wrapper_variable = "RUSTC_WORKSPACE_WRAPPER";
constexpr const char* name_variable = "LLVM_PROFILE_FILE_NAME"; // cargo-llvm-cov's
constexpr std::string_view extension = ".profraw";

// A process that executes a program again, or another, has its number still: `%m` tells programs
// apart, and a pool of one file for each adds up what the same one counts.
constexpr std::string_view default_name = "ktstr-%p-%1m%c.profraw";

// What of cargo-llvm-cov's has instrumented code run that was not compiled here, as the workspace's
// Rust: it would count beside its file, or not at all.
struct Wider {
    std::string_view word;
    std::string_view what;
};

constexpr std::array wider{
    Wider{"--no-rustc-wrapper", "compiles all crates alike"},
    Wider{"--dep-coverage",     "covers other crates too"  },
    Wider{"--include-ffi",      "covers C too"             },
    Wider{"--archive-file",     "was built elsewhere"      },
    Wider{"--doctests",         "has rustdoc compile"      },
    Wider{"--doc",              "has rustdoc compile"      },
    Wider{"show-env",           "has others compile"       },
};

// The variable as Cargo reads it: an empty one is none; and ours, around a run in a run, is no
// other's.
std::optional<std::string> wrapper_of_others(const nextest::Environment& environment,
                                             const std::filesystem::path& self) {
    for (const char* const name : {wrapper_variable, "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER"}) {
        const auto value = environment.get(name).value_or("");
        if (!value.empty() && value != self.string()) {
            return name;
        }
    }
    return std::nullopt;
}

bool is_there(std::span<const std::string> arguments, std::string_view option) {
    const auto mine = arguments.first(
        static_cast<std::size_t>(std::ranges::find(arguments, "--") - arguments.begin()));
    return std::ranges::any_of(mine, [&](std::string_view word) {
        return word == option ||
               (word.starts_with(option) && word.substr(option.size()).starts_with('='));
    });
}

} // namespace

std::optional<std::string> why_not_continuous(std::span<const std::string> arguments,
                                              const nextest::Environment& environment,
                                              const std::filesystem::path& self) {
    for (const auto& [word, what] : wider) {
        if (is_there(arguments, word)) {
            return std::string(word) + " " + std::string(what);
        }
    }
    if (const auto name = wrapper_of_others(environment, self)) {
        return *name + " is set";
    }
    return std::nullopt;
}

void put_continuous(nextest::Environment& environment, const std::filesystem::path& self) {
    environment.set(wrapper_variable, self.string());
    environment.set(
        name_variable,
        continuous_name(environment.get(name_variable).value_or(std::string(default_name))));
}

std::string continuous_name(std::string pattern) {
    if (pattern.find("%c") == std::string::npos && pattern.ends_with(extension)) {
        pattern.insert(pattern.size() - extension.size(), "%c");
    }
    return pattern; // another ending cargo-llvm-cov refuses
}

bool is_rustc_wrapper(std::span<const char* const> argv) {
    const auto wrapper = env(wrapper_variable);
    return wrapper && argv.size() > 1 && *wrapper == argv[0] &&
           std::string_view(argv[1]) != "ktstr";
}

std::vector<std::string> with_relocation(std::vector<std::string> command) {
    const bool instruments = std::ranges::any_of(command, [](std::string_view word) {
        return word == "instrument-coverage" || word == "-Cinstrument-coverage";
    });
    if (instruments) {
        command.insert(command.end(), {"-C", "llvm-args=-runtime-counter-relocation"});
    }
    return command;
}

int become_rustc(std::span<const char* const> argv) {
    const auto command = with_relocation({argv.begin() + 1, argv.end()});
    const auto error = nextest::become(command, nextest::Environment(environment()));
    say("{}", error.one_line());
    return static_cast<int>(exit_code_of(error.kind()));
}

} // namespace ktstr::coverage
