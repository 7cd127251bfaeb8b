#include "cargo-ktstr/commands/maker.hpp"

#include "cargo-ktstr/commands/companion.hpp"
#include "cargo-ktstr/nextest/cargo.hpp"
#include "cargo-ktstr/nextest/environment.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/process.hpp"

namespace ktstr::commands {

namespace {

Result<std::vector<std::string>> command_line(std::span<const std::string> words) {
    TRY_ASSIGN(const auto program, companion("ktstr-kernel"));
    std::vector<std::string> argv{program.string(), "kernel"};
    argv.insert(argv.end(), words.begin(), words.end());
    if (log_level() == LogLevel::verbose) {
        argv.emplace_back("--verbose");
    } else if (log_level() == LogLevel::quiet) {
        argv.emplace_back("--quiet");
    }
    return argv;
}

} // namespace

Error become_maker(std::span<const std::string> words) {
    const auto argv = command_line(words);
    if (!argv) {
        return argv.error();
    }
    return nextest::become(*argv, nextest::Environment::inherited());
}

Result<std::string> ask_maker(std::span<const std::string> words) {
    TRY_ASSIGN(auto argv, command_line(words));
    TRY_ASSIGN(auto answer, run_answering({.argv = std::move(argv)}));
    if (!answer.status.success()) {
        return fail(ErrorKind::environment, "ktstr-kernel ended with " + answer.status.describe());
    }
    return std::move(answer.out);
}

} // namespace ktstr::commands
