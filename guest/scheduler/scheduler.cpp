#include "guest/scheduler/scheduler.hpp"

#include "guest/scheduler/kernel_exit.hpp"
#include "guest/scheduler/make_cgroups.hpp"
#include "guest/scheduler/patience.hpp"

#include <signal.h>

#include <algorithm>
#include <utility>

namespace ktstr::guest {

namespace {

constexpr std::int64_t force_patience_ms = 2000;

std::vector<std::string> shell(const std::vector<std::string>& lines) {
    std::string script;
    for (const auto& line : lines) {
        script += line + '\n';
    }
    return {"/bin/sh", "-e", "-c", script};
}

} // namespace

Scheduler::Scheduler(wire::Scheduler what, SchedulerPlaces places)
    : what_(std::move(what)), places_(std::move(places)), kernel_(places_.sched_ext) {
    course_.attach_limit_ms = what_.attach_limit_ms;
    course_.detach_limit_ms = what_.detach_limit_ms;
}

Problem Scheduler::start() {
    for (const auto& cgroup : what_.make_cgroups) {
        if (auto problem = make_cgroup(cgroup, places_.cgroups)) {
            return problem;
        }
    }
    started_ns_ = monotonic_ns();
    loader_ = std::make_unique<Loader>(
        LoaderOrder{.argv = is_builtin() ? shell(what_.enable) : what_.argv,
                    .environment = what_.environment,
                    .cwd = what_.cwd,
                    .cgroup = places_.own_cgroup,
                    .kernel_log = places_.kernel_log,
                    .watchdog_ms = is_builtin() ? 0 : what_.watchdog_ms});
    if (loader_->problem()) {
        return loader_->problem();
    }
    return std::nullopt;
}

Problem Scheduler::attach(const std::function<bool()>& give_up) {
    course_.kernel_has_it = is_builtin() || kernel_.exists();
    if (!course_.kernel_has_it) {
        return judge(course_).reason;
    }
    if (!is_builtin() && !kernel_.is_disabled()) {
        problem_ = "another scheduler is attached already: " + kernel_.ops() + " (" +
                   kernel_.state() + ')';
        return problem_;
    }
    if (const auto problem = start()) {
        problem_ = *problem;
        return problem;
    }
    return is_builtin() ? attach_builtin(give_up) : await_enabled(give_up);
}

Problem Scheduler::await_enabled(const std::function<bool()>& give_up) {
    for (Patience patience(what_.attach_limit_ms); !was_enabled(); patience.sleep()) {
        if (loader_->end()) {
            break;
        }
        if (patience.is_over() || give_up()) {
            course_.attach_limit_ms = (monotonic_ns() - started_ns_) / 1'000'000;
            force();
            break;
        }
    }
    // One that ended while it was enabled has left: that is told later, not here.
    if (course_.forced || !was_enabled()) {
        return story().reason;
    }
    attached_ns_ = monotonic_ns();
    course_.attached = true;
    course_.ops = kernel_.ops();
    if (!loader_->has_watchdog_limit()) { // a test that relies on it would prove nothing
        detach();
        course_.attached = false;
        problem_ = "the watchdog's limit could not be set: its loader fills in no sched_ext_ops";
        return problem_;
    }
    return std::nullopt;
}

// Also between two looks: the kernel's log tells of it.
bool Scheduler::was_enabled() const {
    return kernel_.is_enabled() || std::ranges::any_of(loader_->kernel_lines(), tells_of_enabling);
}

// What its commands switch on is their own affair: that they succeed is all there is to see.
Problem Scheduler::attach_builtin(const std::function<bool()>& give_up) {
    for (Patience patience(what_.attach_limit_ms); !loader_->end(); patience.sleep()) {
        if (patience.is_over() || give_up()) {
            force();
            break;
        }
    }
    const auto end = loader_->end();
    if (!end || course_.forced || end->status != 0) {
        return story().reason;
    }
    attached_ns_ = end->at_ns;
    course_.attached = true;
    course_.ops = kernel_.ops();
    return std::nullopt;
}

bool Scheduler::is_attached() const {
    if (!course_.attached || asked_ns_ != 0) {
        return false;
    }
    return is_builtin() || (!loader_->end() && kernel_.is_enabled());
}

bool Scheduler::has_stopped() const {
    return loader_->end() && kernel_.is_disabled();
}

bool Scheduler::await_stop(std::int64_t limit_ms) const {
    for (Patience patience(limit_ms); !has_stopped(); patience.sleep()) {
        if (patience.is_over()) {
            return false;
        }
    }
    return true;
}

void Scheduler::detach() {
    if (!loader_ || loader_->problem() || asked_ns_ != 0 || !course_.attached) {
        return;
    }
    course_.left_first = !is_attached();
    asked_ns_ = monotonic_ns();
    course_.asked = true;
    if (is_builtin()) {
        detach_builtin();
    } else {
        loader_->signal(SIGTERM);
        if (!await_stop(what_.detach_limit_ms)) {
            course_.detach_limit_ms = (monotonic_ns() - asked_ns_) / 1'000'000;
            force();
        }
    }
    stopped_ns_ = monotonic_ns();
}

void Scheduler::detach_builtin() {
    course_.left_first = false;
    // It reads the kernel's log from the start on, and its end would be the end of all in the
    // cgroup: it lives on.
    enabler_ = std::move(loader_);
    loader_ = std::make_unique<Loader>(LoaderOrder{.argv = shell(what_.disable),
                                                   .environment = what_.environment,
                                                   .cwd = what_.cwd,
                                                   .cgroup = places_.own_cgroup,
                                                   .kernel_log = places_.kernel_log});
    if (loader_->problem()) {
        problem_ = *loader_->problem();
    } else if (!loader_->await_end(what_.detach_limit_ms)) {
        force();
    }
}

// SysRq-S has the kernel throw the scheduler out (kernel/sched/ext.c): then its process, which may
// be one that it never runs, can die.
void Scheduler::force() {
    course_.forced = true;
    if (!is_builtin() && !kernel_.is_disabled()) {
        write_file(places_.sysrq, "S");
    }
    loader_->signal(SIGKILL);
    if (is_builtin()) {
        loader_->await_end(force_patience_ms);
    } else if (!await_stop(force_patience_ms)) {
        problem_ = "the scheduler could not be removed: the kernel says \"" + kernel_.state() +
                   (loader_->end() ? "\"" : "\", and its process does not die of SIGKILL");
    }
}

// What came first: the kernel's word, the end of its process, our order.
std::int64_t Scheduler::ran_until() const {
    auto until = asked_ns_ != 0 ? asked_ns_ : monotonic_ns();
    if (is_builtin()) {
        return until;
    }
    if (const auto end = loader_->end()) {
        until = std::min(until, end->at_ns);
    }
    if (const auto disabled = loader_->disabled_at()) {
        until = std::min(until, *disabled);
    }
    return until;
}

wire::SchedulerStory Scheduler::story() const {
    auto course = course_;
    if (const auto& first = enabler_ ? enabler_ : loader_; first && !first->problem()) {
        course.kernel_lines = first->kernel_lines();
    }
    if (loader_ && !loader_->problem()) {
        const auto end = loader_->end();
        course.status = end ? std::optional(end->status) : std::nullopt;
        course.output = loader_->output();
        course.left_first |= course_.attached && asked_ns_ == 0 && !is_attached();
        if (!course.forced && std::ranges::any_of(course.kernel_lines, tells_of_enabling)) {
            course.left_first |= !course.attached; // between two looks
            course.attached = true;
        }
    }
    if (is_builtin() && course_.attached && asked_ns_ == 0) { // its commands' end is not its own
        course.status.reset();
    }
    auto story = judge(course);
    story.name = what_.name;
    story.ops = course_.ops;
    story.pid = is_builtin() ? 0 : pid();
    story.log = fold_repeats(without_dump(course.output));
    // The kernel's own error is what happened; that the process stayed is what came of it.
    if (!problem_.empty() && story.kind < exit_error) {
        story.reason = problem_;
        story.end = course_.attached ? wire::SchedulerEnd::would_not_stop
                                     : wire::SchedulerEnd::never_attached;
    }
    if (course_.attached) {
        story.attach_ns = attached_ns_ - started_ns_;
        const auto until = ran_until();
        story.ran_ns = std::max<std::int64_t>(0, until - attached_ns_);
        story.ended_ns = course.left_first ? until : 0;
    }
    story.detach_ns = stopped_ns_ != 0 ? stopped_ns_ - asked_ns_ : 0;
    return story;
}

} // namespace ktstr::guest
