#include "cargo-ktstr/kernels/kconfig.hpp"
#include "ktstr-runner/base/fd.hpp"

#include <gmock/gmock.h>

#include <set>

namespace ktstr::kernels {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(Kconfig, ReadsSettingsAndKeepsNonsense) {
    const auto parsed = parse_kconfig("# words\nCONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=\"-x = "
                                      "y\"\nCONFIG_A=m\nCNFIG_D=y\n\n");
    EXPECT_THAT(
        parsed.settings,
        ElementsAre(Pair("CONFIG_A", "m"), Pair("CONFIG_B", "n"), Pair("CONFIG_C", "\"-x = y\"")));
    EXPECT_THAT(parsed.nonsense, ElementsAre("CNFIG_D=y"));
}

TEST(Kconfig, MergeReplacesAndAppends) {
    EXPECT_EQ(merge_kconfig("CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=3\n",
                            {
                                {"CONFIG_A", "n"},
                                {"CONFIG_B", "y"},
                                {"CONFIG_D", "m"}
    }),
              "CONFIG_C=3\n# CONFIG_A is not set\nCONFIG_B=y\nCONFIG_D=m\n");
}

TEST(Kconfig, NamesEveryLostSetting) {
    const Kconfig requested{
        {"CONFIG_A", "y"},
        {"CONFIG_B", "y"},
        {"CONFIG_C", "n"},
        {"CONFIG_D", "n"},
        {"CONFIG_E", "y"}
    };
    const Kconfig result{
        {"CONFIG_A", "y"},
        {"CONFIG_B", "m"},
        {"CONFIG_D", "y"}
    };
    EXPECT_THAT(lost_settings(requested, result),
                ElementsAre(testing::Field(&LostSetting::text, "CONFIG_B=y (is m)"),
                            testing::Field(&LostSetting::text, "# CONFIG_D is not set (is y)"),
                            testing::Field(&LostSetting::text, "CONFIG_E=y (is not set)")));
    EXPECT_THAT(lost_settings(requested,
                              {
                                  {"CONFIG_A", "y"},
                                  {"CONFIG_B", "y"},
                                  {"CONFIG_E", "y"}
    }),
                IsEmpty());
}

// docs/design/kconfig.md says what each line is for.
TEST(Kconfig, EveryBuiltinLineIsExplained) {
    const auto page =
        read_file(std::filesystem::path(KTSTR_SOURCE_DIR) / "docs/design/kconfig.md").value_or("");
    std::size_t explained = 0;
    for (const auto& fragment : builtin_fragments()) {
        for (const auto& [name, value] : parse_kconfig(fragment.text).settings) {
            const auto symbol = name.substr(std::string_view("CONFIG_").size());
            const auto words = (value == "n" ? "not `" : "`") + symbol + "`";
            EXPECT_NE(page.find(words), std::string::npos) << words;
            ++explained;
        }
    }
    EXPECT_GT(explained, 150U);
}

TEST(Kconfig, BuiltinFragmentsAreCleanAndDoNotContradictEachOther) {
    std::set<std::string_view> names;
    Kconfig all;
    for (const auto& fragment : builtin_fragments()) {
        names.insert(fragment.name);
        const auto parsed = parse_kconfig(fragment.text);
        EXPECT_THAT(parsed.nonsense, IsEmpty()) << fragment.name;
        EXPECT_FALSE(parsed.settings.empty()) << fragment.name;
        for (const auto& [name, value] : parsed.settings) {
            EXPECT_EQ(all.emplace(name, value).first->second, value)
                << name << " in " << fragment.name;
        }
    }
    EXPECT_TRUE(names.contains("base"));
    EXPECT_TRUE(names.contains("x86_64"));
    EXPECT_TRUE(names.contains("sched_ext"));
    EXPECT_TRUE(names.contains("lean"));
    EXPECT_EQ(all.at("CONFIG_DEVMEM"), "y") << "the memory window needs it";
}

} // namespace ktstr::kernels
