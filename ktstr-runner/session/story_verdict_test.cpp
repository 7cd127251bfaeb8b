#include "ktstr-runner/session/story_verdict.hpp"

#include <gmock/gmock.h>

#include <signal.h>

namespace ktstr::session {

using sidecar::Reason;
using sidecar::Verdict;
using wire::SchedulerEnd;

namespace {

using ::testing::HasSubstr;

wire::SchedulerStory ended(SchedulerEnd end, std::string message = "") {
    return {.name = "scx_foo",
            .ops = "foo",
            .end = end,
            .reason = "reason",
            .message = std::move(message),
            .dump = "",
            .log = ""};
}

wire::Story story(std::string verdict, std::vector<wire::SchedulerStory> schedulers) {
    return {.schedulers = std::move(schedulers),
            .verdict = std::move(verdict),
            .details = {"why"},
            .problem = ""};
}

wire::Report exited(int code = 0) {
    return {.outcome = wire::Outcome::exited, .code = code};
}

// A test that says it failed, on a host that may be why.
Facts excused(Facts facts) {
    facts.host_excuse = "the host was busy";
    return facts;
}

// A test under a scheduler that says it passed, and did.
Facts passed() {
    Facts facts;
    facts.stage = Stage::started;
    facts.report = exited();
    facts.story = story("pass", {ended(SchedulerEnd::clean)});
    facts.expectations = {.verdict = true, .scheduler = true};
    return facts;
}

Facts with(SchedulerEnd end, std::string message = "") {
    auto facts = passed();
    facts.story->schedulers = {ended(end, std::move(message))};
    return facts;
}

Facts expecting(Facts facts, const char* contains, const char* matches = nullptr) {
    facts.expectations.error_contains =
        contains == nullptr ? std::nullopt : std::optional<std::string>(contains);
    facts.expectations.error_matches =
        matches == nullptr ? std::nullopt : std::optional<std::string>(matches);
    return facts;
}

Facts saying(std::string word, int code = 0) {
    auto facts = passed();
    facts.story->verdict = std::move(word);
    facts.report = exited(code);
    return facts;
}

template <class Change> Facts changed(Facts facts, Change change) {
    change(facts);
    return facts;
}

struct Case {
    const char* what;
    Facts facts;
    Verdict verdict;
    Reason reason;
    int exit_code;
};

// clang-format off
std::vector<Case> words() {
    return {
        {"pass",                  saying("pass"),              Verdict::pass,         Reason::none,              0},
        {"pass, and exit code",   saying("pass", 101),         Verdict::fail,         Reason::exit_code,         101},
        {"fail by panic",         saying("fail", 101),         Verdict::fail,         Reason::test_failed,       101},
        {"fail, exit code 0",     saying("fail"),              Verdict::fail,         Reason::test_failed,       1},
        {"fail, the host busy",   excused(saying("fail", 101)), Verdict::inconclusive, Reason::host_busy,        3},
        {"fail, another code",    excused(saying("fail", 66)), Verdict::fail,         Reason::test_failed,       66},
        {"expected, host busy",   excused(changed(saying("pass"), [](Facts& f) { f.expectations.expect_err = true; })),
                                                               Verdict::inconclusive, Reason::host_busy,         3},
        {"pass, the host busy",   excused(saying("pass")),     Verdict::pass,         Reason::none,              0},
        {"gone, the host busy",   excused(changed(with(SchedulerEnd::stall), [](Facts& f) { f.story->verdict = "fail"; })),
                                                               Verdict::fail,         Reason::scheduler_stall,   1},
        {"skip",                  saying("skip"),              Verdict::skip,         Reason::none,              0},
        {"skip, and exit code",   saying("skip", 2),           Verdict::fail,         Reason::exit_code,         2},
        {"inconclusive",          saying("inconclusive", 101), Verdict::inconclusive, Reason::test_inconclusive, 3},
        {"no word",               saying(""),                  Verdict::inconclusive, Reason::no_verdict,        3},
        {"no word, exit code",    saying("", 101),             Verdict::fail,         Reason::exit_code,         101},
        {"unknown word",          saying("passed"),            Verdict::inconclusive, Reason::no_verdict,        3},
        {"allowed inconclusive",  changed(saying("inconclusive", 101), [](Facts& f) { f.expectations.allow_inconclusive = true; }),
                                                               Verdict::pass,         Reason::none,              0},
        {"allowed, another code", changed(saying("inconclusive", 66), [](Facts& f) { f.expectations.allow_inconclusive = true; }),
                                                               Verdict::inconclusive, Reason::test_inconclusive, 3},
        {"engine lost",           changed(saying("", 101), [](Facts& f) { f.story->problem = "the engine is gone"; }),
                                                               Verdict::inconclusive, Reason::harness,           3},
        {"engine lost, hung",     changed(saying("", 101), [](Facts& f) { f.story->problem = "x"; f.report = wire::Report{.outcome = wire::Outcome::signalled, .code = SIGSEGV}; }),
                                                               Verdict::fail,         Reason::signal,            139},
        {"end is not told",       with(SchedulerEnd::none),    Verdict::inconclusive, Reason::harness,           3},
        {"killed behind a pass",  changed(passed(), [](Facts& f) { f.report = wire::Report{.outcome = wire::Outcome::signalled, .code = SIGSEGV}; }),
                                                               Verdict::fail,         Reason::signal,            139},
        {"hung behind a pass",    changed(passed(), [](Facts& f) { f.report = wire::Report{.outcome = wire::Outcome::stopped}; }),
                                                               Verdict::fail,         Reason::time_limit,        124},
        {"interrupted",           changed(with(SchedulerEnd::stall), [](Facts& f) { f.report = wire::Report{.outcome = wire::Outcome::stopped}; f.signal = SIGINT; }),
                                                               Verdict::fail,         Reason::interrupted,       130},
        {"engine's problem",      changed(passed(), [](Facts& f) { f.story->problem = "lost"; }),
                                                               Verdict::inconclusive, Reason::harness,           3},
        {"problem of a fail",     changed(saying("fail", 101), [](Facts& f) { f.story->problem = "lost"; }),
                                                               Verdict::fail,         Reason::test_failed,       101},
        {"no story",              changed(passed(), [](Facts& f) { f.story.reset(); }),
                                                               Verdict::inconclusive, Reason::harness,           3},
        {"no story, exit code",   changed(saying("", 101), [](Facts& f) { f.story.reset(); }),
                                                               Verdict::fail,         Reason::exit_code,         101},
        {"no scheduler told of",  changed(passed(), [](Facts& f) { f.story->schedulers.clear(); }),
                                                               Verdict::inconclusive, Reason::harness,           3},
        {"EEVDF",                 changed(passed(), [](Facts& f) { f.story->schedulers.clear(); f.expectations.scheduler = false; }),
                                                               Verdict::pass,         Reason::none,              0},
        {"an engine for others",  changed(saying(""), [](Facts& f) { f.expectations = {}; }),
                                                               Verdict::pass,         Reason::none,              0},
    };
}

Facts late(SchedulerEnd end) {
    auto facts = with(end);
    facts.story->schedulers[0].timed_out = true;
    facts.story->schedulers[0].reason = "SIGTERM, and 10000 ms later SIGKILL";
    return facts;
}

Facts starved(Facts facts) {
    facts.host_starved = "the host gave 20 %";
    return facts;
}

std::vector<Case> schedulers() {
    return {
        {"never attached",  with(SchedulerEnd::never_attached),  Verdict::fail, Reason::scheduler_not_attached, 1},
        {"verifier",        with(SchedulerEnd::verifier),        Verdict::fail, Reason::scheduler_rejected,     1},
        {"missing",         with(SchedulerEnd::missing_feature), Verdict::fail, Reason::kernel_feature,         1},
        {"left",            with(SchedulerEnd::left),            Verdict::fail, Reason::scheduler_left,         1},
        {"exited",          with(SchedulerEnd::exited),          Verdict::fail, Reason::scheduler_left,         1},
        {"bpf error",       with(SchedulerEnd::bpf_error),       Verdict::fail, Reason::scheduler_error,        1},
        {"kernel error",    with(SchedulerEnd::kernel_error),    Verdict::fail, Reason::scheduler_error,        1},
        {"stall",           with(SchedulerEnd::stall),           Verdict::fail, Reason::scheduler_stall,        1},
        {"killed",          with(SchedulerEnd::killed),          Verdict::fail, Reason::scheduler_killed,       1},
        {"would not stop",  with(SchedulerEnd::would_not_stop),  Verdict::fail, Reason::scheduler_stuck,        1},
        {"slow to stop",    starved(late(SchedulerEnd::would_not_stop)),
                                                                 Verdict::inconclusive, Reason::host_busy,      3},
        {"slow, and the host was not", late(SchedulerEnd::would_not_stop),
                                                                 Verdict::fail, Reason::scheduler_stuck,        1},
        {"slow to attach",  changed(starved(late(SchedulerEnd::never_attached)), [](Facts& f) { f.report = wire::Report{.outcome = wire::Outcome::not_started}; }),
                                                                 Verdict::inconclusive, Reason::host_busy,      3},
        {"slow to attach in the setup", changed(starved(late(SchedulerEnd::never_attached)), [](Facts& f) { f.report.reset(); f.stage = Stage::setting_up; f.attach_failure = f.setup_failure = "x"; }),
                                                                 Verdict::inconclusive, Reason::host_busy,      3},
        {"an end of its own", starved(with(SchedulerEnd::never_attached)),
                                                                 Verdict::fail, Reason::scheduler_not_attached, 1},
        {"a stall",         starved(with(SchedulerEnd::stall)),
                                                                 Verdict::fail, Reason::scheduler_stall,        1},
        {"slow, and another's error", changed(starved(late(SchedulerEnd::would_not_stop)), [](Facts& f) { f.story->schedulers.push_back(ended(SchedulerEnd::bpf_error)); }),
                                                                 Verdict::fail, Reason::scheduler_error,        1},
        {"slow, and the test failed", changed(starved(late(SchedulerEnd::would_not_stop)), [](Facts& f) { f.story->verdict = "fail"; f.story->details = {"2 is not 3"}; f.report = wire::Report{.outcome = wire::Outcome::exited, .code = 101}; }),
                                                                 Verdict::fail, Reason::test_failed,            101},
        {"slow, which the test tells of", changed(starved(late(SchedulerEnd::would_not_stop)), [](Facts& f) { f.story->verdict = "fail"; f.story->details = {"the scenario was not run: " + f.story->schedulers[0].reason}; f.report = wire::Report{.outcome = wire::Outcome::exited, .code = 101}; }),
                                                                 Verdict::inconclusive, Reason::host_busy,      3},
        {"not told",        with(SchedulerEnd::running),         Verdict::inconclusive, Reason::harness,        3},
        {"stall and hang",  changed(with(SchedulerEnd::stall), [](Facts& f) { f.report = wire::Report{.outcome = wire::Outcome::stopped}; }),
                                                                 Verdict::fail, Reason::scheduler_stall,        1},
        {"not started",     changed(with(SchedulerEnd::verifier), [](Facts& f) { f.report = wire::Report{.outcome = wire::Outcome::not_started}; }),
                                                                 Verdict::fail, Reason::scheduler_rejected,     1},
        {"in the setup",    changed(with(SchedulerEnd::verifier), [](Facts& f) { f.report.reset(); f.stage = Stage::setting_up; f.attach_failure = f.setup_failure = "x"; }),
                                                                 Verdict::fail, Reason::scheduler_rejected,     1},
        {"setup, no story", changed(passed(), [](Facts& f) { f.report.reset(); f.story.reset(); f.stage = Stage::setting_up; f.attach_failure = f.setup_failure = "x"; }),
                                                                 Verdict::fail, Reason::scheduler_not_attached, 1},
        {"second one",      changed(passed(), [](Facts& f) { f.story->schedulers.push_back(ended(SchedulerEnd::verifier)); }),
                                                                 Verdict::fail, Reason::scheduler_rejected,     1},
        {"before a skip",   changed(with(SchedulerEnd::killed), [](Facts& f) { f.story->verdict = "skip"; }),
                                                                 Verdict::fail, Reason::scheduler_killed,       1},
    };
}

std::vector<Case> expected_errors() {
    const auto error = [](std::string text) { return with(SchedulerEnd::bpf_error, std::move(text)); };
    return {
        {"contains",         expecting(error("no CPU 7 left"), "CPU 7"),            Verdict::pass, Reason::none,           0},
        {"matches",          expecting(error("no CPU 7 left"), nullptr, "CPU \\d+ left$"), Verdict::pass, Reason::none,    0},
        {"both",             expecting(error("no CPU 7 left"), "no", "left"),       Verdict::pass, Reason::none,           0},
        {"only one of both", expecting(error("no CPU 7 left"), "no", "right"),      Verdict::fail, Reason::expected_error, 1},
        {"other text",       expecting(error("bad"), "CPU 7"),                      Verdict::fail, Reason::expected_error, 1},
        {"no error",         expecting(passed(), "CPU 7"),                          Verdict::fail, Reason::expected_error, 1},
        {"no scheduler",     changed(expecting(passed(), "CPU 7"), [](Facts& f) { f.story->schedulers.clear(); }),
                                                                                    Verdict::fail, Reason::expected_error, 1},
        {"never attached with that text", expecting(with(SchedulerEnd::never_attached, "CPU 7"), "CPU 7"),
                                                                                    Verdict::fail, Reason::expected_error, 1},
        {"verifier with that text", expecting(with(SchedulerEnd::verifier, "CPU 7"), "CPU 7"),
                                                                                    Verdict::fail, Reason::expected_error, 1},
        {"and the test failed", changed(expecting(error("CPU 7"), "CPU 7"), [](Facts& f) { f.story->verdict = "fail"; }),
                                                                                    Verdict::fail, Reason::test_failed,    1},
        {"before the body",  changed(expecting(error("CPU 7"), "CPU 7"), [](Facts& f) { f.report = wire::Report{.outcome = wire::Outcome::not_started}; f.story->verdict = ""; }),
                                                                                    Verdict::pass, Reason::none,           0},
        {"in the setup",     changed(expecting(error("CPU 7"), "CPU 7"), [](Facts& f) { f.report.reset(); f.stage = Stage::setting_up; f.attach_failure = f.setup_failure = "x"; f.story->verdict = ""; }),
                                                                                    Verdict::pass, Reason::none,           0},
        {"attached, and no program", changed(expecting(error("CPU 7"), "CPU 7"), [](Facts& f) { f.report = wire::Report{.outcome = wire::Outcome::not_started}; f.story->schedulers[0].attach_ns = 1; }),
                                                                                    Verdict::inconclusive, Reason::not_executable, 4},
        {"another before the body", changed(expecting(error("bad"), "CPU 7"), [](Facts& f) { f.report = wire::Report{.outcome = wire::Outcome::not_started}; }),
                                                                                    Verdict::fail, Reason::expected_error, 1},
        {"and no word",      changed(expecting(error("CPU 7"), "CPU 7"), [](Facts& f) { f.story->verdict = ""; }),
                                                                                    Verdict::inconclusive, Reason::no_verdict, 3},
        {"and another's trouble", changed(expecting(error("CPU 7"), "CPU 7"), [](Facts& f) { f.story->schedulers.push_back(ended(SchedulerEnd::killed)); }),
                                                                                    Verdict::fail, Reason::scheduler_killed, 1},
        {"no story",         changed(expecting(passed(), "CPU 7"), [](Facts& f) { f.story.reset(); }),
                                                                                    Verdict::inconclusive, Reason::harness, 3},
    };
}

// clang-format on

void check(const std::vector<Case>& cases) {
    for (const auto& c : cases) {
        const auto judgement = judge(c.facts);
        EXPECT_EQ(judgement.verdict, c.verdict) << c.what;
        EXPECT_EQ(judgement.reason, c.reason) << c.what << ": " << judgement.headline;
        EXPECT_EQ(judgement.exit_code, c.exit_code) << c.what;
        EXPECT_FALSE(judgement.headline.empty()) << c.what;
    }
}

} // namespace

TEST(StoryVerdict, TheTestsWordCountsAndNoneIsNoPass) {
    check(words());
}

TEST(StoryVerdict, ASchedulersTroubleComesFirst) {
    check(schedulers());
}

TEST(StoryVerdict, AnExpectedErrorMustHaveCome) {
    check(expected_errors());
}

TEST(StoryVerdict, TheHeadlineOfAMissingErrorSaysWhatWasExpectedAndWhatCame) {
    const auto judgement = judge(expecting(with(SchedulerEnd::bpf_error, "bad"), "CPU 7", "x+"));
    EXPECT_THAT(judgement.headline, HasSubstr("contains `CPU 7` and matches `x+`"));
    EXPECT_THAT(judgement.headline, HasSubstr("reason (bad)"));
}

// Whatever else is so: with a scheduler in trouble that nobody expects nothing passes.
TEST(StoryVerdict, NoTroubleOfASchedulerIsEverAPass) {
    for (int end = 0; end <= static_cast<int>(SchedulerEnd::would_not_stop); ++end) {
        for (const auto* word : {"pass", "skip", "inconclusive", ""}) {
            for (const bool expects : {false, true}) {
                auto facts = with(static_cast<SchedulerEnd>(end));
                facts.story->verdict = word;
                facts.expectations.allow_inconclusive = true;
                if (expects) {
                    facts.expectations.error_contains = "no such text";
                }
                const bool in_order = static_cast<SchedulerEnd>(end) == SchedulerEnd::clean ||
                                      static_cast<SchedulerEnd>(end) == SchedulerEnd::none;
                if (!in_order || expects) {
                    EXPECT_NE(judge(facts).exit_code, 0) << end << word << expects;
                }
            }
        }
    }
}

} // namespace ktstr::session
