#include "ktstr-runner/session/verdict.hpp"

#include "ktstr-runner/base/exit_code.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/session/story_verdict.hpp"

#include <string.h>

namespace ktstr::session {

using sidecar::Reason;
using sidecar::Verdict;

namespace {

constexpr int harness_code = static_cast<int>(ExitCode::harness);
constexpr int inconclusive_code = static_cast<int>(ExitCode::inconclusive);
constexpr int time_limit_code = static_cast<int>(ExitCode::time_limit);

std::string signal_name(int number) {
    const char* abbreviation = ::sigabbrev_np(number);
    return abbreviation == nullptr ? "signal " + std::to_string(number)
                                   : std::string("SIG") + abbreviation;
}

bool lost_time(const Facts& facts) {
    return !facts.waited_for_cpus.empty() || !facts.time_before.empty();
}

// What it lacked at its end it had lost before it began.
Judgement starved(const Facts& facts) {
    if (!facts.waited_for_cpus.empty()) {
        return {Verdict::inconclusive,
                Reason::no_host_cpus,
                "time limit reached, but the test had waited for host CPUs for " +
                    facts.waited_for_cpus + " of it",
                inconclusive_code};
    }
    return {Verdict::inconclusive,
            Reason::boot_time,
            "time limit reached, but making the machine had taken the larger part of the time (" +
                facts.time_before + ')',
            inconclusive_code};
}

// The program, or its guest, was still at it when the time was up.
Judgement time_limit(const Facts& facts, const std::string& what) {
    if (lost_time(facts)) {
        return starved(facts);
    }
    if (!facts.host_took_the_time.empty()) {
        return {Verdict::inconclusive,
                Reason::host_busy,
                what + "; but " + facts.host_took_the_time,
                inconclusive_code};
    }
    return {Verdict::fail, Reason::time_limit, what, time_limit_code};
}

Judgement judge_report(const Facts& facts) {
    const auto& report = *facts.report;
    switch (report.outcome) {
    case wire::Outcome::exited:
        if (report.code != 0) {
            return {Verdict::fail,
                    Reason::exit_code,
                    "exit code " + std::to_string(report.code),
                    report.code};
        }
        if (report.output_left_open && facts.leak_fails) {
            return {Verdict::fail, Reason::leaked, "processes were left that hold its output", 1};
        }
        return {Verdict::pass, Reason::none, "passed", 0};
    case wire::Outcome::signalled:
        return {Verdict::fail,
                Reason::signal,
                "killed by " + signal_name(report.code),
                128 + report.code};
    case wire::Outcome::not_started:
        return {Verdict::inconclusive,
                Reason::not_executable,
                "the guest cannot execute it: " + report.reason,
                inconclusive_code};
    case wire::Outcome::stopped:
        if (facts.signal != 0) {
            break; // judged as interrupted
        }
        return time_limit(facts, "time limit reached");
    }
    return {Verdict::fail,
            Reason::interrupted,
            "interrupted by " + signal_name(facts.signal),
            128 + facts.signal};
}

// The kernel's word, and before it what it stumbled on.
std::string panic_in_words(const Facts& facts) {
    return (facts.oops ? in_words(*facts.oops) + "; " : "") + facts.ending->detail;
}

Judgement setup_failed(const std::string& why) {
    return {
        Verdict::inconclusive, Reason::setup_failed, "the setup failed: " + why, inconclusive_code};
}

// The machine ended by itself while the program ran, or before.
Judgement judge_ending(const Facts& facts) {
    const auto& ending = *facts.ending;
    using Cause = machine::Ending::Cause;
    if (ending.cause == Cause::broken) {
        return {Verdict::inconclusive, Reason::machine_failed, ending.detail, inconclusive_code};
    }
    if (ending.cause == Cause::panicked && facts.emulated && facts.oops &&
        is_stale_breakpoint(*facts.oops)) {
        return {Verdict::inconclusive,
                Reason::machine_failed,
                "the emulator ran code that the guest's kernel had replaced: " +
                    in_words(*facts.oops),
                inconclusive_code};
    }
    if (facts.stage == Stage::setting_up && facts.attaches && ending.cause == Cause::panicked) {
        return {Verdict::fail,
                Reason::guest_panic,
                "the guest's kernel panicked while the scheduler was attached: " +
                    panic_in_words(facts),
                1};
    }
    if (facts.stage == Stage::setting_up || (facts.set_up_here && facts.stage != Stage::started)) {
        return setup_failed("the guest ended: " + ending.detail);
    }
    if (facts.stage != Stage::started) {
        return {Verdict::inconclusive,
                Reason::boot_failed,
                "the guest did not come up: " + ending.detail,
                inconclusive_code};
    }
    if (ending.cause == Cause::panicked) {
        return {Verdict::fail,
                Reason::guest_panic,
                "the guest's kernel panicked during the test: " + panic_in_words(facts),
                1};
    }
    return {Verdict::fail,
            Reason::guest_shut_down,
            std::string("the guest was ") +
                (ending.cause == Cause::reset ? "rebooted" : "powered off") +
                " before the test ended",
            1};
}

Judgement judge_program(const Facts& facts) {
    if (facts.report) {
        return judge_report(facts);
    }
    if (facts.error) {
        const bool guest = facts.error->kind() == ErrorKind::guest;
        if (guest && facts.ending && facts.ending->cause == machine::Ending::Cause::broken) {
            return judge_ending(facts); // why there was nothing to be read
        }
        return {Verdict::inconclusive,
                guest ? Reason::machine_failed : Reason::harness,
                facts.error->one_line(),
                guest ? inconclusive_code : harness_code};
    }
    if (!facts.no_cpus.empty()) {
        return {Verdict::inconclusive, Reason::no_host_cpus, facts.no_cpus, inconclusive_code};
    }
    if (!facts.attach_failure.empty()) {
        return {Verdict::fail,
                Reason::scheduler_not_attached,
                "the scheduler never attached: " + facts.attach_failure,
                1};
    }
    if (!facts.setup_failure.empty()) {
        return setup_failed(facts.setup_failure);
    }
    if (facts.ending) {
        return judge_ending(facts);
    }
    if (facts.signal != 0) {
        return {facts.stage == Stage::started ? Verdict::fail : Verdict::inconclusive,
                Reason::interrupted,
                "interrupted by " + signal_name(facts.signal),
                128 + facts.signal};
    }
    if (!facts.boot_limit.empty()) {
        return {Verdict::inconclusive, Reason::boot_failed, facts.boot_limit, inconclusive_code};
    }
    if (facts.out_of_time && facts.stage == Stage::started) {
        return time_limit(facts, "time limit reached, and the guest did not answer any more");
    }
    if (facts.stage == Stage::setting_up) {
        return setup_failed("the time limit passed before it ended");
    }
    if (facts.out_of_time && !facts.waited_for_cpus.empty()) {
        return starved(facts);
    }
    return {Verdict::inconclusive,
            Reason::boot_time,
            "the time limit passed before the test was started",
            inconclusive_code};
}

} // namespace

bool was_at_it_to_the_end(const Facts& facts) {
    const bool stopped = facts.report && facts.report->outcome == wire::Outcome::stopped;
    const bool silent = !facts.report && facts.out_of_time && facts.stage == Stage::started;
    return facts.signal == 0 && (stopped || silent);
}

Judgement judge(const Facts& facts) {
    if (!facts.looked_at.empty()) {
        return {Verdict::skip, Reason::none, facts.looked_at, 0};
    }
    auto program = judge_program(facts);
    const bool has_engine =
        facts.expectations.verdict || facts.expectations.scheduler || facts.story;
    return has_engine ? judge_story(facts, program) : program;
}

} // namespace ktstr::session
