#include "ktstr-runner/protocol/check.hpp"

#include "ktstr-runner/base/exit_code.hpp"
#include "ktstr-runner/base/machine_name.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/sidecar/inputs.hpp"

#include <fmt/format.h>

namespace ktstr::protocol {

namespace {

using sidecar::Reason;
using sidecar::Verdict;

// What failed anyhow is not made better: it fails, and was not checked.
void not_checked(const std::string& why, sidecar::Record& first) {
    if (first.verdict != Verdict::pass) {
        first.notes.push_back("it was not run a second time: " + why);
        return;
    }
    first.verdict = Verdict::inconclusive;
    first.reason = Reason::harness;
    first.headline = "it passed, and was not checked by a second run: " + why;
    first.exit_code = static_cast<int>(ExitCode::harness);
}

std::string where_they_part(const std::optional<sidecar::Frames>& a,
                            const std::optional<sidecar::Frames>& b) {
    const auto found = a && b ? sidecar::first_difference(*a, *b) : std::nullopt;
    if (!found) {
        return "in what they said";
    }
    const auto sides = sidecar::in_words(*found);
    return fmt::format("{} frame {} of {}: {}; then {}",
                       found->beyond ? "behind" : "at",
                       found->beyond ? found->number - 1 : found->number,
                       a->total,
                       sides.a,
                       sides.b);
}

void diverged(const session::Outcome& second, session::Outcome& first) {
    auto& record = first.record;
    const auto& other = second.record;
    record.notes.push_back(
        fmt::format("the first run alone: {}: {}", sidecar::name(record.verdict), record.headline));
    record.notes.push_back(
        fmt::format("the second run: {}: {}", sidecar::name(other.verdict), other.headline));
    if (const auto changed = sidecar::different_inputs(record.inputs, other.inputs);
        !changed.empty()) {
        record.notes.push_back("it reads what the host changed between the two runs: " +
                               join(changed, ", "));
    }
    record.verdict = Verdict::fail;
    record.reason = Reason::diverged;
    record.headline = "two runs diverged " + where_they_part(first.frames, second.frames);
    record.exit_code = static_cast<int>(ExitCode::failed);
    first.frames_again = second.frames;
}

} // namespace

Result<> check_machine(const config::TestSettings& settings) {
    TRY_ASSIGN(const auto machine,
               parse_machine_name(settings.machine.empty() ? "auto" : settings.machine));
    if (machine == MachineName::deterministic) {
        return {};
    }
    return fail(
        Error(ErrorKind::usage,
              "KTSTR_CHECK=1 is for the deterministic machine, and the test's is another: " +
                  (settings.machine.empty() ? std::string("auto") : settings.machine))
            .hint("KTSTR_MACHINE=det, or `cargo ktstr test --machine det --check`"));
}

std::string why_not_checked_on_host(const std::string& host_reason) {
    return "SKIP: it runs on the host, where no run is sure to be as another: " + host_reason;
}

bool can_be_checked(const session::Outcome& first) {
    return first.record.verdict != Verdict::skip && first.record.verdict != Verdict::inconclusive &&
           !first.record.digest.empty();
}

void judge_check(const Result<session::Outcome>& second, session::Outcome& first) {
    if (!second) {
        not_checked(second.error().one_line(), first.record);
        return;
    }
    // What the host cut short has not said all.
    const auto& other = second->record;
    if (other.digest.empty() || other.verdict == Verdict::inconclusive ||
        other.reason == Reason::interrupted) {
        not_checked(other.headline, first.record);
        return;
    }
    first.record.digest_again = other.digest;
    if (first.record.digest != other.digest) {
        diverged(*second, first);
    }
}

} // namespace ktstr::protocol
