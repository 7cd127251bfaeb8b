#include "ktstr-runner/variants/scheduler_build.hpp"

#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/base/lock.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/host/fact_cache.hpp"

#include <algorithm>

namespace ktstr::variants {

namespace {

namespace fs = std::filesystem;

// A first build of a large scheduler takes minutes; the test's own limit comes before this.
constexpr auto build_limit = std::chrono::minutes{30};
constexpr std::size_t largest_output = std::size_t{64} << 20;

// What is remembered in the run directory begins with one of these.
constexpr std::string_view built = "built ";
constexpr std::string_view failed = "failed ";

// What cargo says of one that is no target of the workspace.
constexpr std::string_view no_such_program = "no bin target named";

std::vector<std::string> command_of(const Scheduler& scheduler, const BuildPlace& place) {
    std::vector<std::string> argv{env("CARGO").value_or("cargo"),
                                  "build",
                                  "--workspace",
                                  "--bin",
                                  scheduler.binary,
                                  "--message-format",
                                  "json-render-diagnostics"};
    if (place.release) {
        argv.emplace_back("--release");
    }
    return argv;
}

// The first line that says what is wrong: "error: no bin target named `scx_foo`".
std::string first_error(std::string_view text) {
    for (const auto& line : split(text, '\n')) {
        if (line.starts_with("error")) {
            return to_utf8(line);
        }
    }
    return "it says no more";
}

Error not_found(const Scheduler& scheduler) {
    return Error(ErrorKind::usage,
                 "the scheduler `" + scheduler.binary + "` is neither beside the test nor in $PATH")
        .hint("set KTSTR_SCHEDULER=/path/to/" + scheduler.binary);
}

Result<fs::path> run_cargo(const Scheduler& scheduler, const BuildPlace& place) {
    const auto argv = command_of(scheduler, place);
    say_verbose("building the scheduler " +
                scheduler.binary); // what people read first is the headline
    TRY_ASSIGN(
        const auto answer,
        run_captured({.argv = argv, .environment = {}, .cwd = scheduler.manifest_dir, .keep = {}},
                     Deadline::in(build_limit),
                     largest_output));
    if (!answer.status.success()) {
        if (answer.err.find(no_such_program) == std::string::npos) {
            say(to_utf8(trim(answer.err)));
        }
        return fail(Error(ErrorKind::environment,
                          "the scheduler " + scheduler.binary + " cannot be built (" +
                              join(argv, " ") + " in " + scheduler.manifest_dir +
                              "): " + first_error(answer.err))
                        .hint("a scheduler that is there already is found beside the test, in "
                              "$PATH, or by KTSTR_SCHEDULER"));
    }
    auto program = built_program(answer.out, scheduler.binary);
    if (!program) {
        return fail(ErrorKind::environment,
                    "cargo built the scheduler " + scheduler.binary +
                        ", but does not say where it is");
    }
    return std::move(*program);
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

bool is_release(const fs::path& test_binary) {
    auto folder = test_binary.parent_path();
    if (folder.filename() == "deps") {
        folder = folder.parent_path();
    }
    return folder.filename() == "release";
}

// By its text, since an error that was remembered is no more than that.
bool is_not_of_the_workspace(const Error& error) {
    const auto text = error.one_line();
    return text.find(no_such_program) != std::string::npos ||
           text.find("is neither beside the test") != std::string::npos;
}

Result<FoundScheduler> build_scheduler(const Scheduler& scheduler, const BuildPlace& place) {
    if (scheduler.manifest_dir.empty()) {
        return fail(not_found(scheduler));
    }
    const std::string how = "cargo build";
    if (!place.run_directory) {
        TRY_ASSIGN(auto program, run_cargo(scheduler, place));
        return FoundScheduler{.program = std::move(program), .how = how};
    }
    const auto& directory = *place.run_directory;
    const auto name = "scheduler-" + scheduler.binary;
    TRY_ASSIGN(const auto lock,
               FileLock::acquire(directory / (name + ".lock"), FileLock::Mode::exclusive),
               "cannot lock the build of the scheduler " + scheduler.binary);
    const host::FactCache facts(directory);
    const auto key =
        place.run + " " + scheduler.manifest_dir + " " + join(command_of(scheduler, place), " ");
    if (const auto known = facts.recall(name, key)) {
        if (known->starts_with(built)) {
            return FoundScheduler{.program = known->substr(built.size()), .how = how};
        }
        return fail(ErrorKind::environment, known->substr(std::min(known->size(), failed.size())));
    }
    auto program = run_cargo(scheduler, place);
    if (!program) {
        facts.remember(name, key, std::string(failed) + program.error().one_line());
        return fail(std::move(program).error());
    }
    facts.remember(name, key, std::string(built) + program->string());
    return FoundScheduler{.program = std::move(*program), .how = how};
}

} // namespace ktstr::variants
