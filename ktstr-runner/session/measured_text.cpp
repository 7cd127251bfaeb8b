#include "ktstr-runner/session/measured_text.hpp"

#include "ktstr-runner/base/columns.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <array>
#include <functional>
#include <string_view>
#include <vector>

namespace ktstr::session {

namespace {

constexpr std::size_t most_rows = 60;
constexpr std::size_t most_events = 60;

const Json& member(const Json& json, std::string_view key) {
    static const Json nothing;
    if (!json.is_object()) {
        return nothing;
    }
    const auto found = json.find(key);
    return found == json.end() ? nothing : *found;
}

// "run_delay.mean_us"
const Json& at(const Json& json, std::string_view path) {
    const auto dot = path.find('.');
    const auto& first = member(json, path.substr(0, dot));
    return dot == std::string_view::npos ? first : at(first, path.substr(dot + 1));
}

std::string number(const Json& json, double unit, int digits) {
    return json.is_number() ? fmt::format("{:.{}f}", json.get<double>() / unit, digits) : "-";
}

std::string text(const Json& json) {
    return json.is_string() ? printable(json.get_ref<const std::string&>()) : "-";
}

struct Column {
    const char* title;
    std::string_view path; // in PhaseCgroupStats (docs/design/scheduler-tests.md)
    double unit;
    int digits;
};

constexpr std::array columns_of_stats{
    Column{"workers",        "num_workers",        1,   0},
    Column{"iterations",     "total_iterations",   1,   0},
    Column{"cpu ms",         "total_cpu_time_ns",  1e6, 0},
    Column{"delay mean us",  "run_delay.mean_us",  1,   0},
    Column{"worst us",       "run_delay.worst_us", 1,   0},
    Column{"wake p99 us",    "wake.p99_us",        1,   0},
    Column{"longest gap ms", "max_gap_ms",         1,   1},
    Column{"migrations",     "total_migrations",   1,   0},
};

std::vector<std::string> row(const Json& phase, const std::string& cgroup, const Json& stats) {
    std::vector<std::string> cells{text(member(phase, "name")), printable(cgroup)};
    for (const auto& column : columns_of_stats) {
        cells.push_back(number(at(stats, column.path), column.unit, column.digits));
    }
    return cells;
}

void each(const Json& json, const std::function<void(const Json&)>& use) {
    if (json.is_array()) {
        for (const auto& item : json) {
            use(item);
        }
    }
}

} // namespace

std::string stats_table(const Json& measurements) {
    std::vector<std::vector<std::string>> rows{
        {"phase", "cgroup"}
    };
    for (const auto& column : columns_of_stats) {
        rows[0].emplace_back(column.title);
    }
    std::size_t left_out = 0;
    each(member(measurements, "results"), [&](const Json& result) {
        each(member(result, "phases"), [&](const Json& phase) {
            const auto& cgroups = member(phase, "cgroups");
            if (!cgroups.is_object()) {
                return;
            }
            for (const auto& [name, stats] : cgroups.items()) {
                if (rows.size() > most_rows) {
                    ++left_out;
                } else {
                    rows.push_back(row(phase, name, stats));
                }
            }
        });
    });
    if (rows.size() == 1) {
        return {};
    }
    auto out = columns(rows);
    return left_out == 0 ? out : out + fmt::format("... ({} more lines)\n", left_out);
}

std::string timeline(const Json& measurements) {
    std::string out;
    std::size_t count = 0;
    each(member(measurements, "results"), [&](const Json& result) {
        each(member(result, "timeline"), [&](const Json& event) {
            const auto& when = member(event, "at");
            if (++count <= most_events && when.is_number()) {
                out += fmt::format(
                    "{:>9.3f} s  {}\n", when.get<double>() / 1e9, text(member(event, "what")));
            }
        });
    });
    return count <= most_events ? out
                                : out + fmt::format("... ({} more lines)\n", count - most_events);
}

} // namespace ktstr::session
