#include "ktstr-runner/session/session.hpp"

#include "ktstr-runner/session/attempt.hpp"
#include "ktstr-runner/session/boot_diagnosis.hpp"
#include "ktstr-runner/session/diagnosis.hpp"

#include <algorithm>

namespace ktstr::session {

namespace {

constexpr auto loud_boot_limit = std::chrono::seconds{10};

Result<> tell_on(Attempt& attempt) {
    if (!attempt.over()) {
        TRY(attempt.boot());
    }
    if (!attempt.over()) {
        TRY(attempt.keep());
    }
    if (!attempt.over()) {
        TRY(attempt.set_up());
    }
    if (!attempt.over()) {
        TRY(attempt.load());
    }
    if (!attempt.over()) {
        TRY(attempt.hand_over());
        TRY(attempt.follow());
    }
    return {};
}

Result<> tell(Attempt& attempt) {
    TRY(attempt.create());
    auto told = tell_on(attempt);
    if (attempt.template_failed(told.has_value())) {
        TRY(attempt.start_over());
        told = tell_on(attempt);
    }
    return told;
}

// A quiet boot that failed in silence is repeated loudly, within what time there is.
void add_last_words(Outcome& outcome,
                    const machine::Choice& machine,
                    machine::MachineSpec spec,
                    const Limits& limits) {
    spec.real_time = false; // all of it runs on the CPU for the rest
    auto deadline = Clock::now() + loud_boot_limit;
    if (limits.verdict) {
        deadline = std::min(deadline, *limits.verdict);
    }
    const auto console = loud_boot(machine, spec, Deadline::at(deadline));
    const auto lines = console ? console_lines(*console, 40) : std::string{};
    if (lines.empty()) {
        outcome.record.notes.emplace_back("the kernel said nothing, not even in a second, loud "
                                          "boot: is it one for this machine, with "
                                          "CONFIG_SERIAL_8250_CONSOLE?");
        return;
    }
    outcome.record.console_tail = lines;
    outcome.record.notes.emplace_back("the console is of a second, loud boot");
}

} // namespace

Outcome run(Request request) {
    const auto machine = request.machine;
    const auto spec = request.spec;
    const auto limits = request.limits;
    Attempt attempt(std::move(request));
    auto told = tell(attempt);
    auto outcome =
        attempt.conclude(told ? std::nullopt : std::optional<Error>(std::move(told).error()));
    if (outcome.record.reason == sidecar::Reason::boot_failed &&
        outcome.record.console_tail.empty()) {
        add_last_words(outcome, machine, spec, limits);
    }
    return outcome;
}

} // namespace ktstr::session
