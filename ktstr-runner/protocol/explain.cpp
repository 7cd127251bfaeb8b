#include "ktstr-runner/protocol/explain.hpp"

#include "ktstr-runner/base/exit_code.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/session/diagnosis.hpp"
#include "ktstr-runner/session/measured_text.hpp"

#include <fmt/format.h>

#include <string_view>

namespace ktstr::protocol {

namespace {

using sidecar::Reason;
using sidecar::Verdict;

void say_under(std::string_view title, const std::string& text) {
    if (!text.empty()) {
        say("{}:\n{}", title, text);
    }
}

void explain_engine(const session::Outcome& outcome) {
    const auto& record = outcome.record;
    for (const auto& detail : record.details) {
        if (detail != record.headline) {
            say("  {}", detail);
        }
    }
    say_under("measured", session::stats_table(outcome.measurements));
    say_under("timeline", session::timeline(outcome.measurements));
    say_under("the scheduler's output", record.scheduler_log);
    say_under("the kernel's exit dump", record.scheduler_dump);
}

} // namespace

void explain(const session::Outcome& outcome) {
    const auto& record = outcome.record;
    const bool good = record.verdict == Verdict::pass || record.verdict == Verdict::skip;
    const bool libtests_own =
        record.reason == Reason::exit_code && record.exit_code == libtest_failure;
    if (!good && !libtests_own) {
        say("{}: {}{}",
            sidecar::name(record.verdict),
            record.headline,
            record.deterministic ? fmt::format(" (seed {})", record.seed) : "");
    }
    if (!good && !record.digest.empty()) {
        say("seed {}: `cargo ktstr replay {}` runs it again",
            record.seed,
            shell_quote(record.test));
    }
    if (!good) {
        explain_engine(outcome);
    } else if (record.headline != "passed" && !record.headline.empty()) {
        say(record.headline); // skipped, and why; passed although it could not tell
    }
    if (record.performance_mode) {
        say("performance mode: vCPUs on host CPUs {}", record.host_cpus);
    }
    for (const auto& missing : record.performance_missing) {
        say("performance mode is without {}", missing);
    }
    for (const auto& note : record.notes) {
        say(note);
    }
    if (outcome.diagnosis) {
        say(session::render(*outcome.diagnosis));
    }
    if (!good) {
        say_under("last lines of the guest's console", record.console_tail);
    }
}

} // namespace ktstr::protocol
