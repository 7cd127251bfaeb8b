#include "ktstr-runner/protocol/run_test.hpp"

#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/cache_dir.hpp"
#include "ktstr-runner/base/exit_code.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/config/budget_end.hpp"
#include "ktstr-runner/config/selection.hpp"
#include "ktstr-runner/host/file_digest.hpp"
#include "ktstr-runner/protocol/attempt_record.hpp"
#include "ktstr-runner/protocol/check.hpp"
#include "ktstr-runner/protocol/explain.hpp"
#include "ktstr-runner/protocol/host_run.hpp"
#include "ktstr-runner/protocol/post_vm.hpp"
#include "ktstr-runner/protocol/program.hpp"
#include "ktstr-runner/protocol/second_try.hpp"
#include "ktstr-runner/session/profraw.hpp"
#include "ktstr-runner/session/profraw_header.hpp"
#include "ktstr-runner/session/verdict.hpp"
#include "ktstr-runner/store/debug_information.hpp"

#include <fmt/format.h>

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

namespace ktstr::protocol {

namespace {

void bring_profiles_back(session::Request& request, const sidecar::Record& record) {
    const auto where =
        session::profraw::locate(env("LLVM_PROFILE_FILE").value_or(""), request.job.cwd, "/tmp");
    if (!where) {
        return;
    }
    const auto attempt = record.run_id + "/" + record.binary_id + "/" + record.test + "/" +
                         std::to_string(record.attempt) + "/" +
                         env("NEXTEST_STRESS_CURRENT").value_or("");
    request.job.bring_back.push_back(where->guest_pattern);
    request.job.make_dirs.push_back(where->folder.string());
    if (request.setup) { // of a scheduler that does not attach
        request.setup->job.bring_back.push_back(where->guest_pattern);
    }
    request.check_file = session::profraw::why_not_whole;
    request.place_file = [where = *where, attempt, n = 0ULL](const std::string&) mutable {
        return session::profraw::host_path(where, attempt, n++);
    };
}

// A verdict that is there stays, whatever else goes wrong; a pass needs all.
void could_not(const Error& error, sidecar::Record& record) {
    if (record.verdict != sidecar::Verdict::pass && record.verdict != sidecar::Verdict::skip) {
        record.notes.push_back(error.one_line());
        return;
    }
    record.verdict = sidecar::Verdict::inconclusive;
    record.reason = sidecar::Reason::harness;
    record.headline = error.one_line();
    record.exit_code = static_cast<int>(ExitCode::harness);
}

Result<> name_scheduler(const session::Program& program, sidecar::Record& record) {
    if (!program.scheduler) {
        return {};
    }
    const auto& argv = program.scheduler->scheduler.argv;
    if (!argv.empty()) {
        record.scheduler_arguments.assign(argv.begin() + 1, argv.end());
    }
    if (const auto& path = program.scheduler->program; !path.empty()) {
        record.scheduler_binary = path.string();
        TRY_ASSIGN(const auto cache, cache_dir());
        TRY_ASSIGN(record.scheduler_digest, host::file_digest(path, host::FactCache(cache)));
    }
    return {};
}

Result<>
look_at_the_result(const TestRun& run, const session::Limits& limits, session::Outcome& outcome) {
    if (!run.declared) {
        return {};
    }
    const auto& test = run.declared->test;
    const bool passed = outcome.record.verdict == sidecar::Verdict::pass;
    if (test.post_vm_unconditional && !outcome.report) {
        outcome.record.notes.emplace_back("post_vm was not called: the guest gave no report");
        return {};
    }
    if (!(test.post_vm && passed) && !test.post_vm_unconditional) {
        return {};
    }
    auto deadline = limits.verdict;
    if (deadline) {
        *deadline += outcome.stopped;
    }
    return run_post_vm({.binary = run.argv.at(0), .test = test.name, .deadline = deadline},
                       outcome);
}

session::Outcome skip(const sidecar::Record& record, std::string why) {
    session::Outcome outcome;
    outcome.record = record;
    outcome.record.verdict = sidecar::Verdict::skip;
    outcome.record.reason = sidecar::Reason::none;
    outcome.record.headline = std::move(why);
    outcome.record.exit_code = 0;
    return outcome;
}

Result<const char*> why_not_begun(const TestRun& run) {
    const auto variables = environment();
    TRY_ASSIGN(const auto end, config::budget_end_from(variables));
    if (!end) {
        return nullptr;
    }
    TRY_ASSIGN(const auto reserve,
               config::reserve_time_from(variables, run.names.binary_id, run.names.test));
    if (reserve) {
        return run.start + *reserve > *end ? config::no_time_for_reserve : nullptr;
    }
    return run.start >= *end ? config::budget_is_over : nullptr;
}

// A test that wants CPUs of its own where the run gives none, or whose scheduler is not meant for
// this kernel: nothing is built, and no machine made.
Result<std::optional<session::Outcome>> skipped(const TestRun& run, const sidecar::Record& record) {
    if (run.declared && run.declared->test.performance_mode && run.settings.no_perf_mode) {
        return skip(record, "SKIP: it has performance_mode, and this run KTSTR_NO_PERF_MODE=1");
    }
    if (!run.declared || !is_of_some_kernels(*run.declared)) {
        return std::nullopt; // it costs nothing where nobody asks
    }
    TRY_ASSIGN(const auto kernel, store::resolve(run.settings.kernel));
    TRY_ASSIGN(const auto why, why_not_on(*run.declared, kernel));
    if (!why) {
        return std::nullopt;
    }
    auto outcome = skip(record, *why);
    outcome.record.kernel_key = kernel.key;
    return outcome;
}

// Until the sidecar has its name.
Result<std::filesystem::path> place_of_trace(const TestRun& run) {
    TRY_ASSIGN(const auto directory, record_directory(run.argv.at(0)));
    TRY(make_directories(directory));
    return directory / fmt::format(".trace-{}", ::getpid());
}

Result<> prepare_to_look(const TestRun& run, session::Prepared& prepared) {
    auto& request = prepared.request;
    if (run.settings.trace) {
        TRY_ASSIGN(request.trace, place_of_trace(run));
    }
    const auto& stop = run.settings.stop_at;
    if (!stop) {
        return {};
    }
    request.looking = session::Looking{.job_at_ns = stop->job_at_ns,
                                       .since_ns = stop->since_ns,
                                       .gdb = run.settings.gdb,
                                       .vmlinux = store::with_debug_information(prepared.kernel)};
    if (run.settings.gdb) { // who looks takes the time that it takes
        request.limits.verdict.reset();
    }
    return {};
}

// NAME.trace beside the sidecar NAME.json.
void keep_trace(const session::WrittenTrace& trace, std::filesystem::path sidecar) {
    std::error_code error;
    const auto place = sidecar.replace_extension(".trace");
    std::filesystem::rename(trace.path, place, error);
    if (error) {
        say("the trace could not be kept as {}: {}", place.string(), error.message());
        return;
    }
    say("trace: {} ({} events; open it in https://ui.perfetto.dev)", place.string(), trace.events);
    if (trace.lost > 0) {
        say("  the {} oldest events did not fit into the guest's buffers", trace.lost);
    }
}

// To see, or once more for comparison: then nothing of it is shown or kept but what the guest said.
enum class Turn { first, again };

// As much time of the host's as was left, and all of the guest's.
void begin_now(session::Limits& limits) {
    const auto spent = Clock::now() - limits.begun;
    limits.begun += spent;
    if (limits.guest) {
        *limits.guest += spent;
    }
}

Result<session::Outcome>
attempt_in_vm(const TestRun& run, const sidecar::Record& record, Turn turn = Turn::first) {
    TRY_ASSIGN(auto left_out, skipped(run, record));
    if (left_out) {
        return std::move(*left_out);
    }
    auto program = program_of(run);
    TRY_ASSIGN(auto limits, limits_of(run));
    if (turn == Turn::again) {
        begin_now(limits);
    }
    if (run.declared) {
        const auto limit = limits.verdict ? Deadline::at(*limits.verdict) : Deadline::never();
        TRY(add_declaration(*run.declared, find_or_build(run.argv.at(0), limit), program));
    }
    TRY_ASSIGN(auto prepared, session::prepare(program));
    prepared.request.limits = limits;
    prepared.request.rehearsal = {run.argv.at(0), "--list", "--format", "terse"};
    bring_profiles_back(prepared.request, record);
    if (turn == Turn::again) {
        prepared.request.silent = true;
        prepared.request.place_file = {};
    } else {
        TRY(prepare_to_look(run, prepared));
    }
    const auto prepared_ns = std::chrono::nanoseconds(Clock::now() - run.start).count();
    auto outcome = session::run(std::move(prepared.request));
    auto& done = outcome.record;
    put_identity(record, done);
    done.topology = record.topology;
    done.memory = record.memory;
    done.kernel_key = prepared.kernel.key;
    done.phases_ns[static_cast<std::size_t>(sidecar::Phase::resolve)] = prepared_ns;
    if (const auto named = name_scheduler(program, done); !named) {
        done.notes.push_back(named.error().one_line());
    }
    if (turn == Turn::again) {
        return outcome;
    }
    if (const auto looked = look_at_the_result(run, limits, outcome); !looked) {
        could_not(looked.error(), done);
    }
    return outcome;
}

Result<session::Outcome> attempt_in_vms(const TestRun& run, const sidecar::Record& record) {
    const auto begin = Clock::now();
    auto first = attempt_in_vm(run, record);
    if (!first || first->record.reason != sidecar::Reason::machine_failed) {
        return first; // its limits need not be looked up again
    }
    const auto limits = limits_of(run);
    if (!limits || !deserves_a_second_try(first->record, begin, Clock::now(), limits->verdict)) {
        return first;
    }
    say("the machine failed, not the test, which is tried once more: {}", first->record.headline);
    for (const auto& file : first->files) { // the second leaves its own
        std::error_code ignored;
        std::filesystem::remove(file, ignored);
    }
    auto second = attempt_in_vm(run, record);
    if (!second) { // no space by now, say: what there is is the first
        first->record.notes.push_back("it could not be tried once more: " +
                                      second.error().one_line());
        return first;
    }
    tell_of_first_try(first->record, second->record);
    return second;
}

// Fails where it is not the same twice.
Result<session::Outcome> checked_attempt(const TestRun& run, const sidecar::Record& record) {
    TRY(check_machine(run.settings));
    const auto begin = Clock::now();
    TRY_ASSIGN(auto first, attempt_in_vms(run, record));
    if (!can_be_checked(first)) {
        return first;
    }
    TRY_ASSIGN(const auto limits, limits_of(run));
    const auto now = Clock::now();
    const bool has_time = !limits.verdict || *limits.verdict - now > now - begin;
    judge_check(has_time ? attempt_in_vm(run, record, Turn::again)
                         : fail(ErrorKind::environment, "the time limit leaves no time for it"),
                first);
    return first;
}

// The word that a test of the crate leaves in the file of $KTSTR_WORD_FILE, as it says it to an
// engine.
constexpr std::string_view word_variable = "KTSTR_WORD_FILE";
constexpr std::size_t longest_word = std::size_t{1} << 20;

Result<session::Outcome> attempt_on_host(const TestRun& run, sidecar::Record record) {
    record.host_only = true;
    record.machine = "host: " + *run.host_reason;
    TRY_ASSIGN(const auto folder, TempDir::create("ktstr-host"));
    const auto word = folder.path() / "word.json";
    std::vector<std::string> variables;
    if (run.declared) {
        variables.push_back(fmt::format("{}={}", word_variable, word.string()));
    }
    TRY_ASSIGN(const auto status, run_on_host(run.argv, variables));
    session::Facts facts;
    facts.stage = session::Stage::started;
    facts.report =
        wire::Report{.outcome = status.signalled ? wire::Outcome::signalled : wire::Outcome::exited,
                     .code = status.code};
    if (run.declared) {
        facts.expectations.verdict = true;
        facts.expectations.allow_inconclusive = run.declared->test.allow_inconclusive;
        const auto said = read_file(word, longest_word);
        facts.story = wire::parse<wire::Story>(said.value_or("{}")).value_or(wire::Story{});
    }
    const auto judged = session::judge(facts);
    session::Outcome outcome;
    outcome.record = std::move(record);
    outcome.record.verdict = judged.verdict;
    outcome.record.reason = judged.reason;
    outcome.record.headline = judged.headline;
    outcome.record.exit_code = judged.exit_code;
    return outcome;
}

// Dies as the test's program died, so that nextest names the signal.
void die_alike(int number) {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none); // the dump would be ours, not the test's
    ::signal(number, SIG_DFL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
    ::kill(::getpid(), number);
}

} // namespace

namespace {

Result<session::Outcome> attempt(const TestRun& run, const sidecar::Record& record) {
    if (run.problem) {
        return fail(*run.problem);
    }
    // Another attempt at what failed is made all the same: a skip would pass for its end.
    TRY_ASSIGN(const auto* const not_begun, why_not_begun(run));
    if (not_begun != nullptr && record.attempt == 1) {
        auto outcome = skip(record, not_begun);
        outcome.record.reason = sidecar::Reason::not_begun;
        return outcome;
    }
    if (run.host_reason && run.declared && run.declared->test.performance_mode) {
        return fail(Error(ErrorKind::usage,
                          "it has performance_mode, which is a machine's, and would run on the "
                          "host: " +
                              *run.host_reason)
                        .hint("take one of them away"));
    }
    if (run.host_reason && run.settings.check) {
        return skip(record, why_not_checked_on_host(*run.host_reason));
    }
    if (run.host_reason) {
        return attempt_on_host(run, record);
    }
    return run.settings.check ? checked_attempt(run, record) : attempt_in_vms(run, record);
}

} // namespace

int run_test(const TestRun& run) {
    auto started = identity(run.names, run.variant);
    if (!run.host_reason) { // known whatever comes
        started.topology = run.settings.topology.text();
        started.memory = run.settings.memory;
    }
    auto attempted = attempt(run, started);
    session::Outcome result;
    result.record = started;
    if (attempted) {
        result = std::move(*attempted);
        explain(result);
    } else {
        result.record.headline = attempted.error().one_line();
        result.record.exit_code = exit_code_of(attempted.error().kind());
        [[maybe_unused]] const auto written = write_all(STDERR_FILENO, attempted.error().render());
    }
    result.record.wall_ns = std::chrono::nanoseconds(Clock::now() - run.start).count();
    auto kept = record_directory(run.argv.at(0));
    std::vector<sidecar::Frames> frames;
    if (result.frames) {
        frames.push_back(std::move(*result.frames));
    }
    if (result.frames_again) {
        frames.push_back(std::move(*result.frames_again));
    }
    auto path = kept ? sidecar::write(*kept, result.record, frames) : kept;
    if (!path) {
        say("the result could not be recorded: {}", path.error().one_line());
        return result.record.exit_code != 0 ? result.record.exit_code
                                            : static_cast<int>(ExitCode::harness);
    }
    if (result.trace) {
        keep_trace(*result.trace, *path);
    }
    if (result.record.reason == sidecar::Reason::signal) {
        die_alike(result.record.exit_code - 128);
    }
    return result.record.exit_code;
}

Result<int> run_program(const TestRun& run) {
    TRY_ASSIGN(auto prepared, session::prepare(program_of(run)));
    prepared.request.input = session::StandardInput::relay;
    prepared.request.output = {.head = 0, .tail = 0};
    const auto outcome = session::run(std::move(prepared.request));
    explain(outcome);
    return outcome.record.exit_code;
}

} // namespace ktstr::protocol
