// What is for those who look at a deterministic run: when it began and failed, and its trace.
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/session/attempt.hpp"
#include "ktstr-runner/session/scheduler_end.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ktstr::session {

using sidecar::Phase;

Result<> Attempt::take_started(const wire::Frame& frame) {
    begun_ = wire::parse<wire::Started>(frame.body);
    if (!begun_) {
        return fail(ErrorKind::guest, "what the guest says of the job's begin cannot be read");
    }
    facts_.stage = Stage::started;
    phases_.done(Phase::unpack);
    host_share_.begin(Clock::now());
    return {};
}

// The verdict does not depend on it.
void Attempt::no_trace(std::string_view why) {
    trace_.reset();
    if (!std::exchange(trace_is_told_, true)) {
        outcome_.record.notes.push_back(fmt::format("there is no trace: {}", why));
    }
}

void Attempt::take_trace(std::string_view text) {
    if (!request_.trace || !begun_ || trace_is_told_) {
        return;
    }
    if (!trace_) {
        auto file = TraceFile::create(*request_.trace, begun_->at_ns);
        if (!file) {
            no_trace(file.error().one_line());
            return;
        }
        trace_.emplace(std::move(*file));
    }
    if (const auto added = trace_->add(text); !added) {
        no_trace(added.error().one_line());
    }
}

Result<> Attempt::end_trace(const wire::Frame& frame) {
    const auto traced = wire::parse<wire::Traced>(frame.body);
    if (!traced) {
        return fail(ErrorKind::guest, "what the guest says of its trace cannot be read");
    }
    if (!traced->problem.empty()) {
        no_trace(printable(traced->problem));
    }
    if (!trace_) {
        return {};
    }
    const auto written = trace_->finish();
    if (!written) {
        no_trace(written.error().one_line());
        return {};
    }
    trace_.reset();
    trace_is_told_ = true;
    outcome_.trace = *written;
    return {};
}

void Attempt::count_trace() {
    if (request_.trace && !trace_is_told_) {
        no_trace("the guest died before it could send it");
    }
}

// A scheduler that left comes first, as in the verdict.
std::int64_t Attempt::failed_at() const {
    const bool good = outcome_.record.verdict == sidecar::Verdict::pass ||
                      outcome_.record.verdict == sidecar::Verdict::skip;
    if (good || !begun_) {
        return 0;
    }
    const auto* left = facts_.story ? first_in_trouble(*facts_.story) : nullptr;
    const auto at = left != nullptr && left->ended_ns != 0 ? left->ended_ns
                    : facts_.report                        ? facts_.report->ended_ns
                                                           : 0;
    return std::max<std::int64_t>(at - begun_->at_ns, 0);
}

} // namespace ktstr::session
