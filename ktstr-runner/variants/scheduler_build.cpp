#include "ktstr-runner/variants/scheduler_build.hpp"

#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/base/lock.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/host/fact_cache.hpp"

#include <algorithm>
#include <thread>

namespace ktstr::variants {

namespace {

namespace fs = std::filesystem;
using Built = std::optional<fs::path>;

// A first build of a large scheduler takes minutes; the test's own limit, if it has one, comes
// before this.
constexpr auto build_limit = std::chrono::minutes{30};
constexpr auto look_interval = std::chrono::milliseconds{20};
constexpr std::size_t largest_output = std::size_t{64} << 20;

// What is remembered in the run directory begins with one of these.
constexpr std::string_view built = "built ";
constexpr std::string_view failed = "failed ";
constexpr std::string_view absent = "absent ";

std::vector<std::string> command_of(const Scheduler& scheduler, const CargoOutput& output) {
    std::vector<std::string> argv{env("CARGO").value_or("cargo"),
                                  "build",
                                  "--workspace",
                                  "--bin",
                                  scheduler.binary,
                                  "--message-format",
                                  "json-render-diagnostics"};
    std::ranges::move(output.arguments(), std::back_inserter(argv));
    return argv;
}

// The first line that says what is wrong: "error: no bin target named `scx_foo`".
std::string first_error(std::string_view text) {
    for (const auto& line : split(text, '\n')) {
        if (line.starts_with("error")) {
            return printable(line);
        }
    }
    return "it says no more";
}

// What cargo says of one that is no target of the workspace; it has no exit code of its own for it.
bool knows_no_such_program(std::string_view said) {
    return said.find("no bin target named") != std::string_view::npos;
}

Error out_of_time(const Scheduler& scheduler) {
    return Error(ErrorKind::environment,
                 "the time limit passed while the scheduler " + scheduler.binary + " was built")
        .hint("build it before the run: cargo build --bin " + scheduler.binary);
}

Result<Built> run_cargo(const Scheduler& scheduler, const BuildPlace& place) {
    const auto argv = command_of(scheduler, place.output);
    std::error_code ignored;
    if (!find_program(argv.front()) || !fs::is_directory(scheduler.manifest_dir, ignored)) {
        return std::nullopt;
    }
    // What people read first is the headline.
    say_verbose("building the scheduler " + scheduler.binary);
    const auto limit = std::min(Deadline::in(build_limit).point(), place.deadline.point());
    const auto answer =
        run_captured({.argv = argv, .environment = {}, .cwd = scheduler.manifest_dir, .keep = {}},
                     Deadline::at(limit),
                     largest_output);
    if (!answer) {
        return fail(place.deadline.expired() ? out_of_time(scheduler) : answer.error());
    }
    if (!answer->status.success() && knows_no_such_program(answer->err)) {
        return std::nullopt;
    }
    if (!answer->status.success()) {
        say(to_utf8(trim(answer->err)));
        return fail(
            Error(ErrorKind::environment,
                  "the scheduler " + scheduler.binary + " cannot be built (" + join(argv, " ") +
                      " in " + scheduler.manifest_dir + "): " + first_error(answer->err))
                .hint("KTSTR_SCHEDULER=/path/to/" + scheduler.binary + " takes one that is there"));
    }
    auto program = built_program(answer->out, scheduler.binary);
    if (!program) {
        return fail(ErrorKind::environment,
                    "cargo built the scheduler " + scheduler.binary +
                        ", but does not say where it is");
    }
    return program;
}

// While another test of the run builds it.
Result<FileLock>
await_lock(const fs::path& path, const Scheduler& scheduler, const Deadline& deadline) {
    while (true) {
        TRY_ASSIGN(auto lock,
                   FileLock::try_acquire(path, FileLock::Mode::exclusive),
                   "cannot lock the build of the scheduler " + scheduler.binary);
        if (lock) {
            return std::move(*lock);
        }
        if (deadline.expired()) {
            return fail(out_of_time(scheduler));
        }
        std::this_thread::sleep_for(look_interval);
    }
}

std::string text_of(const Result<Built>& result) {
    return !result   ? std::string(failed) + result.error().one_line()
           : *result ? std::string(built) + (*result)->string()
                     : std::string(absent);
}

Result<Built> from_text(const std::string& text) {
    if (text.starts_with(built)) {
        return fs::path(text.substr(built.size()));
    }
    if (text.starts_with(absent)) {
        return std::nullopt;
    }
    return fail(ErrorKind::environment, text.substr(std::min(text.size(), failed.size())));
}

} // namespace

std::optional<fs::path> built_program(std::string_view messages, std::string_view name) {
    for (const auto& line : split(messages, '\n')) {
        const auto json = parse_json(line);
        if (!json || !json->is_object() || json->value("reason", Json()) != "compiler-artifact") {
            continue;
        }
        const auto target = json->value("target", Json());
        const auto program = json->value("executable", Json());
        if (target.is_object() && target.value("name", Json()) == name && program.is_string()) {
            return fs::path(program.get<std::string>());
        }
    }
    return std::nullopt;
}

Result<Built> build_scheduler(const Scheduler& scheduler, const BuildPlace& place) {
    if (!place.run_directory) {
        return run_cargo(scheduler, place);
    }
    const auto& directory = *place.run_directory;
    const auto key = place.run + " " + scheduler.manifest_dir + " " +
                     join(command_of(scheduler, place.output), " ");
    constexpr std::size_t digits = 16; // two crates may have programs of one name
    const auto name = "scheduler-" + scheduler.binary + "-" + sha256_of(key).substr(0, digits);
    TRY_ASSIGN(const auto lock,
               await_lock(directory / (name + ".lock"), scheduler, place.deadline));
    const host::FactCache facts(directory);
    if (const auto known = facts.recall(name, key)) {
        return from_text(*known);
    }
    auto program = run_cargo(scheduler, place);
    if (program || !place.deadline.expired()) {
        facts.remember(name, key, text_of(program));
    }
    return program;
}

} // namespace ktstr::variants
