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

TEST(VariantOf, AProfileMayBeNamedAsALabelIs) {
    const auto guessed = [](std::string_view name) { return variant_of(name, "", "", ""); };
    const auto of = [](const char* preset, const char* profile) {
        return VariantName{
            .test = "m::t", .cell = Cell{.preset = preset, .profile = profile}
        };
    };
    EXPECT_EQ(guessed("gauntlet/m::t/tiny-1llc/llc"), of("tiny-1llc", "llc"));
    EXPECT_EQ(guessed("gauntlet/m::t/tiny-1llc/kernel_threads"), of("tiny-1llc", "kernel_threads"));
    EXPECT_EQ(guessed("gauntlet/m::t/tiny-1llc/kernel_threads/kernel_6_14"),
              of("tiny-1llc", "kernel_threads"));
    EXPECT_EQ(guessed("gauntlet/m::t/tiny-1llc/llc/kernel_6_14"), of("tiny-1llc", "llc"));
    EXPECT_EQ(guessed("m::t/kernel_6_14"), (VariantName{.test = "m::t", .cell = {}}));
    EXPECT_EQ(guessed("m::t"), (VariantName{.test = "m::t", .cell = {}}));
    const auto* const hard = "gauntlet/m::t/tiny-1llc/kernel_threads";
    EXPECT_EQ(variant_of(hard, "m::t", "tiny-1llc", "kernel_threads"),
              of("tiny-1llc", "kernel_threads"));
    EXPECT_EQ(variant_of("t/kernel_a", "t/kernel_a", "", ""),
              (VariantName{.test = "t/kernel_a", .cell = {}}));
    EXPECT_EQ(of("a", "b").plain(), "gauntlet/m::t/a/b");
    EXPECT_EQ(guessed("m::t/kernel_6_14").plain(), "m::t");
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
