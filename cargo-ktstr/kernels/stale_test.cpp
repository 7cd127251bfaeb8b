#include "cargo-ktstr/kernels/stale.hpp"

#include <gmock/gmock.h>

namespace ktstr::kernels {

using testing::HasSubstr;
using testing::Optional;

TEST(Stale, ARecipeIsItsSettings) {
    EXPECT_EQ(recipe_digest({
                  {"CONFIG_A", "y"},
                  {"CONFIG_B", "n"}
    }),
              recipe_digest({{"CONFIG_B", "n"}, {"CONFIG_A", "y"}}));
    EXPECT_NE(recipe_digest({
                  {"CONFIG_A", "y"}
    }),
              recipe_digest({{"CONFIG_A", "m"}}));
    EXPECT_FALSE(settings_of_ours("x86_64", SchedExt::no).contains("CONFIG_SCHED_CLASS_EXT"));
    EXPECT_TRUE(settings_of_ours("x86_64", SchedExt::yes).contains("CONFIG_SCHED_CLASS_EXT"));
}

TEST(Stale, IsWhatOtherSettingsMade) {
    for (const auto sched_ext : {SchedExt::no, SchedExt::yes}) {
        auto settings = settings_of_ours("x86_64", sched_ext);
        EXPECT_FALSE(why_stale({.arch = "x86_64", .recipe = recipe_digest(settings)}));
        settings["CONFIG_OF_ANOTHER_TIME"] = "y";
        EXPECT_THAT(why_stale({.arch = "x86_64", .recipe = recipe_digest(settings)}),
                    Optional(HasSubstr("made with other settings")));
    }
}

TEST(Stale, WithoutARecipeNobodyKnows) {
    EXPECT_FALSE(why_stale({.arch = "x86_64", .source = "deb"}));
}

} // namespace ktstr::kernels
