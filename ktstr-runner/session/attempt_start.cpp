// The beginning of an attempt: where its machine comes from.
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/session/attempt.hpp"
#include "ktstr-runner/session/forks.hpp"

#include <fmt/format.h>

#include <poll.h>

#include <algorithm>
#include <array>

namespace ktstr::session {

using namespace std::chrono_literals;
using sidecar::Phase;

namespace {

// How often the lock of a template's maker is looked at: flock(2) knows no time limit. And how
// long: a maker boots and saves in seconds; one that does not must not hold up all others.
constexpr auto maker_interval = 5ms;
constexpr auto maker_limit = 30s;

// The test of a program, of those that take a fork, that loads it for those behind it: what that
// costs, some two of them save. And another one, should that have been in vain.
constexpr std::array<std::uint32_t, 2> turns_to_load{2, 16};

// What must be left of a test's time for its machine to be made where it could have been restored.
constexpr auto time_to_make = 60s;

} // namespace

// The machine that has been set up is the nearest, then the booted one.
Result<> Attempt::create() {
    TRY_ASSIGN(auto signals, SignalWatch::create());
    signals_.emplace(std::move(signals));
    TRY(take_cpus());
    if (over()) {
        return {};
    }
    if (cpus_.is_restricted() && !has_own_cpus()) { // others' CPUs are not the host's to give
        host_share_ = HostShare(host::usable_cpus());
    }
    if (request_.setup) {
        if (fork(set_up_, TemplateLayer::set_up)) {
            return {};
        }
        const auto patience = Deadline::in(
            maker_limit + std::chrono::milliseconds(request_.setup->job.time_limit_ms));
        find_origin(
            set_up_, request_, TemplateLayer::set_up, [&] { return wait_for_maker(patience); });
        count_use(set_up_);
        phases_.done(Phase::find);
        if (over() || (!serving_ && restore(set_up_, machine::Restored::clone))) {
            return {};
        }
    }
    if (!request_.setup && fork(booted_, TemplateLayer::booted)) {
        return {};
    }
    const auto patience = Deadline::in(maker_limit);
    find_origin(booted_, request_, TemplateLayer::booted, [&] { return wait_for_maker(patience); });
    if (!request_.setup) {
        count_use(booted_);
    }
    phases_.done(Phase::find);
    if (over()) {
        return {};
    }
    // A server is best when it has run its kernel's boot itself: what it has translated then, its
    // forks have translated. Behind a setup that is enough.
    const bool boots = serving_ && !request_.setup;
    const auto use = set_up_.maker || serving_ ? machine::Restored::copy : machine::Restored::clone;
    return !boots && restore(booted_, use) ? Result<>{} : power_on();
}

bool Attempt::has_own_cpus() const {
    return request_.cpus && request_.cpus->mode == CpuWish::Mode::performance;
}

// Waiting for them is none of the test's time: one that has no time left then is not to blame.
Result<> Attempt::take_cpus() {
    if (!request_.cpus) {
        return {};
    }
    const auto begun = Clock::now();
    std::string last;
    const host::Patience patience{.deadline = request_.limits.verdict
                                                  ? Deadline::at(*request_.limits.verdict)
                                                  : Deadline::never(),
                                  .wake_fd = signals_->fd(),
                                  .go_on = [&] { return take_signals().has_value() && !gave_up_; }};
    const auto tell = [&](std::span<const host::LeaseHolder> holders) {
        last = holders.empty() ? std::string("others") : host::describe(holders.front());
        say("waiting for host CPUs, after {}: {}",
            holders.size() == 1 ? "one other" : fmt::format("{} others", holders.size()),
            last);
    };
    auto taken = cpus_.take(*request_.cpus, request_.spec.topology, patience, tell);
    phases_.done(Phase::lease);
    const auto waited = Clock::now() - begun;
    // More than it left the test.
    const auto& limit = request_.limits.verdict;
    facts_.waited_for_cpus = limit && waited > *limit - Clock::now() ? human_time(waited) : "";
    if (!taken && has_own_cpus()) {
        facts_.no_cpus = taken.error().one_line();
        if (!taken.error().hint().empty()) {
            outcome_.record.notes.push_back("hint: " + taken.error().hint());
        }
        gave_up_ = true;
        return {};
    }
    TRY_ASSIGN(const auto how, std::move(taken));
    if (how == HostCpus::Taken::gave_up && facts_.signal == 0) {
        facts_.no_cpus = "the time limit passed while it waited for host CPUs, of " + last;
        gave_up_ = true;
    }
    return {};
}

void Attempt::settle() {
    const auto settled = cpus_.settle(*machine_, outcome_.record);
    if (!settled && has_own_cpus()) {
        facts_.no_cpus = settled.error().one_line();
        gave_up_ = true;
    } else if (!settled) {
        outcome_.record.notes.push_back(settled.error().one_line());
    }
}

// A test that has not the time for a boot leaves it to another.
void Attempt::count_use(const Origin& origin) {
    const auto& limit = request_.limits.guest;
    const bool has_time = !limit || *limit - Clock::now() > time_to_make;
    if (origin.use && has_time && request_.spec.forks && !cpus_.is_restricted() &&
        has_room_for_a_server(request_.spec.memory)) {
        serving_ = turn_to_serve(*request_.templates, origin.key);
    }
}

Result<> Attempt::power_on() {
    TRY_ASSIGN(
        machine_, machine::create(request_.machine, request_.spec), "cannot create the machine");
    channel_.emplace(machine_->window());
    outcome_.record.machine = machine_->describe();
    outcome_.record.machine_reason = request_.machine.reason;
    outcome_.record.origin = "boot";
    settle();
    phases_.done(Phase::create);
    return {};
}

bool Attempt::wait_for_maker(Deadline patience) {
    pollfd wait{.fd = signals_->fd(), .events = POLLIN, .revents = 0};
    ::poll(&wait, 1, static_cast<int>(maker_interval.count()));
    const auto taken = take_signals();
    const auto watched = watch_time();
    if (patience.expired() && !gave_up_) {
        outcome_.record.notes.emplace_back(
            "another makes the template for long; this machine is made without it");
    }
    return taken && watched && !gave_up_ && !patience.expired();
}

// False: it must be made otherwise.
bool Attempt::restore(Origin& origin, machine::Restored use) {
    if (!origin.use) {
        return false;
    }
    restored_ = &origin;
    auto restored = machine::restore(request_.machine, request_.spec, origin.use->directory, use);
    if (!restored) {
        give_template_up("it cannot be restored: " + restored.error().one_line());
        return false;
    }
    const auto& meta = origin.use->meta;
    go_on_with(std::move(*restored), {.received = meta.received, .sent = meta.sent});
    outcome_.record.kernel_release = meta.kernel_release;
    outcome_.record.origin = "template";
    phases_.done(Phase::restore);
    return true;
}

// False: there is no server of this run for it.
bool Attempt::fork(Origin& origin, TemplateLayer layer) {
    // One that shares its emulator's translations has its pages and its threads from another.
    if (!request_.templates || request_.templates->run.empty() || has_own_cpus()) {
        return false;
    }
    const auto key = template_key(request_, layer);
    if (!key) {
        return false; // find_origin() says why
    }
    origin.key = *key;
    program_ = name_of_program(request_);
    loaded_ = !program_.empty() && take_fork(origin, loaded_name(origin), {});
    if (loaded_) {
        outcome_.record.origin += ", loaded";
        return true;
    }
    return take_fork(origin, fork_server_name(*request_.templates, origin.key), program_);
}

bool Attempt::take_fork(Origin& origin, const std::string& name, std::string_view subject) {
    auto forked = machine::fork(request_.machine, request_.spec, name, subject);
    const auto note =
        forked && *forked ? ForkNote::parse((*forked)->note) : Result<ForkNote>(ForkNote{});
    phases_.done(Phase::find);
    if (!forked || !note) {
        const auto& error = forked ? note.error() : forked.error();
        origin.notes.push_back("no fork is used: " + error.one_line());
        return false;
    }
    if (!*forked) {
        return false;
    }
    restored_ = &origin;
    go_on_with(std::move((*forked)->machine), {.received = note->received, .sent = note->sent});
    outcome_.record.kernel_release = note->kernel_release;
    outcome_.record.origin = "fork";
    loads_ = !cpus_.is_restricted() &&
             std::ranges::find(turns_to_load, (*forked)->turn) != turns_to_load.end();
    phases_.done(Phase::restore);
    return true;
}

void Attempt::go_on_with(std::unique_ptr<machine::Machine> machine,
                         machine::Channel::Position position) {
    machine_ = std::move(machine);
    channel_.emplace(machine_->window(), position);
    facts_.stage = Stage::ready;
    outcome_.record.machine = machine_->describe();
    outcome_.record.machine_reason = request_.machine.reason;
    settle();
}

void Attempt::give_template_up(const std::string& why) {
    restored_->notes.push_back(fmt::format("a {} is not used, the machine is made without it: {}",
                                           restored_->use ? "template" : "fork",
                                           why));
    if (restored_->use) {
        restored_->store->discard(std::move(*restored_->use));
        restored_->use.reset();
    }
    restored_ = nullptr;
}

// Whatever keeps a restored machine from starting the program may be the template's fault: a boot
// shall decide.
bool Attempt::template_failed(bool told) const {
    const bool ended = !told || stuck_ || lost_ || (machine_ && machine_->ending());
    // A machine that has started a setup here has shown that it lives.
    return restored_ != nullptr && ended && !setup_started_ && facts_.stage != Stage::started &&
           !facts_.report && facts_.setup_failure.empty() && facts_.signal == 0 &&
           !facts_.out_of_time;
}

Result<> Attempt::start_over() {
    give_template_up(machine_ && machine_->ending()
                         ? "the restored machine ended before the program was started: " +
                               machine_->ending()->detail
                         : "the restored machine did not start the program");
    channel_.reset();
    machine_.reset();
    facts_.stage = Stage::created;
    loads_ = loaded_ = false;
    loaded_answer_.reset();
    stuck_ = lost_ = gave_up_ = goodbye_ = setup_started_ = false;
    facts_.set_up_here = false;
    setup_report_.reset();
    setup_said_.clear();
    facts_.story.reset();
    begun_.reset();
    launched_.reset();
    measurements_.clear();
    live_files_.clear();
    files_.abandon();
    paused_ = true;
    return power_on();
}

} // namespace ktstr::session
