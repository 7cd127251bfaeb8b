// docs/reference/metrics.md is written by hand and held against the table.
#include "cargo-ktstr/stats/guest_time.hpp"
#include "cargo-ktstr/stats/metrics.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/matchers.hpp"

#include <fmt/format.h>

namespace ktstr::stats {

TEST(MetricsReference, HasTheTable) {
    std::string table;
    for (const auto& metric : metrics) {
        table += fmt::format("| `{}` | {} | {} | {} | {} % | {} |\n",
                             metric.name,
                             metric.unit.empty() ? "-" : metric.unit,
                             metric.better == Better::less ? "less" : "more",
                             metric.absolute,
                             100 * metric.relative,
                             metric.meaning);
    }
    const auto page = read_file(KTSTR_SOURCE_DIR "/docs/reference/metrics.md", 1 << 20);
    ASSERT_THAT(page, IsOk());
    EXPECT_THAT(*page, testing::HasSubstr(table));
}

// What the screen says of guest time the pages say too.
TEST(MetricsReference, SaysWhatGuestTimeIs) {
    for (const auto* const page : {"/docs/reference/metrics.md", "/docs/guide/statistics.md"}) {
        const auto text = read_file(std::string(KTSTR_SOURCE_DIR) + page, 1 << 20);
        ASSERT_THAT(text, IsOk());
        EXPECT_THAT(*text, testing::HasSubstr(std::string(guest_time)));
    }
}

} // namespace ktstr::stats
