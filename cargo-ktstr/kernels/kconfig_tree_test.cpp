#include "cargo-ktstr/kernels/kconfig_tree.hpp"

#include <gmock/gmock.h>

namespace ktstr::kernels {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* text = R"(
config PLAIN
	bool "a plain one"
	help
	  config NOT_THIS
	  depends on NOTHING

menuconfig BPF_MENU
	bool
	depends on NET && \
		(PLAIN || OTHER)

if BPF_MENU
config DEBUG_INFO_BTF
	bool "Generate BTF"
	depends on !DEBUG_INFO_SPLIT
	depends on PAHOLE_VERSION >= 122
endif

menu "Extras"
	depends on EXTRAS

config EXTRA
	bool

endmenu

config TWICE
	bool
	depends on A
	depends on B

config TWICE
	depends on C
)";

KconfigTree tree() {
    KconfigTree out;
    out.add(text);
    return out;
}

TEST(KconfigTree, KnowsWhatIsDefined) {
    EXPECT_TRUE(tree().knows("PLAIN"));
    EXPECT_TRUE(tree().knows("BPF_MENU"));
    EXPECT_FALSE(tree().knows("NOT_THIS"));
    EXPECT_FALSE(tree().knows("NET"));
}

TEST(KconfigTree, NamesTheDependenciesThatAreNotMet) {
    Kconfig config{
        {"CONFIG_BPF_MENU",       "y"  },
        {"CONFIG_PAHOLE_VERSION", "119"}
    };
    EXPECT_THAT(tree().unmet("PLAIN", config), IsEmpty());
    EXPECT_THAT(tree().unmet("DEBUG_INFO_BTF", config), ElementsAre("PAHOLE_VERSION >= 122"));
    config["CONFIG_PAHOLE_VERSION"] = "124";
    EXPECT_THAT(tree().unmet("DEBUG_INFO_BTF", config), IsEmpty());
    config["CONFIG_DEBUG_INFO_SPLIT"] = "y";
    config.erase("CONFIG_BPF_MENU");
    EXPECT_THAT(tree().unmet("DEBUG_INFO_BTF", config),
                ElementsAre("BPF_MENU", "!DEBUG_INFO_SPLIT"));
}

TEST(KconfigTree, CountsTheMenuAroundASymbol) {
    EXPECT_THAT(tree().unmet("EXTRA", {}), ElementsAre("EXTRAS"));
    EXPECT_THAT(tree().unmet("TWICE", {}), ElementsAre("C"));
}

TEST(KconfigHolds, ReadsExpressions) {
    const Kconfig config{
        {"CONFIG_A", "y" },
        {"CONFIG_M", "m" },
        {"CONFIG_N", "n" },
        {"CONFIG_V", "12"}
    };
    for (const auto* expression : {"A",
                                   "M",
                                   "!N",
                                   "!UNKNOWN",
                                   "A && M",
                                   "N || A",
                                   "A && (N || M)",
                                   "V >= 12",
                                   "V < 13",
                                   "A=y",
                                   "N=n",
                                   "M!=n",
                                   "UNKNOWN = n"}) {
        EXPECT_TRUE(kconfig_holds(expression, config)) << expression;
    }
    for (const auto* expression :
         {"N", "UNKNOWN", "!A", "A && N", "(A && N) || N", "V > 12", "A=n", "UNKNOWN >= 1"}) {
        EXPECT_FALSE(kconfig_holds(expression, config)) << expression;
    }
}

} // namespace
} // namespace ktstr::kernels
