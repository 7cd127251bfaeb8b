// The end of an attempt: what happened becomes the record.
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/session/attempt.hpp"
#include "ktstr-runner/session/diagnosis.hpp"
#include "ktstr-runner/session/host_excuse.hpp"
#include "ktstr-runner/session/scheduler_story.hpp"

#include <fmt/format.h>

#include <poll.h>

#include <algorithm>
#include <iterator>

namespace ktstr::session {

namespace {

constexpr auto last_words_limit = std::chrono::seconds{10};
// Of a dead guest's files: what they may take, and how far beyond the time at which the verdict
// should be out, which nextest leaves us.
constexpr auto longest_rescue = std::chrono::milliseconds{2000};
constexpr auto late_rescue = std::chrono::milliseconds{100};
constexpr std::size_t console_lines_kept = 60;
constexpr std::size_t oops_lines_kept = 200; // an oops of a deep stack, and what came of it

void record_report(const wire::Report& report, sidecar::Record& record) {
    record.user_ns = report.user_ns;
    record.system_ns = report.system_ns;
    record.max_rss_bytes = report.max_rss_bytes;
    for (const auto& leaked : report.leaked) {
        record.leaked.push_back(to_utf8(leaked));
    }
    for (const auto& note : report.notes) {
        record.notes.push_back(to_utf8(note));
    }
}

void record_setup(const std::optional<wire::Report>& report, sidecar::Record& record) {
    for (const auto& note : report ? report->notes : std::vector<std::string>{}) {
        record.notes.push_back("setup: " + to_utf8(note));
    }
}

// Of a kernel that died what it said first, then the end; else the end.
std::string console_to_keep(std::string_view console, const std::optional<Oops>& oops) {
    const auto end = console_lines(console, console_lines_kept);
    if (!oops) {
        return end;
    }
    const auto all = console_lines(console.substr(oops->begin), oops_lines_kept);
    return all.size() <= end.size() ? end : all;
}

// A process that is killed has no memory any more before its end is told.
void await_ending(machine::Machine& machine, Deadline limit) {
    while (machine.service() && !machine.ending() && !limit.expired()) {
        std::vector<pollfd> polls;
        for (const int fd : machine.descriptors()) {
            polls.push_back({.fd = fd, .events = POLLIN, .revents = 0});
        }
        if (::poll(polls.data(), polls.size(), limit.poll_timeout()) < 0 && errno != EINTR) {
            return;
        }
    }
}

} // namespace

// What the boot had to say is of no interest once it has succeeded.
std::string_view Attempt::console_of_interest() const {
    const auto all = machine_->console(); // the end of what came
    const auto since = machine_->console_bytes() - console_at_ready_;
    return facts_.stage == Stage::created || since > all.size() ? all
                                                                : all.substr(all.size() - since);
}

void Attempt::weigh_the_host() {
    outcome_.host_share = host_share_.given();
    if (outcome_.host_share.mean < least_share) {
        facts_.host_starved = describe_share(outcome_.host_share);
    }
    if (took_the_time(outcome_.host_share)) {
        facts_.host_took_the_time = describe_share(outcome_.host_share);
    }
    if (!facts_.story) {
        return;
    }
    std::span<const std::string> details = facts_.story->details;
    if (facts_.expectations.expect_err && !details.empty()) {
        details = details.subspan(1); // what goes first is that it failed as expected
    }
    if (host_may_be_why(outcome_.measurements, details, outcome_.host_share)) {
        facts_.host_excuse = describe_share(outcome_.host_share);
    }
}

void Attempt::learn_of_ending() {
    if (facts_.error &&
        facts_.error->one_line().find(machine::machine_is_gone) != std::string::npos) {
        await_ending(*machine_, Deadline::in(last_words_limit));
    }
    facts_.ending = machine_->ending();
    facts_.emulated = request_.machine.acceleration == machine::Acceleration::tcg;
}

void Attempt::look_for_oops() {
    if (facts_.ending && facts_.ending->cause == machine::Ending::Cause::panicked) {
        facts_.oops = find_oops(console_of_interest());
    }
}

// What the guest can send no more. The verdict must be out in time, and comes first.
void Attempt::take_live_files() {
    if (facts_.report || live_files_.empty()) {
        return;
    }
    if (files_.is_open() && live_files_.knows(files_.name())) {
        files_.abandon();
    }
    const auto now = Clock::now();
    const auto latest = request_.limits.verdict.value_or(now + longest_rescue) + late_rescue;
    live_files_.take(
        [this](std::uint64_t physical, std::span<std::byte> into, Deadline deadline) {
            return machine_->read_memory(physical, into, deadline);
        },
        files_,
        Deadline::at(std::min(latest, now + longest_rescue)));
}

void Attempt::count_files() {
    auto& record = outcome_.record;
    if (files_.is_open()) {
        files_.drop("the guest died in the middle of it");
    }
    record.files_kept = files_.kept();
    record.files_lost = files_.lost();
    for (const auto& report : {facts_.report, setup_report_}) {
        record.files_lost += report ? std::min(report->files_lost, ReturnedFiles::most_files) : 0;
    }
    const bool was_to_leave_some = !request_.job.bring_back.empty() && machine_ != nullptr;
    const bool sets_up = facts_.stage == Stage::setting_up && setup_started_ && !setup_report_;
    const bool died = !facts_.report && (facts_.stage == Stage::started || sets_up);
    // A scheduler that did not attach may be none that was to leave one.
    const bool ran = facts_.report && facts_.report->outcome != wire::Outcome::not_started;
    if (was_to_leave_some && (died || ran) && record.files_kept + record.files_lost == 0) {
        ++record.files_lost;
        record.notes.emplace_back(
            ran ? "no file came back: none was left, or its program was not made to"
                : "the guest died before it told of a file that was to come back");
    }
    for (const auto& note : files_.notes()) {
        record.notes.push_back(note);
    }
    outcome_.files = files_.paths();
    count_trace();
}

void Attempt::record_frames() {
    auto& record = outcome_.record;
    record.deterministic = request_.machine.deterministic;
    record.seed = request_.seed.value_or(0);
    if (said_) {
        record.digest = said_->digest();
        outcome_.frames = said_->take();
    }
    record.job_at_ns = record.deterministic && begun_ ? begun_->time_stamp : 0;
    record.failed_at_ns = record.deterministic ? failed_at() : 0;
}

Outcome Attempt::conclude(std::optional<Error> error) {
    auto& record = outcome_.record;
    facts_.error = std::move(error);
    const bool told_by_story = facts_.story && !facts_.attach_failure.empty();
    if (!setup_said_.empty() && !told_by_story) {
        if (const auto added = err_.add(setup_said_); !added && !facts_.error) {
            facts_.error = added.error();
        }
    }
    for (auto* output : {&out_, &err_}) {
        if (const auto dropped = output->finish(); dropped) {
            record.output_dropped += *dropped;
        } else if (!facts_.error) {
            facts_.error = dropped.error();
        }
    }
    std::optional<CpuTime> cpu_time;
    std::optional<std::string> stillness;
    if (machine_) {
        learn_of_ending();
        cpu_time = machine_->cpu_time();
        record.vcpus = machine_->counters();
        stillness = machine_->stillness();
        take_live_files();
        machine_->stop();
        look_for_oops(); // all of the console is there by now
    }
    outcome_.measurements = measurements_.take(record.notes);
    weigh_the_host();
    outcome_.timed_out = was_at_it_to_the_end(facts_);
    const auto judgement = judge(facts_);
    record.verdict = judgement.verdict;
    record.reason = judgement.reason;
    record.headline = to_utf8(judgement.headline);
    record.exit_code = judgement.exit_code;
    record.layer = restored_ == &set_up_ || facts_.set_up_here ? 1 : 0;
    record_frames();
    record.stdout_bytes = out_.total();
    record.stderr_bytes = err_.total();
    for (auto* origin : {&set_up_, &booted_}) {
        std::ranges::move(origin->notes, std::back_inserter(record.notes));
    }
    count_files();
    if (cpu_time && (facts_.out_of_time || !facts_.boot_limit.empty())) {
        record.notes.push_back("the host gave the machine " + describe(*cpu_time));
    }
    if (stillness && !facts_.report) {
        record.notes.push_back(*stillness);
    }
    if (record.output_dropped > 0) {
        record.notes.push_back(
            human_bytes(record.output_dropped) +
            " of output left out, to keep memory bounded; its beginning and end are kept");
    }
    if (facts_.error && facts_.report) { // the verdict stands, what else was lost is said
        record.notes.push_back("after the report: " + to_utf8(facts_.error->one_line()));
    }
    if (facts_.error && !facts_.error->hint().empty()) {
        record.notes.push_back("hint: " + facts_.error->hint());
    }
    record_setup(setup_report_, record);
    if (facts_.report) {
        record_report(*facts_.report, record);
    }
    if (machine_ && record.verdict != sidecar::Verdict::pass) {
        record.console_tail = console_to_keep(console_of_interest(), facts_.oops);
    }
    if (facts_.story) {
        record_story(*facts_.story, record);
    }
    if (!outcome_.measurements.is_null()) {
        record.facts.text = print_json(outcome_.measurements);
    }
    outcome_.report = facts_.report;
    outcome_.story = std::move(facts_.story);
    phases_.done(sidecar::Phase::teardown);
    machine_.reset();
    signals_.reset();
    return std::move(outcome_);
}

} // namespace ktstr::session
