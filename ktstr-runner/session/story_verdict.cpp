#include "ktstr-runner/session/story_verdict.hpp"

#include "ktstr-runner/base/exit_code.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/config/name_matcher.hpp"
#include "ktstr-runner/session/scheduler_end.hpp"

#include <algorithm>
#include <optional>

namespace ktstr::session {

using sidecar::Reason;
using sidecar::Verdict;

namespace {

constexpr int failed_code = static_cast<int>(ExitCode::failed);
constexpr int no_verdict_code = static_cast<int>(ExitCode::harness);

Judgement no_verdict(Reason reason, const std::string& why) {
    return {Verdict::inconclusive, reason, why, no_verdict_code};
}

bool is_expected(const Expectations& expected, const wire::SchedulerStory& story) {
    if (!is_kernel_error(story.end)) {
        return false;
    }
    const auto text = story.reason + "\n" + story.message;
    if (expected.error_contains && text.find(*expected.error_contains) == std::string::npos) {
        return false;
    }
    if (!expected.error_matches) {
        return true;
    }
    const auto pattern = config::NameMatcher::regex(*expected.error_matches); // checked before
    return pattern && pattern->matches(text) == config::Match::yes;
}

std::string in_words(const Expectations& expected) {
    std::string out = "the test expects a scheduler to end with an error";
    if (expected.error_contains) {
        out += " that contains `" + *expected.error_contains + "`";
    }
    if (expected.error_matches) {
        out += std::string(expected.error_contains ? " and" : " that") + " matches `" +
               *expected.error_matches + "`";
    }
    return out;
}

// That an attach or a stop took too long is the one trouble which is a matter of our time.
bool may_be_the_hosts(const Facts& facts, const wire::SchedulerStory& one) {
    return one.timed_out && !facts.host_starved.empty();
}

std::optional<Judgement> judge_schedulers(const Facts& facts, wire::Story story) {
    std::erase_if(story.schedulers, [&](const auto& one) { return may_be_the_hosts(facts, one); });
    const auto* trouble = first_in_trouble(story);
    if (trouble == nullptr) {
        return std::nullopt;
    }
    return Judgement{Verdict::fail, *trouble_of(trouble->end), headline_of(*trouble), failed_code};
}

// When nothing else is wrong than what may be the host's.
std::optional<Judgement> judge_lateness(const Facts& facts, const Judgement& otherwise) {
    const auto late = std::ranges::find_if(
        facts.story->schedulers, [&](const auto& one) { return may_be_the_hosts(facts, one); });
    if (late == facts.story->schedulers.end()) {
        return std::nullopt;
    }
    const bool told_by_the_test =
        otherwise.reason == Reason::test_failed &&
        std::ranges::all_of(facts.story->details, [&](const auto& detail) {
            return detail.find(late->reason) != detail.npos;
        });
    const bool for_it = otherwise.verdict == Verdict::pass || otherwise.verdict == Verdict::skip ||
                        otherwise.reason == Reason::not_executable ||
                        otherwise.reason == Reason::scheduler_not_attached || told_by_the_test;
    return for_it ? std::optional(no_verdict(Reason::host_busy,
                                             headline_of(*late) + "; but " + facts.host_starved))
                  : std::nullopt;
}

// The body did not run, for the scheduler ended before: with the error that is what the test is
// about.
bool ended_before_the_body(const Facts& facts) {
    const bool not_started = facts.report ? facts.report->outcome == wire::Outcome::not_started
                                          : !facts.attach_failure.empty();
    return not_started && std::ranges::any_of(facts.story->schedulers, [&](const auto& one) {
               return one.attach_ns == 0 && is_expected(facts.expectations, one);
           });
}

std::optional<Judgement> judge_expected_error(const Facts& facts, const Judgement& program) {
    const auto& expected = facts.expectations;
    const auto& story = *facts.story;
    const auto as_expected = [&](const auto& one) { return is_expected(expected, one); };
    if (std::ranges::any_of(story.schedulers, as_expected)) {
        // Trouble of another one was not expected.
        auto others = story;
        std::erase_if(others.schedulers, as_expected);
        if (auto trouble = judge_schedulers(facts, others)) {
            return trouble;
        }
        if (ended_before_the_body(facts)) {
            return Judgement{Verdict::pass,
                             Reason::none,
                             "passed: the scheduler ended with the expected error before the test "
                             "began",
                             0};
        }
        return std::nullopt;
    }
    const auto* other = first_in_trouble(story);
    if (other == nullptr && program.reason == Reason::host_busy) {
        return program; // it might have come
    }
    if (other == nullptr && !story.schedulers.empty()) {
        other = &story.schedulers.front();
    }
    return Judgement{Verdict::fail,
                     Reason::expected_error,
                     in_words(expected) + ", but " +
                         (other == nullptr ? "there was no scheduler" : headline_of(*other)),
                     failed_code};
}

// What keeps a pass from being one without anybody's being at fault.
std::string what_is_missing(const Facts& facts) {
    if (!facts.story) {
        return "the engine in the guest did not tell how the test went";
    }
    const auto& story = *facts.story;
    if (!story.problem.empty()) {
        return "the engine in the guest: " + printable(story.problem);
    }
    if (facts.expectations.scheduler && story.schedulers.empty()) {
        return "the engine in the guest tells of no scheduler";
    }
    const auto open = std::ranges::find_if(story.schedulers, [](const auto& one) {
        return one.end == wire::SchedulerEnd::running || one.end == wire::SchedulerEnd::none;
    });
    if (open != story.schedulers.end()) {
        return "the engine in the guest does not tell how " + printable(open->name) + " ended";
    }
    return {};
}

std::string headline_or(const wire::Story& story, const char* otherwise) {
    return story.details.empty() ? otherwise : printable(story.details.front());
}

// The test could not say its word, and that may be why its program ended badly.
bool engine_was_lost(const wire::Story& story) {
    return !story.problem.empty() && story.verdict.empty() && first_in_trouble(story) == nullptr;
}

// The program ended by itself.
Judgement judge_word(const Facts& facts, const Judgement& program) {
    const auto& story = *facts.story;
    const bool well = program.verdict == Verdict::pass;
    // A failure that is expected and may be the host's is no more sure than one that is not.
    const bool by_limits = story.verdict == (facts.expectations.expect_err ? "pass" : "fail");
    if (by_limits && !facts.host_excuse.empty() && (well || program.exit_code == libtest_failure)) {
        return no_verdict(Reason::host_busy,
                          headline_or(story, "the test failed") + "; but " + facts.host_excuse);
    }
    if (story.verdict == "fail") {
        return {Verdict::fail,
                Reason::test_failed,
                headline_or(story, "the test failed"),
                well ? failed_code : program.exit_code};
    }
    if (story.verdict == "inconclusive") {
        auto headline = headline_or(story, "the test could not tell");
        // A test that is not sure has failed, to libtest.
        const bool as_libtest_says_it = well || program.exit_code == libtest_failure;
        return facts.expectations.allow_inconclusive && as_libtest_says_it
                   ? Judgement{Verdict::pass, Reason::none, "passed, inconclusive: " + headline, 0}
                   : no_verdict(Reason::test_inconclusive, headline);
    }
    if (!well) {
        return program;
    }
    if (story.verdict == "pass") {
        return program;
    }
    if (story.verdict == "skip") {
        return {Verdict::skip, Reason::none, headline_or(story, "skipped"), 0};
    }
    return no_verdict(Reason::no_verdict,
                      story.verdict.empty()
                          ? "the test ended without its verdict"
                          : "the test's verdict is an unknown word: " + printable(story.verdict));
}

} // namespace

Judgement judge_story(const Facts& facts, const Judgement& program) {
    if (program.reason == Reason::interrupted) {
        return program;
    }
    const auto& expected = facts.expectations;
    const bool passed = program.verdict == Verdict::pass;
    const bool by_itself =
        passed || program.reason == Reason::exit_code; // else its word came too early
    if (facts.report && facts.story && by_itself && engine_was_lost(*facts.story)) {
        return no_verdict(Reason::harness, what_is_missing(facts));
    }
    if (facts.story) {
        const auto judged = expected.error() ? judge_expected_error(facts, program)
                                             : judge_schedulers(facts, *facts.story);
        if (judged) {
            return *judged;
        }
    }
    if (!facts.report || (!facts.story && !passed)) {
        const auto late = facts.story ? judge_lateness(facts, program) : std::nullopt;
        return late.value_or(program);
    }
    const auto missing = what_is_missing(facts);
    auto judgement =
        facts.story && by_itself && expected.verdict ? judge_word(facts, program) : program;
    if (const auto late = facts.story ? judge_lateness(facts, judgement) : std::nullopt) {
        return *late;
    }
    const bool good = judgement.verdict == Verdict::pass || judgement.verdict == Verdict::skip;
    return good && !missing.empty() ? no_verdict(Reason::harness, missing) : judgement;
}

} // namespace ktstr::session
