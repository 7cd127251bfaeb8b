#include "cargo-ktstr/stats/html_page.hpp"
#include "cargo-ktstr/stats/html_report.hpp"
#include "cargo-ktstr/stats/testing_runs.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace ktstr::stats {

namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::vector<sidecar::Record> variants(double ms) {
    std::vector<sidecar::Record> out;
    for (int i = 0; i < 6; ++i) {
        auto one =
            passed(fmt::format("gauntlet/t/preset-{}/default", i),
                   fmt::format(R"({{"results": [{{"cgroups": {{"a": {{"max_gap_ms": {}}}}}}}]}})",
                               ms + i));
        one.started_at_ns = 1'000'000'000LL * (i + 1);
        one.wall_ns = 1'500'000'000;
        one.phases_ns[static_cast<std::size_t>(sidecar::Phase::body)] = 1'000'000'000;
        out.push_back(one);
    }
    return out;
}

} // namespace

TEST(HtmlReport, DrawsTheRun) {
    auto records = variants(100);
    EXPECT_THAT(html_report(runs_of(records), nullptr, nullptr), Not(HasSubstr("guest time")));
    auto bad = deterministic(failed("gauntlet/t/preset-9/<script>"), "d");
    bad.headline = "<b>& \"so on\"</b>";
    records.push_back(bad);
    auto runs = runs_of(records);
    runs.read = {
        {.directory = "/t/20261130T1/", .source = {}}
    };
    const auto page = html_report(runs, nullptr, nullptr);
    EXPECT_THAT(page, HasSubstr("<h1>ktstr: 20261130T1</h1>"));
    EXPECT_THAT(page, HasSubstr("4 ns for each instruction of all vCPUs"));
    EXPECT_THAT(page, HasSubstr("aria-label=\"the run over time\""));
    EXPECT_THAT(page, HasSubstr("aria-label=\"tests and topologies\""));
    EXPECT_THAT(page, HasSubstr("body: 6.0 s in all (100.0 %), median 1.0 s"));
    EXPECT_THAT(page, HasSubstr("&lt;b&gt;&amp; &quot;so on&quot;&lt;/b&gt;"));
    EXPECT_THAT(page, Not(HasSubstr("<script")));
    EXPECT_THAT(page, Not(HasSubstr("http"))) << "it needs no network";
    EXPECT_THAT(page, Not(HasSubstr("Metrics of A and B")));
}

TEST(HtmlReport, HoldsItAgainstAnother) {
    const auto before = runs_of(variants(100));
    const auto after = runs_of(variants(300));
    const auto comparison = compare(before, after, {.alpha = 0.05});
    const auto page = html_report(after, &before, &comparison);
    EXPECT_THAT(page, HasSubstr("Metrics of A and B"));
    EXPECT_THAT(page, HasSubstr("class=\"a\"><title>100 ms</title>"));
    EXPECT_THAT(page, HasSubstr("class=\"b\"><title>305 ms</title>"));
}

TEST(HtmlReport, OfNothingIsAPageToo) {
    EXPECT_THAT(html_report(runs_of({}), nullptr, nullptr), HasSubstr("</html>"));
}

} // namespace ktstr::stats
