#include "cargo-ktstr/planner/show.hpp"
#include "cargo-ktstr/planner/testing_plan.hpp"
#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/base/matchers.hpp"

namespace ktstr::planner {
namespace {

using ::testing::HasSubstr;

// One test that was chosen, one in reserve, one that is left out.
class ShowTest : public PlanFixture {
protected:
    ShowTest() {
        list_.suites = {{.binary_id = "c::it"}};
        for (const auto left : {Left::runs, Left::reserve, Left::budget}) {
            const auto number = static_cast<std::uint32_t>(variants_.tests.size());
            variants_.tests.push_back({.name = "t" + std::to_string(number),
                                       .topology = *Topology::parse("2"),
                                       .duration_ms = 1000});
            variants_.all.push_back({.test = number, .kernel = 0, .left = left});
        }
        variants_.reserve = {1};
    }

    std::string text(Result<> print(const Shown&, const Print&)) const {
        std::string all;
        EXPECT_THAT(print({.variants = variants_, .times = times_},
                          [&](std::string_view piece) -> Result<> {
                              all += piece;
                              return {};
                          }),
                    IsOk());
        return all;
    }
};

TEST_F(ShowTest, AReserveWasNotChosenAndMayRun) {
    const auto json = parse_json(text(print_plan_json));
    ASSERT_THAT(json, IsOk());
    EXPECT_EQ(json->at("counts").at("runs"), 1);
    EXPECT_EQ(json->at("counts").at("reserve"), 1);
    EXPECT_EQ(json->at("expected_ns"), json->at("variants").at(0).at("expected_ns"));
    const auto& reserve = json->at("variants").at(1);
    EXPECT_EQ(reserve.at("selected"), false);
    EXPECT_EQ(reserve.at("reason"), "reserve");
    EXPECT_NE(reserve.at("why"), "");
    EXPECT_EQ(json->at("variants").at(0).at("selected"), true);
}

TEST_F(ShowTest, HasALineForEach) {
    const auto table = text(print_table);
    EXPECT_THAT(table, HasSubstr("runs            1.9 s? c::it t0"));
    EXPECT_THAT(table, HasSubstr("reserve         1.9 s? c::it t1"));
    EXPECT_THAT(table, HasSubstr("budget              -  c::it t2"));
    EXPECT_THAT(table, HasSubstr("1 of 3 variants run; 1 reserve, 1 budget\n"));
}

} // namespace
} // namespace ktstr::planner
