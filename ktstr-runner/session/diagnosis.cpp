#include "ktstr-runner/session/diagnosis.hpp"

#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ktstr::session {

namespace {

// Running and runnable tasks tell most, then those in uninterruptible sleep.
int urgency(const wire::Task& task) {
    return task.state == "R" ? 0 : task.state == "D" ? 1 : 2;
}

} // namespace

std::string render(const wire::Diagnosis& diagnosis) {
    auto tasks = diagnosis.tasks;
    std::ranges::stable_sort(tasks, {}, urgency);
    auto out = fmt::format("tasks in the guest ({}):\n    {:>6} {:<16} {:<5} {:>3} {:>9}  {}\n",
                           diagnosis.reason,
                           "pid",
                           "comm",
                           "state",
                           "cpu",
                           "cpu time",
                           "waits in");
    for (const auto& task : tasks) {
        out += fmt::format("    {:>6} {:<16} {:<5} {:>3} {:>6} ms  {}\n",
                           task.pid,
                           printable(task.comm),
                           printable(task.state),
                           task.cpu,
                           task.cpu_ms,
                           printable(task.wchan.empty() || task.wchan == "0" ? "-" : task.wchan));
        for (const auto& frame : task.stack) {
            out += "             " + printable(frame) + "\n";
        }
    }
    return out;
}

std::string console_lines(std::string_view console, std::size_t lines) {
    std::vector<std::string> kept;
    for (const auto& line : split(console, '\n')) {
        const auto end = line.find_last_not_of('\r'); // a serial line's
        if (auto text = printable(std::string_view(line).substr(0, end + 1)); !trim(text).empty()) {
            kept.push_back(std::move(text));
        }
    }
    std::string out;
    for (std::size_t i = kept.size() - std::min(kept.size(), lines); i < kept.size(); ++i) {
        out += "  | " + kept[i] + "\n";
    }
    return out;
}

} // namespace ktstr::session
