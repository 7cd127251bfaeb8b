// The beginning of an attempt: where its machine comes from, and what becomes of it for others.
#include "ktstr-runner/session/attempt.hpp"

#include <poll.h>

namespace ktstr::session {

using namespace std::chrono_literals;
using sidecar::Phase;

namespace {

// How often the lock of a template's maker is looked at: flock(2) knows no time limit. And how
// long: a maker boots and saves in seconds; one that does not must not hold up all others.
constexpr auto maker_interval = 5ms;
constexpr auto maker_limit = 30s;

// The agent answers in milliseconds; a busy host may keep it waiting.
constexpr auto stand_by_limit = 10s;

// What must be left of the test's time for a machine to be saved first.
constexpr auto time_to_save = 5s;

std::int64_t now_seconds() {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

} // namespace

Result<> Attempt::create() {
    TRY_ASSIGN(auto signals, SignalWatch::create());
    signals_.emplace(std::move(signals));
    const auto patience = Deadline::in(maker_limit);
    origin_ = find_origin(request_, [&] { return wait_for_maker(patience); });
    phases_.done(Phase::find);
    return over() || restore() ? Result<>{} : power_on();
}

Result<> Attempt::power_on() {
    TRY_ASSIGN(
        machine_, machine::create(request_.machine, request_.spec), "cannot create the machine");
    channel_.emplace(machine_->window());
    outcome_.record.machine = machine_->describe();
    outcome_.record.origin = "boot";
    phases_.done(Phase::create);
    return {};
}

bool Attempt::wait_for_maker(Deadline patience) {
    pollfd wait{.fd = signals_->fd(), .events = POLLIN, .revents = 0};
    ::poll(&wait, 1, static_cast<int>(maker_interval.count()));
    const auto taken = take_signals();
    const auto watched = watch_time();
    return taken && watched && !gave_up_ && !patience.expired();
}

// False: it must be booted.
bool Attempt::restore() {
    if (!origin_.use) {
        return false;
    }
    auto restored = machine::restore(
        request_.machine, request_.spec, origin_.use->directory, machine::Restored::clone);
    if (!restored) {
        give_template_up("it cannot be restored: " + restored.error().one_line());
        return false;
    }
    const auto& meta = origin_.use->meta;
    machine_ = std::move(*restored);
    channel_.emplace(machine_->window(),
                     machine::Channel::Position{.received = meta.received, .sent = meta.sent});
    facts_.stage = Stage::ready;
    outcome_.record.machine = machine_->describe();
    outcome_.record.kernel_release = meta.kernel_release;
    outcome_.record.origin = "template";
    phases_.done(Phase::restore);
    return true;
}

void Attempt::give_template_up(const std::string& why) {
    origin_.notes.push_back("the template is not used, the machine is booted: " + why);
    origin_.store->discard(std::move(*origin_.use));
    origin_.use.reset();
}

// Whatever keeps a restored machine from starting the program may be the template's fault: a boot
// shall decide.
bool Attempt::template_failed(bool told) const {
    const bool ended = !told || stuck_ || (machine_ && machine_->ending());
    return origin_.use && ended && facts_.stage != Stage::started && !facts_.report &&
           facts_.signal == 0 && !facts_.out_of_time;
}

Result<> Attempt::start_over() {
    give_template_up(machine_ && machine_->ending()
                         ? "the restored one ended before the program was started: " +
                               machine_->ending()->detail
                         : "the restored one did not start the program");
    channel_.reset();
    machine_.reset();
    facts_.stage = Stage::created;
    stuck_ = gave_up_ = goodbye_ = false;
    paused_ = true;
    return power_on();
}

// Saves the booted machine for others, and goes on with it: it stands where its clones begin.
Result<> Attempt::keep() {
    if (!origin_.maker) {
        return {};
    }
    if (auto saved = save(); saved) {
        outcome_.record.origin = "boot, saved as template";
    } else {
        origin_.notes.push_back("no template was made: " + saved.error().one_line());
    }
    origin_.maker.reset();
    phases_.done(Phase::save);
    return {};
}

Result<> Attempt::save() {
    if (request_.limits.guest && *request_.limits.guest - Clock::now() < time_to_save) {
        return fail(ErrorKind::environment, "the test's time limit is too near");
    }
    TRY_ASSIGN(const bool asked, channel_->send(wire::FrameType::stand_by, {}));
    const auto patience = Deadline::in(stand_by_limit);
    while (asked && !standing_ && !over() && !patience.expired()) {
        TRY(turn());
    }
    if (!standing_ || over() || !origin_.maker) {
        return fail(ErrorKind::guest, "the guest does not stand by to be saved");
    }
    paused_ = true;
    TRY(machine_->pause());
    TRY_ASSIGN(auto draft, origin_.store->begin());
    TRY(machine_->save(draft.directory()));
    // A kernel given by its path may have been replaced since the key was made of it.
    TRY_ASSIGN(const auto key, layer_0_key(request_));
    if (key != origin_.key) {
        return fail(ErrorKind::environment, "the kernel changed meanwhile");
    }
    const auto position = channel_->position();
    return origin_.store->commit(std::move(draft),
                                 {.key = origin_.key,
                                  .machine = machine_->describe(),
                                  .topology = request_.spec.topology.text(),
                                  .memory = request_.spec.memory,
                                  .kernel = request_.spec.kernel.string(),
                                  .kernel_release = outcome_.record.kernel_release,
                                  .setup = {},
                                  .made_at = now_seconds(),
                                  .received = position.received,
                                  .sent = position.sent,
                                  .files = {}});
}

} // namespace ktstr::session
