#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/config/budget_end.hpp"

namespace ktstr::config {
namespace {

TEST(BudgetEnd, IsWhatWasSet) {
    const auto end = Clock::now() + std::chrono::seconds(3);
    const std::vector<std::string> environment{"A=1", "KTSTR_BUDGET_END=" + budget_end_text(end)};
    const auto found = budget_end_from(environment);
    ASSERT_THAT(found, IsOk());
    EXPECT_EQ(*found, end);
}

TEST(BudgetEnd, IsAbsentWithoutTheVariable) {
    EXPECT_EQ(*budget_end_from({}), std::nullopt);
}

TEST(BudgetEnd, OfSomebodyElseIsRefused) {
    for (const auto* wrong : {"", "soon", "-1", "99999999999999999999", "18446744073709551615"}) {
        const std::vector<std::string> environment{std::string("KTSTR_BUDGET_END=") + wrong};
        EXPECT_THAT(budget_end_from(environment), IsErrorWith("KTSTR_BUDGET_END")) << wrong;
    }
}

} // namespace
} // namespace ktstr::config
