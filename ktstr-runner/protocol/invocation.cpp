#include "ktstr-runner/protocol/invocation.hpp"

#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/config/env_keys.hpp"
#include "ktstr-runner/config/kernel_list.hpp"
#include "ktstr-runner/config/selection.hpp"
#include "ktstr-runner/config/test_start.hpp"
#include "ktstr-runner/protocol/arguments.hpp"
#include "ktstr-runner/protocol/host_only.hpp"
#include "ktstr-runner/protocol/list_variants.hpp"
#include "ktstr-runner/protocol/names.hpp"
#include "ktstr-runner/protocol/native.hpp"
#include "ktstr-runner/protocol/run_test.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace ktstr::protocol {

namespace {

constexpr std::string_view help_text = R"(ktstr-runner BIN ARGS...

Runs the test binary BIN as nextest's target runner: listings on the host, each test in a fresh
virtual machine. Set it for plain nextest with

    CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER=/path/to/ktstr-runner cargo nextest run

`cargo ktstr test` does that and plans the run as well. Machines, topologies and host-only tests are
configured in .config/ktstr.toml.
)";

// What a name of nextest's asks for. A test of the gauntlet is one of the crate's; others may have
// names that look like one.
struct Asked {
    std::string test; // as the binary and ktstr.toml know it
    const config::ListedKernel* kernel = nullptr;
    std::optional<variants::Cell> cell;
    std::optional<Declared> declared;
    std::optional<Error> problem; // the test's result, which stats must know of
};

Asked asked_by(const Exact& exact, std::span<const config::ListedKernel> kernels) {
    Asked asked;
    std::tie(asked.test, asked.kernel) = config::without_label(exact.test, kernels);
    const auto declarations = declarations_in(exact.argv.front());
    if (!declarations) {
        asked.problem = declarations.error();
        return asked;
    }
    if (!*declarations) {
        return asked;
    }
    if (auto found = variants::in_gauntlet(**declarations, asked.test)) {
        asked.test = std::move(found->test);
        asked.cell = std::move(found->cell);
    }
    if (const auto* const test = (*declarations)->test_named(asked.test)) {
        asked.declared = declared_in(**declarations, *test);
    }
    if (asked.declared) {
        const auto* const cell = asked.cell ? &*asked.cell : nullptr;
        if (auto chosen = choose_variant(cell, *asked.declared); !chosen) {
            asked.problem = std::move(chosen).error();
        }
    }
    return asked;
}

// Whether the binary itself lists a test of that name.
Result<bool> has_test(const std::string& binary, const std::string& name) {
    TRY_ASSIGN(const auto listing,
               run_answering({
                   .argv = {binary, "--list", "--format", "terse"}
    }));
    return ('\n' + listing.out).find('\n' + name + ": ") != std::string::npos;
}

// False: nobody asks how the test is started, but to run it.
Result<bool> tell_start(const Exact& exact) {
    TRY_ASSIGN(const auto file, config::tell_start_from(environment()));
    if (file) {
        TRY(write_file_atomically(*file,
                                  config::text_of({.cwd = std::filesystem::current_path(),
                                                   .argv = exact.argv,
                                                   .environment = environment()})));
    }
    return file.has_value();
}

// A variant has its kernel's label, and what it is in the gauntlet, in its name, for nextest and in
// the results.
Result<int> serve_exact(const Exact& exact, Clock::time_point start) {
    TRY_ASSIGN(const auto kernels, config::kernel_list_from(environment()));
    auto asked = asked_by(exact, kernels);
    auto& [test, kernel, cell, declared, problem] = asked;
    auto names = identify(environment(), exact.argv.front(), test);
    TRY_ASSIGN(auto settings, settings_of(names));
    auto argv = exact.argv;
    // One that runs on the host was listed as it is, whatever its name looks like.
    const auto host_reason =
        host_only(names, argv.front(), settings, declared ? &declared->test : nullptr);
    const bool boots = !host_reason;
    if (declared && boots) {
        if (auto applied = apply_declaration(*declared, environment(), settings); !applied) {
            problem = std::move(applied).error();
        } else if (cell && settings.topology != declared->test.topology) {
            problem = Error(ErrorKind::usage,
                            fmt::format("KTSTR_TOPOLOGY is {}, and the test's name says {}",
                                        settings.topology.text(),
                                        cell->preset))
                          .hint("take KTSTR_TOPOLOGY away");
        }
    }
    names.test = exact.test;
    if (declared && !declared->test.ignore) { // nextest says so of all that was listed as ignored
        std::erase(argv, "--ignored");
    }
    variants::VariantName variant{.test = test, .cell = cell};
    if (!boots && kernel != nullptr) { // the binary knows one of the names
        TRY_ASSIGN(const bool as_it_is, has_test(argv.front(), exact.test));
        if (as_it_is) {
            variant.test = exact.test;
        } else {
            std::ranges::replace(argv.begin() + 1, argv.end(), exact.test, test);
        }
    }
    if (boots) {
        std::ranges::replace(argv.begin() + 1, argv.end(), exact.test, test);
        settings.kernel = kernel != nullptr ? kernel->kernel : settings.kernel;
    }
    return run_test({.argv = std::move(argv),
                     .names = names,
                     .variant = std::move(variant),
                     .settings = settings,
                     .declared = std::move(declared),
                     .host_reason = host_reason,
                     .problem = std::move(problem),
                     .start = start});
}

Result<int> serve_program(const PassThrough& program, Clock::time_point start) {
    const auto names = identify(environment(), program.argv.front(), "");
    TRY_ASSIGN(auto settings, settings_of(names));
    TRY_ASSIGN(settings.host_only, binary_host_only(names));
    if (host_only(names, program.argv.front(), settings)) {
        return fail(exec_natively(program.argv));
    }
    return run_program({.argv = program.argv,
                        .names = names,
                        .variant = {},
                        .settings = settings,
                        .declared = {},
                        .host_reason = {},
                        .problem = {},
                        .start = start});
}

} // namespace

Result<int> serve(std::span<const std::string> arguments, Clock::time_point start) {
    TRY_ASSIGN(const auto level, config::log_level_from(environment()));
    set_log_level(level);
    TRY_ASSIGN(const auto request, parse_arguments(arguments));
    if (const auto* list = std::get_if<List>(&request)) {
        TRY_ASSIGN(const auto kernels, config::kernel_list_from(environment()));
        TRY_ASSIGN(const auto gauntlet, config::gauntlet_from(environment()));
        TRY_ASSIGN(const auto selection,
                   config::selection_from(environment(), env("NEXTEST_BINARY_ID").value_or("")));
        return list_tests(list->argv, kernels, gauntlet, selection);
    }
    if (const auto* exact = std::get_if<Exact>(&request)) {
        TRY_ASSIGN(const bool told, tell_start(*exact));
        if (told) {
            return 0;
        }
        return serve_exact(*exact, start);
    }
    if (const auto* program = std::get_if<PassThrough>(&request)) {
        return serve_program(*program, start);
    }
    const bool version = std::holds_alternative<Version>(request);
    TRY(write_all(STDOUT_FILENO, version ? "ktstr-runner " KTSTR_VERSION "\n" : help_text));
    return 0;
}

} // namespace ktstr::protocol
