#include "cargo-ktstr/kernels/build.hpp"
#include "cargo-ktstr/kernels/build_tools.hpp"
#include "cargo-ktstr/kernels/configure.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/store/image_file.hpp"
#include "ktstr-runner/store/test_support.hpp"

#include <algorithm>

namespace ktstr::kernels {

namespace {

// Stands in for the kernel's Makefile: the same targets, files and words, no compiler. `drop` is
// what olddefconfig loses, `broken` makes the build fail, `interrupt` has it signal the program
// that started make and then wait for its end.
constexpr const char* makefile = R"(
tinyconfig:
	@printf 'CONFIG_TINY=y\nCONFIG_MODULES=n\n' > $(O)/.config
defconfig:
	@printf 'CONFIG_DEFAULT=y\n' > $(O)/.config
olddefconfig:
	@echo 'CONFIG_CC_VERSION_TEXT="cc 1"' >> $(O)/.config
	@if grep -q 'CONFIG_WLAN is not set' $(O)/.config; then sed -i '/CONFIG_WIFI_CARD/d' $(O)/.config; fi
	@if [ -e drop ]; then grep -v -f drop $(O)/.config > $(O)/kept; mv $(O)/kept $(O)/.config; fi
syncconfig:
	@echo -ktstr > $(O)/localversion
kernelrelease:
	@echo 6.99.1$$(cat $(O)/localversion)
prepare:
	@echo '  HOSTCC  scripts/basic/fixdep'
bzImage Image:
	@echo '  CC      kernel/fork.o'
	@if [ -e broken ]; then echo "kernel/fork.c:7:1: error: expected ';'" >&2; exit 1; fi
	@if [ -e interrupt ]; then kill -TERM $$(cut -d' ' -f4 /proc/$$PPID/stat); exec tail -f /dev/null; fi
	@mkdir -p $(O)/arch/x86/boot $(O)/arch/arm64/boot
	@cp image $(O)/arch/x86/boot/bzImage
	@cp image $(O)/arch/arm64/boot/Image
	@echo built >> ../builds
vmlinux:
	@cp /bin/true $(O)/vmlinux
)";

} // namespace

class BuildTest : public store::StoreTest {
protected:
    void SetUp() override {
        StoreTest::SetUp();
        if (const auto tools = check_build_tools(); !tools) {
            GTEST_SKIP() << tools.error().render();
        }
        write(tree() / "Makefile", makefile);
        write(tree() / "Kconfig", "");
        write(tree() / "kernel/sched/core.c", "");
        write(tree() / "kernel/sched/ext.c", "");
        write(tree() / "image", store::fake_bzimage("6.99.1-ktstr"));
    }

    std::filesystem::path tree() const { return folder() / "linux"; }

    Result<Made> build(std::vector<std::filesystem::path> extra = {}) const {
        Progress progress;
        return build_kernel({.source = tree(), .extra_kconfig = std::move(extra), .jobs = 2},
                            progress);
    }

    long builds() const {
        const auto text = read_file(folder() / "builds").value_or("");
        return std::ranges::count(text, '\n');
    }
};

TEST_F(BuildTest, MakesAWholeEntryOnceForEachKey) {
    const auto made = build();
    ASSERT_THAT(made, IsOk());
    EXPECT_FALSE(made->was_there);
    EXPECT_EQ(made->entry.version, "6.99.1-ktstr");
    EXPECT_EQ(made->entry.arch, store::host_arch());
    EXPECT_EQ(made->entry.source, "source-tree");
    EXPECT_TRUE(made->entry.sched_ext);
    EXPECT_TRUE(std::filesystem::exists(made->entry.vmlinux));
    EXPECT_THAT(made->entry.key, testing::StartsWith("6.99.1-ktstr-" + store::host_arch() + "-"));
    EXPECT_THAT(read_file(made->entry.config).value_or(""),
                testing::HasSubstr("CONFIG_DEVMEM=y\n"));

    const auto again = build();
    ASSERT_THAT(again, IsOk());
    EXPECT_TRUE(again->was_there);
    EXPECT_EQ(again->entry.key, made->entry.key);
    EXPECT_EQ(builds(), 1);

    write(folder() / "more.kconfig", "CONFIG_MORE=y\n# CONFIG_DEVMEM is not set\n");
    const auto more = build({folder() / "more.kconfig"});
    ASSERT_THAT(more, IsOk());
    EXPECT_NE(more->entry.key, made->entry.key);
    EXPECT_THAT(read_file(more->entry.config).value_or(""),
                testing::HasSubstr("# CONFIG_DEVMEM is not set\n"));

    write(tree() / "kernel/sched/core.c", "changed");
    const auto changed = build();
    ASSERT_THAT(changed, IsOk());
    EXPECT_FALSE(changed->was_there);
    EXPECT_EQ(builds(), 3);
}

TEST_F(BuildTest, NamesEachLineThatTheConfigurationLost) {
    write(tree() / "Kconfig",
          "config DEVMEM\n\tdepends on SOMETHING\nconfig DEBUG_INFO_BTF\n"
          "\tdepends on PAHOLE_VERSION >= 122\n");
    write(tree() / "drop", "CONFIG_DEVMEM=\nCONFIG_DEBUG_INFO_BTF=\nCONFIG_MINE=\n");
    write(folder() / "mine.kconfig", "CONFIG_MINE=y\n");
    const auto made = build({folder() / "mine.kconfig"});
    EXPECT_THAT(made, IsErrorWith("does not keep 3 requested lines"));
    EXPECT_THAT(made, IsErrorWith("CONFIG_DEVMEM=y (is not set): it depends on SOMETHING"));
    EXPECT_THAT(made, IsErrorWith("PAHOLE_VERSION >= 122 (pahole is too old or not there"));
    EXPECT_THAT(made, IsErrorWith("CONFIG_MINE=y (is not set): this kernel has no such option"));
    EXPECT_EQ(builds(), 0);
}

TEST_F(BuildTest, WhatLeanLeavesOutComesBackForALineOfTheUsers) {
    write(folder() / "wifi.kconfig", "CONFIG_WIFI_CARD=y\n");
    const auto made = build({folder() / "wifi.kconfig"});
    ASSERT_THAT(made, IsOk());
    const auto config = read_file(made->entry.config).value_or("");
    EXPECT_THAT(config, testing::HasSubstr("CONFIG_WIFI_CARD=y\n"));
    EXPECT_THAT(config, testing::Not(testing::HasSubstr("CONFIG_WLAN is not set")));
}

TEST_F(BuildTest, OursThatTheKernelDoesNotKnowAreLeftOut) {
    write(tree() / "drop", "CONFIG_NULL_TTY=\n");
    const auto made = build();
    ASSERT_THAT(made, IsOk());
    EXPECT_THAT(read_file(made->entry.config).value_or(""),
                testing::Not(testing::HasSubstr("NULL_TTY")));
}

TEST_F(BuildTest, BeginsWithTheBaseThatWasAskedFor) {
    write(folder() / "base.config", "CONFIG_FROM_FILE=y\n");
    write(tree() / ".config", "CONFIG_FROM_TREE=y\n");
    write(tree() / ".gitignore", ".config\n");
    ASSERT_TRUE(run_captured({
                                 .argv = {"git", "-C", tree().string(), "init", "-q"}
    })
                    .has_value());
    ASSERT_TRUE(run_captured({
                                 .argv = {"git",
                                          "-C", tree().string(),
                                          "-c", "user.name=x",
                                          "-c", "user.email=x@y",
                                          "commit", "-qm",
                                          "none", "--allow-empty"}
    })
                    .has_value());
    const auto config = [&](const std::string& base) {
        Progress progress;
        const auto made = build_kernel({.source = tree(), .base = base, .jobs = 2}, progress);
        EXPECT_THAT(made, IsOk()) << base;
        return made ? read_file(made->entry.config).value_or("") : "";
    };
    for (const auto& [base, line] : {
             std::pair<std::string, std::string>{(folder() / "base.config").string(), "FROM_FILE"},
             {"tree",                              "FROM_TREE"},
             {"defconfig",                         "DEFAULT"  },
             {"lean",                              "TINY"     }
    }) {
        const auto text = config(base);
        EXPECT_THAT(text, testing::HasSubstr("CONFIG_" + line + "=y\n"));
        EXPECT_THAT(text, testing::HasSubstr("CONFIG_DEVMEM=y\n")) << base;
        // What only costs time is left out of the lean one; others are as they were.
        EXPECT_EQ(text.find("# CONFIG_SERIO is not set\n") != std::string::npos, base == "lean")
            << base;
    }
    Progress progress;
    EXPECT_THAT(build_kernel({.source = tree(), .base = "medium"}, progress),
                IsErrorWith("medium"));
}

TEST_F(BuildTest, AsksForSchedExtOnlyWhereTheKernelHasIt) {
    std::filesystem::remove(tree() / "kernel/sched/ext.c");
    const auto recipe = make_recipe(tree(), "x86_64", "lean", {});
    ASSERT_THAT(recipe, IsOk());
    EXPECT_FALSE(recipe->ours.contains("CONFIG_SCHED_CLASS_EXT"));
    EXPECT_TRUE(recipe->ours.contains("CONFIG_X86_X2APIC"));
    EXPECT_FALSE(
        make_recipe(tree(), "aarch64", "lean", {}).value().ours.contains("CONFIG_X86_X2APIC"));
}

TEST_F(BuildTest, RefusesNonsenseInTheExtraConfiguration) {
    write(folder() / "bad.kconfig", "CONFIG_A=y\nenable everything\n");
    EXPECT_THAT(build({folder() / "bad.kconfig"}),
                IsErrorWith("not a kernel setting: enable everything"));
    EXPECT_THAT(build({folder() / "none.kconfig"}), IsErrorWith("none.kconfig"));
}

TEST_F(BuildTest, AFailingBuildShowsItsFirstErrorAndKeepsTheLog) {
    write(tree() / "broken", "");
    const auto made = build();
    EXPECT_THAT(made, IsErrorWith("kernel/fork.c:7:1: error: expected ';'"));
    EXPECT_THAT(made, IsErrorWith("ktstr-build.log"));
    EXPECT_THAT(store::list().value().entries, testing::IsEmpty());
}

TEST_F(BuildTest, RefusesAnImageOfAnotherRelease) {
    write(tree() / "image", store::fake_bzimage("6.98.0"));
    EXPECT_THAT(build(), IsErrorWith("release 6.98.0 instead of 6.99.1-ktstr"));
    EXPECT_THAT(store::list().value().entries, testing::IsEmpty());
}

TEST_F(BuildTest, AnInterruptLeavesNoHalfEntry) {
    write(tree() / "interrupt", "");
    EXPECT_THAT(build(), IsErrorWith("interrupted by signal 15"));
    EXPECT_THAT(store::list().value().entries, testing::IsEmpty());
    for (const auto& item : std::filesystem::directory_iterator(root())) {
        EXPECT_THAT(item.path().filename().string(), testing::Not(testing::StartsWith(".draft")));
    }
    std::filesystem::remove(tree() / "interrupt");
    EXPECT_THAT(build(), IsOk());
}

TEST(EntryKey, DependsOnAllThatDecidesTheImage) {
    const auto key = entry_key("6.12", "x86_64", "source", "config", "gcc 12");
    EXPECT_EQ(key.size(), std::string("6.12-x86_64-").size() + 12);
    EXPECT_EQ(key, entry_key("6.12", "x86_64", "source", "config", "gcc 12"));
    EXPECT_NE(key, entry_key("6.12", "x86_64", "other", "config", "gcc 12"));
    EXPECT_NE(key, entry_key("6.12", "x86_64", "source", "other", "gcc 12"));
    EXPECT_NE(key, entry_key("6.12", "x86_64", "source", "config", "gcc 13"));
}

} // namespace ktstr::kernels
