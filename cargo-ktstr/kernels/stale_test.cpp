#include "cargo-ktstr/kernels/stale.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"

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

TEST(Stale, AreModulesThatNobodyCanLoad) {
    const auto folder = TempDir::create("ktstr-stale");
    ASSERT_THAT(folder, IsOk());
    const store::Entry entry{.key = "6.1-x",
                             .modules = folder->path(),
                             .version = "6.1",
                             .arch = "x86_64",
                             .source = "deb"};
    ASSERT_THAT(make_directories(folder->path() / "6.1"), IsOk());
    EXPECT_THAT(why_stale(entry), Optional(HasSubstr("`cargo ktstr kernel clean 6.1-x`")));
    ASSERT_THAT(write_file_atomically(folder->path() / "6.1" / "modules.dep", ""), IsOk());
    EXPECT_FALSE(why_stale(entry));
}

TEST(Stale, WithoutARecipeNobodyKnows) {
    EXPECT_FALSE(why_stale({.arch = "x86_64", .source = "deb"}));
}

} // namespace ktstr::kernels
