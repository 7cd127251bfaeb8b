// What becomes of an attempt's machine for others: set up, and saved as a template.
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/session/attempt.hpp"
#include "ktstr-runner/session/forks.hpp"

#include <string.h>

namespace ktstr::session {

using namespace std::chrono_literals;
using sidecar::Phase;

namespace {

// The agent answers in milliseconds; a busy host may keep it waiting.
constexpr auto stand_by_limit = 10s;

// The agent stops a setup at its limit, and may need so long to tell what it was doing.
constexpr auto setup_margin = 15s;

// What must be left of the test's time for a machine to be saved first.
constexpr auto time_to_save = 5s;

std::int64_t now_seconds() {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

// Empty when it succeeded.
std::string failure_of(const wire::Report& setup) {
    switch (setup.outcome) {
    case wire::Outcome::exited:
        return setup.code == 0 ? "" : "it ended with exit code " + std::to_string(setup.code);
    case wire::Outcome::signalled:
        return "it was killed by " + setup.reason;
    case wire::Outcome::stopped:
        return "it did not end within its time";
    case wire::Outcome::not_started:
        break;
    }
    return "the guest cannot execute it: " + setup.reason;
}

} // namespace

// Saves the booted machine for others, and goes on with it: it stands where its clones begin.
Result<> Attempt::keep() {
    if (booted_.maker) {
        save_as(TemplateLayer::booted);
    } else if (serving_ && !request_.setup) {
        serve_as(TemplateLayer::booted);
    }
    return {};
}

// Runs the setup, unless the machine was restored with that done, and saves what comes of it.
Result<> Attempt::set_up() {
    if (!request_.setup || restored_ == &set_up_) {
        return {};
    }
    auto& setup = *request_.setup;
    TRY(write_payload(setup.payload));
    if (!fill_in(setup.job)) {
        facts_.out_of_time = true;
        gave_up_ = true;
        return {};
    }
    TRY(channel_->submit_setup(wire::dump(setup.job)), "cannot hand the setup over");
    facts_.stage = Stage::setting_up;
    TRY(go_on());
    setup_deadline_ =
        Clock::now() + std::chrono::milliseconds(setup.job.time_limit_ms) + setup_margin;
    while (!over() && !setup_report_ && !stuck_) {
        TRY(turn());
        stuck_ = restored_ != nullptr && !setup_started_ && boot_is_late();
        if (Clock::now() >= *setup_deadline_ && !setup_report_) {
            facts_.setup_failure = "the guest does not answer any more";
            gave_up_ = true;
        }
    }
    setup_deadline_.reset();
    if (setup_report_) {
        TRY(await_standstill());
    }
    phases_.done(Phase::setup);
    if (!setup_report_) {
        return {};
    }
    outcome_.record.origin += ", set up";
    facts_.setup_failure = failure_of(*setup_report_);
    if (!facts_.setup_failure.empty()) {
        // The command, if there is one, had ended by itself before.
        // Without a story of a scheduler's it came no further than the guest's own trouble.
        if (setup.job.scheduler && setup_report_->outcome == wire::Outcome::not_started &&
            facts_.story && !facts_.story->schedulers.empty()) {
            facts_.attach_failure = setup_report_->reason;
        }
        gave_up_ = true;
        return {};
    }
    facts_.story.reset();
    facts_.stage = Stage::ready;
    facts_.set_up_here = true;
    if (set_up_.maker) {
        save_as(TemplateLayer::set_up);
    } else if (serving_) {
        serve_as(TemplateLayer::set_up);
    }
    return {};
}

void Attempt::save_as(TemplateLayer layer) {
    auto& origin = layer == TemplateLayer::booted ? booted_ : set_up_;
    if (const auto saved = save(origin, layer); !saved) {
        origin.notes.push_back("no template was made: " + saved.error().one_line());
    } else {
        if (!outcome_.record.origin.ends_with("template")) {
            outcome_.record.origin += ", saved as template";
        }
        if (request_.machine.deterministic && (!request_.setup || layer == TemplateLayer::set_up)) {
            begin_where_clones_do(origin);
        }
        // A machine that is yet to be set up is needed whole; its server is that of the other
        // layer.
        const bool is_last = !request_.setup || layer == TemplateLayer::set_up;
        const auto name = fork_server_name(*request_.templates, origin.key);
        if (const auto served = is_last ? serve(origin, name) : Result<>{}; !served) {
            origin.notes.push_back("no forks are served: " + served.error().one_line());
        }
    }
    origin.maker.reset();
    phases_.done(Phase::save);
}

// The template is there, and used so often that it gets a server too.
void Attempt::serve_as(TemplateLayer layer) {
    auto& origin = layer == TemplateLayer::booted ? booted_ : set_up_;
    auto served = stand_still(layer);
    if (served) {
        served = check_key(origin, layer);
    }
    if (served) {
        served = serve(origin, fork_server_name(*request_.templates, origin.key));
    }
    if (!served) {
        origin.notes.push_back("no forks are served: " + served.error().one_line());
    }
    serving_.reset();
    phases_.done(Phase::save);
}

// The machine stays as it was saved, for the run's other tests, and this one goes on with a fork of
// it.
Result<> Attempt::serve(Origin& origin, const std::string& name) {
    const auto& templates = *request_.templates;
    const auto owner = run_owner(templates);
    // Forks would have the CPUs that others left this machine.
    if (cpus_.is_restricted() || templates.run.empty() || !owner ||
        !has_room_for_a_server(request_.spec.memory)) {
        return {};
    }
    const auto position = channel_->position();
    const ForkNote note{.kernel_release = outcome_.record.kernel_release,
                        .received = position.received,
                        .sent = position.sent};
    TRY_ASSIGN(const bool serves, machine_->serve_forks(name, owner->get(), note.text()));
    if (!serves) {
        return {};
    }
    auto fork = machine::fork(request_.machine, request_.spec, name);
    channel_.reset();
    machine_.reset();
    // From here on as if it had been taken from a server that was there: one that does not start
    // the program is made anew, and no template is to blame.
    restored_ = &origin;
    origin.use.reset();
    setup_started_ = false;
    if (!fork || !*fork) {
        lost_ = true;
        return fork ? fail(ErrorKind::environment, "the fork server is gone")
                    : fail(std::move(fork).error());
    }
    machine_ = std::move((*fork)->machine);
    channel_.emplace(machine_->window(), position);
    console_at_ready_ = 0; // a fork's console begins anew
    outcome_.record.origin += ", forked";
    return {};
}

// Until the guest waits without sleeping, as its clones shall begin. Behind a setup it does so by
// itself.
Result<> Attempt::stand_by() {
    TRY_ASSIGN(const bool asked, channel_->send(wire::FrameType::stand_by, {}));
    if (paused_) {
        TRY(go_on());
    }
    const auto patience = Deadline::in(stand_by_limit);
    while (asked && !standing_ && !over() && !patience.expired()) {
        TRY(turn());
    }
    if (!standing_ || over()) {
        return fail(ErrorKind::guest, "the guest does not stand by to be saved");
    }
    return await_standstill();
}

// Paused where its clones and forks begin.
Result<> Attempt::stand_still(TemplateLayer layer) {
    if (request_.limits.guest && *request_.limits.guest - Clock::now() < time_to_save) {
        return fail(ErrorKind::environment, "the test's time limit is too near");
    }
    const bool is_set_up = layer == TemplateLayer::set_up;
    if (!is_set_up) {
        TRY(stand_by());
    }
    if (!serving_ && !(is_set_up ? set_up_ : booted_).maker) {
        return fail(ErrorKind::environment, "it stood still meanwhile, and others make it");
    }
    paused_ = true;
    TRY(machine_->pause());
    if (const auto forgot = is_set_up ? Result<>{} : machine_->forget_boot(); !forgot) {
        booted_.notes.push_back("a template is larger than it need be: " +
                                forgot.error().one_line());
    }
    return is_set_up ? channel_->clear_payload(request_.setup->payload.size()) : Result<>{};
}

// What the key was made of may have been replaced since: a kernel given by its path, a program of
// the setup.
Result<> Attempt::check_key(const Origin& origin, TemplateLayer layer) const {
    TRY_ASSIGN(const auto key, template_key(request_, layer));
    if (key != origin.key) {
        return fail(ErrorKind::environment,
                    layer == TemplateLayer::set_up
                        ? "the kernel, or what the setup needs, changed meanwhile"
                        : "the kernel changed meanwhile");
    }
    return {};
}

// The machine that was saved is not quite as one that is restored: the emulator has work of its own
// under way.
void Attempt::begin_where_clones_do(Origin& origin) {
    std::string damage;
    auto use = origin.store->use(origin.key, damage);
    if (!use || !*use) {
        origin.notes.push_back("the digest is of the machine that was saved: the template cannot "
                               "be used: " +
                               (use ? damage : use.error().one_line()));
        return;
    }
    origin.use = std::move(*use);
    const auto said = outcome_.record.origin;
    channel_.reset();
    machine_.reset();
    if (!restore(origin, machine::Restored::clone)) {
        lost_ = true;
        return;
    }
    outcome_.record.origin = said;
    console_at_ready_ = 0;
}

Result<> Attempt::save(const Origin& origin, TemplateLayer layer) {
    TRY(stand_still(layer));
    const bool is_set_up = layer == TemplateLayer::set_up;
    TRY_ASSIGN(auto draft, origin.store->begin());
    TRY(machine_->save(draft.directory()));
    TRY(check_key(origin, layer));
    const auto position = channel_->position();
    return origin.store->commit(std::move(draft),
                                {.key = origin.key,
                                 .machine = machine_->describe(),
                                 .topology = request_.spec.topology.text(),
                                 .memory = request_.spec.memory,
                                 .kernel = request_.spec.kernel.string(),
                                 .kernel_release = outcome_.record.kernel_release,
                                 .setup = is_set_up ? request_.setup->command : std::string(),
                                 .made_at = now_seconds(),
                                 .received = position.received,
                                 .sent = position.sent,
                                 .files = {}},
                                request_.templates->cap);
}

} // namespace ktstr::session
