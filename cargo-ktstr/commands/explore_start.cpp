#include "cargo-ktstr/commands/explore_start.hpp"

#include "cargo-ktstr/commands/one_test.hpp"
#include "cargo-ktstr/commands/replay_run.hpp"
#include "cargo-ktstr/nextest/arguments.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <set>

namespace ktstr::commands {

namespace {

std::string whole_name(const nextest::Suite& suite, const nextest::TestCase& test) {
    return TestName{suite.binary_id, test.name}.whole();
}

} // namespace

Result<nextest::TestList> only_test(nextest::TestList list, const std::string& name) {
    using nextest::Suite;
    using nextest::TestCase;
    std::set<TestName> tests;
    for (const auto& suite : list.suites) {
        for (const auto& test : suite.tests) {
            tests.insert({suite.binary_id, test.name});
        }
    }
    TRY_ASSIGN(const auto found,
               one_test(name,
                        tests,
                        {.they = "test",
                         .named_by = "`cargo ktstr plan` names those that there are",
                         .other_way = ""}));
    for (auto& suite : list.suites) {
        std::erase_if(suite.tests, [&](const TestCase& test) {
            return TestName{suite.binary_id, test.name} != found;
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
    environment.set(config::tell_start_variable, file.string());
    TRY_ASSIGN(const auto ran,
               run_captured(
                   {.argv = nextest::with_last(command, this_test_once(suite.binary_id, test.name)),
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
