#include "cargo-ktstr/stats/github.hpp"

#include "cargo-ktstr/stats/gauntlet.hpp"
#include "cargo-ktstr/stats/summary.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/sidecar/names.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ktstr::stats {

namespace {

using sidecar::Verdict;

constexpr std::size_t most_annotations = 9;
constexpr std::size_t most_lines = 200; // a summary has a megabyte

// What is wrong, failures first.
std::vector<const Attempt*> troubled(const Runs& runs) {
    auto out = last_attempts(runs.attempts);
    std::erase_if(out, [](const Attempt* attempt) {
        return attempt->verdict != Verdict::fail && attempt->verdict != Verdict::inconclusive;
    });
    std::ranges::stable_sort(out, [&](const Attempt* a, const Attempt* b) {
        const auto key = [&](const Attempt* attempt) {
            return std::tie(
                attempt->verdict, runs.words[attempt->binary_id], runs.words[attempt->name]);
        };
        return key(a) < key(b);
    });
    return out;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
        text.replace(at, what.size(), by);
    }
    return text;
}

// In a cell of a table: nothing that Markdown or HTML makes of it.
std::string cell(std::string_view text) {
    std::string out;
    for (const char c : printable(text)) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '|':
        case '*':
        case '_':
        case '`':
        case '[':
        case '\\':
            out += '\\';
            [[fallthrough]];
        default:
            out += c;
        }
    }
    return out;
}

std::string message(std::string_view text) {
    return replaced(replaced(printable(text), "%", "%25"), "\n", "%0A");
}

std::string property(std::string_view text) {
    return replaced(replaced(message(text), ":", "%3A"), ",", "%2C");
}

} // namespace

std::string step_summary(const Runs& runs) {
    const auto summary = summarise(runs.attempts, runs.words);
    std::string out = "### ktstr\n\n|";
    for (const auto& row : sidecar::verdicts) {
        out += fmt::format(" {} |", row.name);
    }
    out += "\n|---|---|---|---|\n|";
    for (const auto& row : sidecar::verdicts) {
        out += fmt::format(" {} |", summary.count(row.value));
    }
    out += "\n";
    if (summary.flaky > 0) {
        out += fmt::format("\n{} passed only after a retry.\n", summary.flaky);
    }
    if (!runs.not_begun.empty()) {
        out += fmt::format("\n{} did not begin within the run's budget.\n", runs.not_begun.size());
    }
    if (!runs.damaged.empty()) {
        out += fmt::format("\nNot counted: {} damaged files.\n", runs.damaged.size());
    }
    const auto bad = troubled(runs);
    if (!bad.empty()) {
        out += "\n| test | verdict | why |\n|---|---|---|\n";
    }
    for (std::size_t i = 0; i < std::min(bad.size(), most_lines); ++i) {
        const auto& attempt = *bad[i];
        out += fmt::format("| {} {} | {} ({}) | {} |\n",
                           cell(runs.words[attempt.binary_id]),
                           cell(runs.words[attempt.name]),
                           name(attempt.verdict),
                           name(attempt.reason),
                           cell(runs.words[attempt.headline]));
    }
    if (bad.size() > most_lines) {
        out += fmt::format("\n{} more did not pass.\n", bad.size() - most_lines);
    }
    return out;
}

std::string annotations(const Runs& runs) {
    std::string out;
    for (const auto verdict : {Verdict::fail, Verdict::inconclusive}) {
        const auto* const kind = verdict == Verdict::fail ? "error" : "warning";
        std::size_t count = 0;
        for (const auto* const attempt : troubled(runs)) {
            if (attempt->verdict == verdict && ++count <= most_annotations) {
                out += fmt::format("::{} title={} {}::{}\n",
                                   kind,
                                   property(runs.words[attempt->binary_id]),
                                   property(runs.words[attempt->name]),
                                   message(runs.words[attempt->headline]));
            }
        }
        if (count > most_annotations) {
            out += fmt::format("::{} title=ktstr::{} more like these; the step's summary has all\n",
                               kind,
                               count - most_annotations);
        }
    }
    return out;
}

} // namespace ktstr::stats
