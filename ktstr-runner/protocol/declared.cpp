#include "ktstr-runner/protocol/declared.hpp"

#include "ktstr-runner/base/cache_dir.hpp"
#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/config/env_keys.hpp"
#include "ktstr-runner/config/name_matcher.hpp"
#include "ktstr-runner/protocol/attempt_record.hpp"
#include "ktstr-runner/protocol/declared_scheduler.hpp"
#include "ktstr-runner/variants/describe.hpp"
#include "ktstr-runner/variants/kernels.hpp"
#include "ktstr-runner/variants/scheduler_build.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace ktstr::protocol {

namespace {

namespace fs = std::filesystem;
using variants::SchedulerSource;

constexpr std::uint64_t mib = 1ULL << 20;
constexpr std::uint64_t least_memory = 256 * mib;
constexpr std::uint64_t memory_per_vcpu = 64 * mib;

bool is_set(std::span<const std::string> environment, std::string_view name) {
    return std::ranges::any_of(environment, [&](std::string_view entry) {
        return entry.starts_with(name) && entry.substr(name.size()).starts_with('=');
    });
}

bool is_loaded(const variants::Scheduler& scheduler) {
    return scheduler.source == SchedulerSource::discover ||
           scheduler.source == SchedulerSource::path;
}

Result<session::Expectations> expectations_of(const Declared& declared) {
    const auto& test = declared.test;
    if (test.error_matches) {
        TRY(config::NameMatcher::regex(*test.error_matches), "expect_scx_bpf_error_matches");
    }
    return session::Expectations{.verdict = true,
                                 .scheduler = declared.attaches(),
                                 .allow_inconclusive = test.allow_inconclusive,
                                 .expect_err = test.expect_err,
                                 .error_contains = test.error_contains,
                                 .error_matches = test.error_matches};
}

Result<> add_files(const variants::Test& test, session::Program& program) {
    for (const auto& name : test.extra_files) {
        const auto host = fs::path(test.manifest_dir) / name; // `/x` stays `/x`
        std::error_code error;
        if (!fs::is_regular_file(host, error)) {
            return fail(ErrorKind::usage,
                        "`extra_include_files`: " + host.string() + " is not a file");
        }
        program.guest_files.push_back(
            {.host = host, .guest = session::include_directory / host.filename()});
    }
    return {};
}

// The test cannot know where their programs are: it gives back what it finds here
// (docs/design/scheduler-tests.md, "Setup and job").
Result<> add_staged(const Declared& declared, const FindProgram& find, session::Program& program) {
    auto known = Json::object();
    for (const auto& scheduler : declared.staged) {
        if (scheduler.source == SchedulerSource::discover && env("KTSTR_SCHEDULER")) {
            return fail(Error(ErrorKind::usage,
                              "KTSTR_SCHEDULER names one scheduler, and the test has several (" +
                                  scheduler.name + ", staged)")
                            .hint("unset it for this test"));
        }
        fs::path loader;
        if (is_loaded(scheduler)) {
            TRY_ASSIGN(loader, find(scheduler));
            program.helpers.push_back(loader);
        }
        if (!scheduler.kernel_arguments.empty() || !scheduler.sysctls.empty()) {
            return fail(Error(ErrorKind::usage,
                              "the staged scheduler " + scheduler.name +
                                  " wants `kargs` or `sysctls`, and the machine has those of the "
                                  "test's own scheduler")
                            .hint("give them to the test's scheduler"));
        }
        auto test = declared.test; // its config and arguments are for its own scheduler
        test.config.reset();
        test.extra_arguments.clear();
        TRY_ASSIGN(const auto made, make_scheduler(scheduler, test, loader, program));
        TRY_ASSIGN(known[scheduler.id], parse_json(wire::dump(made)));
    }
    if (!known.empty()) {
        program.environment.push_back("KTSTR_STAGED_SCHEDULERS=" + print_json(known));
    }
    return {};
}

} // namespace

Result<std::optional<variants::Declarations>> declarations_in(const fs::path& binary) {
    TRY_ASSIGN(const auto cache, cache_dir());
    return variants::declarations_of(binary, host::FactCache(cache));
}

Declared declared_in(const variants::Declarations& declarations, const variants::Test& test) {
    Declared out{.test = test, .scheduler = {}, .staged = {}};
    if (test.scheduler) {
        out.scheduler = *declarations.scheduler_with(*test.scheduler); // checked when parsed
    }
    for (const auto& id : test.staged_schedulers) {
        out.staged.push_back(*declarations.scheduler_with(id));
    }
    return out;
}

namespace {

// Two files that would be one in the guest: one of them would be gone without a word.
Result<> check_guest_files(const session::Program& program) {
    std::map<fs::path, fs::path> seen;
    for (const auto& file : program.guest_files) {
        const auto [place, fresh] = seen.emplace(file.guest, file.host);
        if (!fresh && place->second != file.host) {
            return fail(Error(ErrorKind::usage,
                              place->second.string() + " and " + file.host.string() +
                                  " would both be " + file.guest.string() + " in the guest")
                            .hint("give one of them another name"));
        }
    }
    for (const auto& text : program.guest_texts) {
        if (const auto other = seen.find(text.guest); other != seen.end()) {
            return fail(ErrorKind::usage,
                        "the test's `config` and " + other->second.string() + " would both be " +
                            text.guest.string() + " in the guest");
        }
    }
    return {};
}

} // namespace

Result<> choose_variant(const variants::Cell* cell, Declared& declared) {
    auto* const scheduler = declared.scheduler ? &*declared.scheduler : nullptr;
    if (cell != nullptr) {
        return variants::put_into(*cell, declared.test, scheduler);
    }
    if (scheduler != nullptr) {
        variants::put_required_flags(declared.test, *scheduler);
    }
    return {};
}

Result<> apply_declaration(const Declared& declared,
                           std::span<const std::string> environment,
                           config::TestSettings& settings) {
    settings.topology = declared.test.topology;
    if (declared.test.deterministic) {
        settings.deterministic = true;
        settings.machine = "det";
    }
    TRY(config::apply_environment(environment, settings));
    const auto& topology = settings.topology;
    const auto why = variants::why_not_on(declared.test.constraints, topology);
    if (why && topology != declared.test.topology) { // the crate has checked its own
        return fail(Error(ErrorKind::usage,
                          fmt::format("the test does not run on {}: {}", topology.text(), *why))
                        .hint("take KTSTR_TOPOLOGY away, or give it one that the test allows"));
    }
    if (!is_set(environment, "KTSTR_MEMORY")) {
        settings.memory = std::max({declared.test.memory_mib * mib,
                                    least_memory,
                                    settings.topology.vcpus() * memory_per_vcpu});
    }
    return {};
}

namespace {

std::vector<const variants::Scheduler*> schedulers_of(const Declared& declared) {
    std::vector<const variants::Scheduler*> all;
    if (declared.scheduler) {
        all.push_back(&*declared.scheduler);
    }
    for (const auto& staged : declared.staged) {
        all.push_back(&staged);
    }
    return all;
}

} // namespace

bool is_of_some_kernels(const Declared& declared) {
    return variants::are_of_some_kernels(schedulers_of(declared));
}

Result<std::optional<std::string>> why_not_on(const Declared& declared,
                                              const store::Entry& kernel) {
    TRY_ASSIGN(auto why, variants::why_not_on(schedulers_of(declared), kernel));
    return why ? std::optional("SKIP: " + *why) : std::nullopt;
}

FindProgram find_or_build(const fs::path& test_binary, Deadline deadline) {
    return [test_binary, deadline](const variants::Scheduler& scheduler) -> Result<fs::path> {
        TRY_ASSIGN(auto found,
                   variants::find_scheduler(
                       scheduler, {.environment = environment(), .test_binary = test_binary}));
        if (found && found->named) {
            return std::move(found->program);
        }
        variants::BuildPlace place{.run_directory = {},
                                   .run = env("NEXTEST_RUN_ID").value_or(""),
                                   .output = variants::cargo_output_of(test_binary),
                                   .deadline = deadline};
        if (!place.run.empty()) {
            TRY_ASSIGN(place.run_directory, record_directory(test_binary));
        }
        TRY_ASSIGN(auto built, variants::build_scheduler(scheduler, place));
        if (built) {
            return std::move(*built);
        }
        if (found) {
            return std::move(found->program);
        }
        return fail(Error(ErrorKind::usage,
                          "the scheduler `" + scheduler.binary +
                              "` is no program of the test's workspace, and neither beside the "
                              "test nor in $PATH")
                        .hint("set KTSTR_SCHEDULER=/path/to/" + scheduler.binary));
    };
}

Result<>
add_declaration(const Declared& declared, const FindProgram& find, session::Program& program) {
    const auto& test = declared.test;
    program.engine = true;
    program.performance_mode = test.performance_mode;
    TRY_ASSIGN(program.expectations, expectations_of(declared));
    TRY(add_files(test, program));
    if (!declared.attaches() && program.expectations.error()) {
        return fail(ErrorKind::usage,
                    "the test expects an error of a scheduler, but declares none");
    }
    if (declared.scheduler) {
        program.kernel_arguments = declared.scheduler->kernel_arguments;
        program.sysctls = declared.scheduler->sysctls;
    }
    if (declared.attaches()) {
        const auto& scheduler = *declared.scheduler;
        session::SchedulerUnderTest under_test;
        if (is_loaded(scheduler)) {
            TRY_ASSIGN(under_test.program, find(scheduler));
        }
        TRY_ASSIGN(under_test.scheduler,
                   make_scheduler(scheduler, test, under_test.program, program));
        under_test.in_setup =
            program.settings.templates && !test.fresh_attach && !program.expectations.error();
        program.scheduler = std::move(under_test);
    }
    TRY(add_staged(declared, find, program));
    return check_guest_files(program);
}

} // namespace ktstr::protocol
