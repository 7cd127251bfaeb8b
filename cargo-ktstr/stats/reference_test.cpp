// docs/reference/metrics.md is written by hand and held against the table.
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

} // namespace ktstr::stats
