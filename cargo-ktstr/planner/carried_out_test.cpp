#include "cargo-ktstr/planner/carried_out.hpp"

#include <gmock/gmock.h>

namespace ktstr::planner {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::Pair;

sidecar::Record of(const std::string& test, sidecar::Reason reason, unsigned attempt = 1) {
    sidecar::Record record;
    record.binary_id = "c::it";
    record.test = test;
    record.reason = reason;
    record.attempt = attempt;
    return record;
}

TEST(CarriedOut, TellsChosenOnesAndTheReserveApart) {
    using enum sidecar::Reason;
    const Selection selection{
        .chosen = {"c::it a", "c::it b", "c::it c"},
        .reserve = {{"c::it d", 1s}, {"c::it e", 1s}, {"c::it f", 1s}, {"d d", 1s}}
    };
    const std::vector records{of("a", none),
                              of("b", not_begun),
                              of("d", exit_code),
                              of("d", none, 2),
                              of("e", not_begun),
                              of("f", not_begun)};
    const auto done = carried_out(selection, records);
    EXPECT_EQ(done.reserve_ran, 1U);
    EXPECT_EQ(done.reserve_not_begun, 2U);
    EXPECT_EQ(done.chosen_not_begun, 1U);
    EXPECT_EQ(done.chosen_unknown, 1U);
    const Choice choice{
        .chosen = 3, .reserve = 4, .left_out = 5, .expected = 50s, .pairs = 6, .all_pairs = 7};
    EXPECT_EQ(in_words(choice, done, 60s),
              "3 of 12 variants, 50.0 s expected; 6 of 7 pairs of features; 4 in reserve, of which "
              "1 ran; it took 60.0 s. 8 variants were left out for want of time; 1 of those that "
              "were chosen did not begin in time; 1 of them have no result");
    const Choice all{.chosen = 1, .left_out = 1, .expected = 1s, .pairs = 1, .all_pairs = 1};
    EXPECT_EQ(in_words(all, {}, 1s),
              "1 of 2 variants, 1.0 s expected; 1 of 1 pairs of features; it took 1.0 s. 1 variant "
              "was left out for want of time");
}

TEST(CarriedOut, IsOfTheTestsAsNextestNamesThem) {
    nextest::TestList list;
    list.suites = {{.binary_id = "c::it"}, {.binary_id = "d"}};
    const std::vector<PlannedKernel> kernels{
        {.spec = "6", .label = "kernel_6", .entry = {.key = "k"}}
    };
    const History history;
    Variants variants;
    variants.tests = {
        {.suite = 0, .name = "a", .topology = *Topology::parse("2")},
        {.suite = 1, .name = "b", .topology = *Topology::parse("2"), .duration_ms = 1000}
    };
    variants.all = {
        {.test = 0, .kernel = 0},
        {.test = 1, .kernel = 0, .left = Left::reserve}
    };
    variants.reserve = {1};
    const auto selection =
        selection_of({.list = list, .kernels = kernels, .history = history}, variants);
    EXPECT_THAT(selection.chosen, ElementsAre("c::it a/kernel_6"));
    EXPECT_THAT(selection.reserve,
                ElementsAre(Pair("d b/kernel_6", estimate(Backend::emulated, 2, 1000))));
}

} // namespace
} // namespace ktstr::planner
