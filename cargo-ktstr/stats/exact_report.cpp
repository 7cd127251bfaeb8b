#include "cargo-ktstr/stats/exact_report.hpp"

#include "cargo-ktstr/stats/guest_time.hpp"
#include "cargo-ktstr/stats/html_page.hpp"
#include "ktstr-runner/base/columns.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <array>

namespace ktstr::stats {

namespace {

using Cells = std::vector<std::vector<std::string>>;

constexpr std::size_t few_tests = 20;   // are shown with as many differences as
constexpr std::size_t most_of_few = 12; // these; of more tests each has
constexpr std::size_t most_of_many = 3;
constexpr std::size_t longest_value = 40; // characters

constexpr std::array<std::string_view, 4> exact_outcome_names{
    "differs", "not-deterministic", "other-inputs", "unread"};
constexpr std::array<std::string_view, 6> relevance_names{
    "outcome", "metric", "event", "decision", "scenario", "detail"};
constexpr std::array<std::string_view, 3> effect_names{"none", "worse", "better"};

std::string_view name_of(ExactOutcome outcome) {
    return exact_outcome_names.at(static_cast<std::size_t>(outcome));
}

std::string cell_of(const std::optional<Measure>& measure) {
    if (!measure) {
        return "-";
    }
    const auto text = printable(measure->text);
    return text.size() <= longest_value ? text : text.substr(0, longest_value - 3) + "...";
}

std::string given(const std::vector<std::string>& inputs) {
    return "they were given another " + join(inputs, ", ");
}

// What became of a test, behind its name.
std::string in_words(const ExactTest& test) {
    switch (test.outcome) {
    case ExactOutcome::differs:
        break;
    case ExactOutcome::not_deterministic:
        return fmt::format("NOT DETERMINISTIC in {}: {} behaviours in {} attempts with seed {}{}",
                           test.side,
                           test.behaviours,
                           test.attempts,
                           test.seed,
                           test.in_one_run
                               ? ", of one run and so of the same programs; not compared"
                               : ", of the same kernel, machine and scheduler, in several runs: "
                                 "if the test's own program is the same too; not compared");
    case ExactOutcome::other_inputs:
        return fmt::format("not compared: {} behaves in {} ways in {} attempts with seed {}, for "
                           "{}; name one run of each side",
                           test.side,
                           test.behaviours,
                           test.attempts,
                           test.seed,
                           given(test.inputs));
    case ExactOutcome::unread:
        return "behaves differently; in what cannot be told: " + printable(test.why);
    }
    const auto why = test.inputs.empty()
                         ? std::string("kernel, machine and scheduler are the same, so the test's "
                                       "own program is another, or it is not deterministic")
                         : given(test.inputs);
    return fmt::format("behaves differently{}; {}{}",
                       test.regressed() ? ", and worse" : "",
                       why,
                       test.found == 0 ? "; no measure differs, only what its guest said and when"
                                       : "");
}

Cells rows_of(const ExactTest& test, std::size_t most) {
    const bool a_and_b = test.outcome == ExactOutcome::differs;
    Cells rows{
        {"measure", a_and_b ? "A" : "one", a_and_b ? "B" : "another", "change", ""}
    };
    for (const auto& one : test.differences) {
        if (rows.size() > most) {
            break;
        }
        rows.push_back({printable(one.measure),
                        cell_of(one.a),
                        cell_of(one.b),
                        one.change ? fmt::format("{:+.3g} %", 100 * *one.change) : "",
                        one.effect == Effect::none || !a_and_b
                            ? ""
                            : std::string(effect_names.at(static_cast<std::size_t>(one.effect)))});
    }
    return rows;
}

std::string more_than(const ExactTest& test, std::size_t shown) {
    return test.found > shown ? fmt::format("{} more measures differ", test.found - shown) : "";
}

// "they part in frame 12: A out, 6 B: `one`; B out, 6 B: `two`"
std::string frame_in_words(const ExactTest& test) {
    const bool a_and_b = test.outcome == ExactOutcome::differs;
    return test.frame.empty() ? ""
                              : printable(fmt::format("they part in {}: {} {}; {} {}",
                                                      test.frame,
                                                      a_and_b ? "A" : "one",
                                                      test.said[0],
                                                      a_and_b ? "B" : "another",
                                                      test.said[1]));
}

std::string in_words(const OneSided& one) {
    return fmt::format("{}: {} alone ran it so", one.test, one.side);
}

std::string totals_of(const ExactComparison& exact) {
    std::size_t regressed = 0;
    for (const auto& test : exact.tests) {
        regressed += test.regressed() ? 1U : 0U;
    }
    auto text = fmt::format("deterministic, compared exactly: {} tests, {} identical, {} behave "
                            "differently ({} worse)",
                            exact.compared(),
                            exact.identical,
                            exact.count(ExactOutcome::differs),
                            regressed);
    for (const auto& [count, words] :
         {std::pair(exact.count(ExactOutcome::not_deterministic), "not deterministic"),
          std::pair(exact.count(ExactOutcome::other_inputs), "of several inputs on one side"),
          std::pair(exact.count(ExactOutcome::unread), "with sidecars that cannot be read"),
          std::pair(exact.untold, "without a digest")}) {
        if (count > 0) {
            text += fmt::format("; {} {}", count, words);
        }
    }
    return text;
}

std::size_t shown_of(const ExactComparison& exact) {
    return exact.tests.size() <= few_tests ? most_of_few : most_of_many;
}

} // namespace

std::string exact_text(const ExactComparison& exact) {
    if (exact.is_empty()) {
        return {};
    }
    std::string text;
    const auto most = shown_of(exact);
    for (const auto& test : exact.tests) {
        text += fmt::format("{} {}\n", test.test, in_words(test));
        if (const auto frame = frame_in_words(test); !frame.empty()) {
            text += fmt::format("  {}\n", frame);
        }
        if (const auto rows = rows_of(test, most); rows.size() > 1) {
            for (const auto& line : split(columns(rows), '\n')) {
                text += line.empty() ? "" : fmt::format("  {}\n", line);
            }
        }
        if (const auto more = more_than(test, most); !more.empty()) {
            text += fmt::format("  {}: --json\n", more);
        }
        text += "\n";
    }
    for (std::size_t i = 0; i < std::min(exact.one_sided.size(), few_tests); ++i) {
        text += fmt::format("not compared: {}\n", in_words(exact.one_sided[i]));
    }
    if (exact.one_sided.size() > few_tests) {
        text += fmt::format("not compared: {} more that one side alone ran so: --json\n",
                            exact.one_sided.size() - few_tests);
    }
    return fmt::format("{}{}\n{}\n", text, totals_of(exact), guest_time);
}

Json exact_json(const ExactComparison& exact) {
    Json json{
        {"identical", exact.identical},
        {"untold",    exact.untold   },
        {"tests",     Json::array()  },
        {"one_sided", Json::array()  }
    };
    const auto value = [](const std::optional<Measure>& measure) {
        auto parsed = measure ? parse_json(measure->json) : Result<Json>(Json());
        return parsed ? std::move(*parsed) : Json(measure->text);
    };
    for (const auto& test : exact.tests) {
        auto differences = Json::array();
        for (const auto& one : test.differences) {
            differences.push_back({
                {"measure", to_utf8(one.measure)                                                    },
                {"kind",    std::string(relevance_names.at(static_cast<std::size_t>(one.relevance)))},
                {"a",       value(one.a)                                                            },
                {"b",       value(one.b)                                                            },
                {"change",  one.change ? Json(*one.change) : Json()                                 },
                {"effect",  std::string(effect_names.at(static_cast<std::size_t>(one.effect)))      }
            });
        }
        json["tests"].push_back({
            {"test", test.test},
            {"seed", test.seed},
            {"outcome", std::string(name_of(test.outcome))},
            {"regression", test.regressed()},
            {"side", test.side == ' ' ? Json() : Json(std::string(1, test.side))},
            {"attempts", test.attempts},
            {"behaviours", test.behaviours},
            {"in_one_run", test.in_one_run},
            {"inputs", test.inputs},
            {"files", Json::array({to_utf8(test.files[0]), to_utf8(test.files[1])})},
            {"frame", test.frame.empty() ? Json() : Json(test.frame)},
            {"said", Json::array({to_utf8(test.said[0]), to_utf8(test.said[1])})},
            {"found", test.found},
            {"why", test.why.empty() ? Json() : Json(to_utf8(test.why))},
            {"differences", std::move(differences)}
        });
    }
    for (const auto& one : exact.one_sided) {
        json["one_sided"].push_back({
            {"test", one.test},
            {"side", std::string(1, one.side)},
            {"deterministic", one.deterministic},
            {"seed", one.deterministic ? Json(one.seed) : Json()}
        });
    }
    return json;
}

std::string exact_html(const ExactComparison& exact) {
    if (exact.is_empty()) {
        return {};
    }
    std::string out;
    const auto most = shown_of(exact);
    for (const auto& test : exact.tests) {
        const auto frame = frame_in_words(test);
        out += fmt::format("<p>{} {}{}</p>\n",
                           escaped(test.test),
                           escaped(in_words(test)),
                           frame.empty() ? "" : "<br>" + escaped(frame));
        if (const auto rows = rows_of(test, most); rows.size() > 1) {
            out += html_table(rows);
        }
        if (const auto more = more_than(test, most); !more.empty()) {
            out += fmt::format("<p>{}</p>\n", more);
        }
    }
    for (const auto& one : exact.one_sided) {
        out += fmt::format("<p>not compared: {}</p>\n", escaped(in_words(one)));
    }
    return fmt::format("<p>{}.</p>\n{}", escaped(totals_of(exact)), out);
}

} // namespace ktstr::stats
