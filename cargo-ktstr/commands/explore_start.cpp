#include "cargo-ktstr/commands/explore_start.hpp"

#include "cargo-ktstr/commands/replay_run.hpp"
#include "cargo-ktstr/nextest/arguments.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>

namespace ktstr::commands {

namespace {

constexpr std::size_t tests_named = 8;

std::string whole_name(const nextest::Suite& suite, const nextest::TestCase& test) {
    return suite.binary_id + ' ' + test.name;
}

template <class Fits>
std::vector<std::string> names_of(const nextest::TestList& list, const Fits& fits) {
    std::vector<std::string> names;
    for (const auto& suite : list.suites) {
        for (const auto& test : suite.tests) {
            if (fits(suite, test)) {
                names.push_back(whole_name(suite, test));
            }
        }
    }
    return names;
}

Error none_called(const nextest::TestList& list, const std::string& name) {
    std::vector<std::string_view> known;
    for (const auto& suite : list.suites) {
        for (const auto& test : suite.tests) {
            known.push_back(test.name);
        }
    }
    const auto near = nearest(name, known);
    return Error(ErrorKind::usage, fmt::format("no test has `{}` in its name", to_utf8(name)))
        .hint(near ? "did you mean `" + *near + "`?"
                   : "`cargo ktstr plan` names those that there are");
}

Error several_called(const std::vector<std::string>& found, const std::string& name) {
    std::string all;
    for (std::size_t i = 0; i < std::min(found.size(), tests_named); ++i) {
        all += "\n  " + found[i];
    }
    if (found.size() > tests_named) {
        all += fmt::format("\n  and {} more", found.size() - tests_named);
    }
    return Error(ErrorKind::usage,
                 fmt::format(
                     "{} tests have `{}` in their names:{}", found.size(), to_utf8(name), all))
        .hint("name one of them, as 'BINARY NAME'");
}

} // namespace

Result<nextest::TestList> only_test(nextest::TestList list, const std::string& name) {
    using nextest::Suite;
    using nextest::TestCase;
    auto found = names_of(list, [&](const Suite& suite, const TestCase& test) {
        return test.name == name || whole_name(suite, test) == name;
    });
    if (found.empty()) {
        found = names_of(list, [&](const Suite& suite, const TestCase& test) {
            return whole_name(suite, test).find(name) != std::string::npos;
        });
    }
    if (found.empty()) {
        return fail(none_called(list, name));
    }
    if (found.size() > 1) {
        return fail(several_called(found, name));
    }
    for (auto& suite : list.suites) {
        std::erase_if(suite.tests, [&](const TestCase& test) {
            return whole_name(suite, test) != found.front();
        });
    }
    std::erase_if(list.suites, [](const Suite& suite) { return suite.tests.empty(); });
    auto& test = list.suites.front().tests.front();
    test.matches = true;
    test.mismatch.clear();
    return list;
}

Result<config::TestStart> learn_start(const nextest::TestList& list,
                                      std::span<const std::string> command,
                                      nextest::Environment environment,
                                      const std::filesystem::path& file) {
    const auto& suite = list.suites.front();
    const auto& test = suite.tests.front();
    const std::vector<std::string> chosen{"--filterset",
                                          filter_for(suite.binary_id, test.name),
                                          "--ignore-default-filter",
                                          "--run-ignored",
                                          "all",
                                          "--retries",
                                          "0"};
    environment.set(config::tell_start_variable, file.string());
    TRY_ASSIGN(const auto ran,
               run_captured({.argv = nextest::with_last(command, chosen),
                             .environment = environment.entries(),
                             .cwd = {},
                             .keep = {}}));
    std::error_code ignored;
    if (!ran.status.success() || !std::filesystem::exists(file, ignored)) {
        TRY(write_all(STDERR_FILENO, ran.err));
        return fail(ErrorKind::environment,
                    fmt::format("nextest does not start {}: {}",
                                whole_name(suite, test),
                                ran.status.describe()));
    }
    TRY_ASSIGN(const auto text, read_file(file, std::size_t{64} << 20));
    TRY_ASSIGN(auto start, config::parse_test_start(text));
    nextest::Environment told(std::move(start.environment));
    told.unset(config::tell_start_variable);
    start.environment = told.entries();
    return start;
}

} // namespace ktstr::commands
