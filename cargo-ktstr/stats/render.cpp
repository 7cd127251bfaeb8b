#include "cargo-ktstr/stats/render.hpp"

#include "cargo-ktstr/stats/summary.hpp"
#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/sidecar/names.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ktstr::stats {

namespace {

using sidecar::Record;
using Row = std::vector<std::string>;

constexpr int json_schema = 2;
constexpr std::size_t first_time = 2; // columns before it are words

std::string time(std::int64_t ns) {
    return human_time(std::chrono::nanoseconds(ns));
}

std::string test_name(const Record& record) {
    auto name = record.binary_id + " " + record.test;
    if (record.attempt > 1) {
        name += fmt::format(" (attempt {})", record.attempt);
    }
    return name;
}

class Table final {
public:
    explicit Table(const Summary& summary) : summary_(summary) {}

    Row head() const {
        Row row{"verdict", "reason"};
        for (const auto phase : columns()) {
            row.emplace_back(sidecar::phases[phase].name);
        }
        row.insert(row.end(), {"total", "test"});
        return row;
    }

    Row line(const Record& record) const {
        const bool plain = record.reason == sidecar::Reason::none;
        Row row{std::string(name(record.verdict)), plain ? "" : std::string(name(record.reason))};
        for (const auto phase : columns()) {
            row.push_back(record.phases_ns[phase] ? time(*record.phases_ns[phase]) : "-");
        }
        row.insert(row.end(), {time(record.wall_ns), test_name(record)});
        return row;
    }

    Row foot(const std::string& word, std::int64_t Times::* which) const {
        Row row{word, ""};
        for (const auto phase : columns()) {
            row.push_back(time((*summary_.phases[phase]).*which));
        }
        row.insert(row.end(), {time(summary_.total.*which), ""});
        return row;
    }

private:
    std::vector<std::size_t> columns() const { // the phases that any attempt had
        std::vector<std::size_t> out;
        for (std::size_t phase = 0; phase < sidecar::phase_count; ++phase) {
            if (summary_.phases[phase]) {
                out.push_back(phase);
            }
        }
        return out;
    }

    const Summary& summary_;
};

std::string aligned(const std::vector<Row>& rows) {
    std::vector<std::size_t> widths(rows.front().size());
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], row[i].size());
        }
    }
    std::string out;
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i + 1 < row.size(); ++i) {
            line += i < first_time ? fmt::format("{:<{}}  ", row[i], widths[i])
                                   : fmt::format("{:>{}}  ", row[i], widths[i]);
        }
        line += row.back();
        line.resize(line.find_last_not_of(' ') + 1);
        out += line + "\n";
    }
    return out;
}

std::string counted(std::size_t number, std::string_view what) {
    return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

std::string totals_line(const Summary& summary, const Runs& runs) {
    auto line = counted(summary.all_tests(), "test") + ":";
    for (const auto& row : sidecar::verdicts) {
        line += fmt::format("{} {} {}",
                            row.value == sidecar::Verdict::pass ? "" : ",",
                            summary.count(row.value),
                            row.name);
    }
    if (const auto more = summary.attempts - summary.all_tests(); more > 0) {
        line += "; " + counted(more, "attempt") + " more, " + counted(summary.flaky, "test") +
                " passed only after a retry";
    }
    if (summary.second_tries > 0) {
        line += "; " + counted(summary.second_tries, "attempt") +
                " tried again by itself, for its machine had failed";
    }
    if (runs.identical > 0) {
        line +=
            "; " + counted(runs.identical, "attempt") + " in more than one directory, counted once";
    }
    if (!runs.damaged.empty()) {
        line += "; not counted: " + counted(runs.damaged.size(), "damaged file");
    }
    return line + "\n";
}

Json totals_json(const Summary& summary) {
    Json totals;
    totals["tests"] = summary.all_tests();
    for (const auto& row : sidecar::verdicts) {
        totals[std::string(row.name)] = summary.count(row.value);
    }
    totals["attempts"] = summary.attempts;
    totals["flaky"] = summary.flaky;
    totals["second_tries"] = summary.second_tries;
    const auto put = [](const Times& times) {
        return Json{
            {"median", times.median_ns},
            {"sum",    times.sum_ns   }
        };
    };
    totals["wall_ns"] = put(summary.total);
    totals["phases_ns"] = Json::object();
    for (const auto& row : sidecar::phases) {
        if (const auto& times = summary.phases[static_cast<std::size_t>(row.value)]) {
            totals["phases_ns"][std::string(row.name)] = put(*times);
        }
    }
    return totals;
}

} // namespace

std::string as_table(const Runs& runs) {
    const auto summary = summarise(runs.records);
    const Table table(summary);
    std::vector<Row> rows{table.head()};
    for (const auto* record : in_order(runs.records)) {
        rows.push_back(table.line(*record));
    }
    rows.push_back(table.foot("median", &Times::median_ns));
    rows.push_back(table.foot("sum", &Times::sum_ns));
    return aligned(rows) + totals_line(summary, runs);
}

std::string as_json(const Runs& runs) {
    Json json;
    json["schema"] = json_schema;
    json["directories"] = Json::array();
    for (const auto& directory : runs.directories) {
        json["directories"].push_back(to_utf8(directory.native()));
    }
    json["totals"] = totals_json(summarise(runs.records));
    json["attempts"] = Json::array();
    for (const auto* record : in_order(runs.records)) {
        json["attempts"].push_back(Json::parse(sidecar::to_json(*record)));
    }
    json["identical"] = runs.identical;
    json["without_tests"] = Json::array();
    for (const auto& directory : runs.without_tests) {
        json["without_tests"].push_back(to_utf8(directory.native()));
    }
    json["damaged"] = runs.damaged;
    return print_json(json, 2) + "\n";
}

} // namespace ktstr::stats
