#include "ktstr-runner/session/scheduler_story.hpp"

#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/session/diagnosis.hpp"
#include "ktstr-runner/session/scheduler_end.hpp"

#include <algorithm>

namespace ktstr::session {

namespace {

constexpr std::size_t most_details = 200;
constexpr std::size_t most_schedulers = 100;
constexpr std::size_t longest_text = 256 << 10; // the engine bounds it too

// Line by line, and of a long text its end.
std::string bounded_lines(std::string_view text) {
    std::string out;
    const bool cut = text.size() > longest_text;
    if (cut) {
        text.remove_prefix(text.size() - longest_text);
        out = "... (its beginning is left out)\n";
    }
    out += printable_lines(text);
    return out.empty() ? out : out + "\n";
}

// With several schedulers each text is under its scheduler's name.
void add_text(std::string& to,
              const wire::Story& story,
              const wire::SchedulerStory& scheduler,
              const std::string& text) {
    const auto lines = bounded_lines(text);
    if (lines.empty()) {
        return;
    }
    if (story.schedulers.size() > 1) {
        to += printable(scheduler.name) + ":\n";
    }
    to += lines;
}

} // namespace

void record_story(const wire::Story& story, sidecar::Record& record) {
    if (!story.problem.empty()) {
        record.notes.push_back("the engine in the guest: " + printable(story.problem));
    }
    for (const auto& detail : story.details) {
        if (record.details.size() == most_details) {
            record.details.emplace_back("... (more are left out)");
            break;
        }
        record.details.push_back(printable(detail));
    }
    const bool passed = record.verdict == sidecar::Verdict::pass;
    for (const auto& scheduler : story.schedulers) {
        if (record.schedulers.size() == most_schedulers) {
            break;
        }
        record.schedulers.push_back({.name = printable(scheduler.name),
                                     .ops = printable(scheduler.ops),
                                     .end = std::string(name(scheduler.end)),
                                     .attach_ns = scheduler.attach_ns,
                                     .ran_ns = scheduler.ran_ns,
                                     .detach_ns = scheduler.detach_ns,
                                     .exit_code = scheduler.exit_code,
                                     .kind = scheduler.kind,
                                     .reason = printable(scheduler.reason),
                                     .message = printable(scheduler.message)});
        if (!passed) {
            add_text(record.scheduler_log, story, scheduler, scheduler.log);
            add_text(record.scheduler_dump, story, scheduler, scheduler.dump);
        }
    }
}

} // namespace ktstr::session
