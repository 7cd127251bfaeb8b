#include "cargo-ktstr/stats/attempt_table.hpp"

#include "cargo-ktstr/stats/summary.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/sidecar/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace ktstr::stats {

namespace {

using Row = std::vector<std::string>;

constexpr std::size_t first_time = 2; // columns before it are words
constexpr std::size_t slowest_shown = 10;

std::string time(std::int64_t ns) {
    return human_time(std::chrono::nanoseconds(ns));
}

class Table final {
public:
    Table(const Runs& runs, const Summary& summary) : runs_(runs), summary_(summary) {}

    Row head() const {
        Row row{"verdict", "reason"};
        for (const auto phase : columns()) {
            row.emplace_back(sidecar::phases[phase].name);
        }
        row.insert(row.end(), {"total", "test"});
        return row;
    }

    Row line(const Attempt& attempt) const {
        const bool plain = attempt.reason == sidecar::Reason::none;
        Row row{std::string(name(attempt.verdict)), plain ? "" : std::string(name(attempt.reason))};
        for (const auto phase : columns()) {
            const auto ns = attempt.phases_ns[phase];
            row.push_back(ns >= 0 ? time(ns) : "-");
        }
        row.insert(row.end(), {time(attempt.wall_ns), test_name(attempt)});
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

    std::string test_name(const Attempt& attempt) const {
        const auto& words = runs_.words;
        std::string number;
        if (attempt.repetition > 0) {
            number += fmt::format(" (repetition {})", attempt.repetition);
        }
        if (attempt.number > 1) {
            number += fmt::format(" (attempt {})", attempt.number);
        }
        if (attempt.deterministic) {
            number += fmt::format(" (deterministic, seed {})", attempt.seed);
        }
        return printable(words[attempt.binary_id] + " " + words[attempt.name]) + number;
    }

    const Runs& runs_;
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
    if (summary.files_lost > 0) {
        line += fmt::format("; {} of {} profiles lost",
                            summary.files_lost,
                            summary.files_kept + summary.files_lost);
    }
    if (summary.second_tries > 0) {
        line += "; " + counted(summary.second_tries, "attempt") +
                " tried again by itself, for its machine had failed";
    }
    if (!runs.not_begun.empty()) {
        line += "; " + counted(runs.not_begun.size(), "test") +
                " did not begin within the run's budget";
    }
    if (runs.identical > 0) {
        line += "; " + counted(runs.identical, "attempt") + " there more than once, counted once";
    }
    if (!runs.damaged.empty()) {
        line += "; not counted: " + counted(runs.damaged.size(), "damaged file");
    }
    return line + "\n";
}

std::string
table_of(const Runs& runs, const Summary& summary, const std::vector<const Attempt*>& shown) {
    const Table table(runs, summary);
    std::vector<Row> rows{table.head()};
    for (const auto* const attempt : shown) {
        rows.push_back(table.line(*attempt));
    }
    rows.push_back(table.foot("median", &Times::median_ns));
    rows.push_back(table.foot("sum", &Times::sum_ns));
    auto text = aligned(rows);
    if (shown.size() < runs.attempts.size()) {
        text += counted(runs.attempts.size() - shown.size(), "attempt") +
                " that passed not shown; `cargo ktstr stats list` shows all\n";
    }
    return text + totals_line(summary, runs);
}

} // namespace

std::string sources(const Runs& runs) {
    std::string text;
    for (const auto& [directory, source] : runs.read) {
        text += fmt::format("{}: {}\n", printable(directory.native()), in_words(source));
    }
    return text;
}

std::string all_attempts(const Runs& runs) {
    return table_of(
        runs, summarise(runs.attempts, runs.words), in_order(runs.attempts, runs.words));
}

std::string chosen_attempts(const Runs& runs, std::size_t most) {
    if (runs.attempts.size() <= most) {
        return all_attempts(runs);
    }
    std::vector<std::int64_t> times;
    for (const auto& attempt : runs.attempts) {
        times.push_back(attempt.wall_ns);
    }
    const auto nth = times.begin() + slowest_shown - 1;
    std::ranges::nth_element(times, nth, std::greater<>());
    auto shown = in_order(runs.attempts, runs.words);
    std::erase_if(shown, [&](const Attempt* attempt) {
        return attempt->passed() && attempt->wall_ns < *nth;
    });
    return table_of(runs, summarise(runs.attempts, runs.words), shown);
}

} // namespace ktstr::stats
