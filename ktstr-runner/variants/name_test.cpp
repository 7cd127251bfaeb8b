#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/variants/name.hpp"
#include "ktstr-runner/variants/presets.hpp"

#include <gtest/gtest.h>

#include <set>

namespace ktstr::variants {
namespace {

TEST(GauntletName, IsTakenApartAsItWasMade) {
    const auto name = gauntlet_name("mod::test", "tiny-1llc", "llc+steal");
    EXPECT_EQ(name, "gauntlet/mod::test/tiny-1llc/llc+steal");
    const auto parts = gauntlet_parts(name);
    ASSERT_TRUE(parts);
    EXPECT_EQ(parts->test, "mod::test");
    EXPECT_EQ(parts->cell, (Cell{.preset = "tiny-1llc", .profile = "llc+steal"}));
}

TEST(GauntletName, OtherFormsAreNone) {
    for (const auto* name : {"mod::test",
                             "gauntlet/",
                             "gauntlet/t",
                             "gauntlet/t/p",
                             "gauntlet//p",
                             "gauntlet//p/q",
                             "t/p/q"}) {
        EXPECT_FALSE(gauntlet_parts(name)) << name;
    }
}

TEST(Presets, HaveNamesOfTheirOwnAndShapesThatCanBe) {
    std::set<std::string_view> names;
    for (const auto& preset : presets()) {
        names.insert(preset.name);
        const auto parsed = Topology::parse(preset.topology.text());
        ASSERT_THAT(parsed, IsOk());
        EXPECT_EQ(*parsed, preset.topology);
        EXPECT_LE(preset.topology.vcpus(), 255U);
    }
    EXPECT_EQ(names.size(), presets().size());
}

TEST(Presets, AnUnknownOneIsAnErrorWithTheNearest) {
    const auto known = preset_named("odd-5llc");
    ASSERT_THAT(known, IsOk());
    EXPECT_EQ((*known)->topology.text(), "1n5l3c1t");
    EXPECT_THAT(preset_named("odd-5lc"), IsErrorWith("did you mean `odd-5llc`?"));
    EXPECT_THAT(preset_named("nothing"), IsErrorWith("the presets are tiny-1llc, "));
}

} // namespace
} // namespace ktstr::variants
