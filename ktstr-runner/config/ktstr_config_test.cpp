#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/config/ktstr_config.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace ktstr::config {
namespace {

using testing::ElementsAre;

const TestNames numa{.test = "numa::one",
                     .package = "p",
                     .binary = "sched",
                     .binary_id = "p::sched",
                     .kind = "test"};

class KtstrConfig : public testing::Test {
protected:
    std::filesystem::path write(const std::string& text) {
        auto path = folder_->path() / "ktstr.toml";
        std::ofstream(path) << text;
        return path;
    }

    Result<TestSettings> settings(const std::string& text, const std::string& profile = "default") {
        return settings_for(write(text), profile, numa);
    }

    Result<TempDir> folder_ = TempDir::create("ktstr-config");
};

TEST_F(KtstrConfig, AMissingFileMeansDefaults) {
    const auto out = settings_for(folder_->path() / "none.toml", "ci", numa);
    ASSERT_THAT(out, IsOk());
    EXPECT_EQ(out->topology.vcpus(), 2U);
    EXPECT_EQ(out->memory, 512ULL << 20);
    EXPECT_EQ(out->package_cap, 64ULL << 20);
    EXPECT_EQ(out->kernel, "");
    EXPECT_FALSE(out->host_only);
    EXPECT_TRUE(out->programs.empty());
}

TEST_F(KtstrConfig, ReadsEveryKeyOfAProfile) {
    const auto out =
        settings("[profile.default]\ntopology = '2n4l2c1t'\nmemory = 1024\nkernel = '6.14'\n"
                 "machine = 'qemu'\nprograms = ['ip']\n"
                 "[profile.default.package-files]\ninclude = ['a']\nexclude = ['b']\ncap = '1G'\n");
    ASSERT_THAT(out, IsOk());
    EXPECT_EQ(out->topology.text(), "2n4l2c1t");
    EXPECT_EQ(out->memory, 1ULL << 30);
    EXPECT_EQ(out->kernel, "6.14");
    EXPECT_EQ(out->machine, "qemu");
    EXPECT_EQ(out->package_cap, 1ULL << 30);
    EXPECT_THAT(out->programs, ElementsAre("ip"));
    EXPECT_THAT(out->include, ElementsAre("a"));
    EXPECT_THAT(out->exclude, ElementsAre("b"));
}

TEST_F(KtstrConfig, ANumberOfCpusIsATopology) {
    EXPECT_EQ(settings("[profile.default]\ntopology = 4")->topology.vcpus(), 4U);
    EXPECT_EQ(settings("[profile.default]\ntopology = '4'")->topology.vcpus(), 4U);
}

TEST_F(KtstrConfig, TheFirstOverrideWithAKeyWinsItAndListsAddUp) {
    const auto out = settings(
        "[profile.default]\nmemory = '1G'\nprograms = ['ip', 'tc']\nmodules = ['dummy']\n"
        "[[profile.default.overrides]]\nfilter = 'test(numa)'\nprograms = ['strace', 'ip']\n"
        "modules = ['virtio-net']\n"
        "[[profile.default.overrides]]\nfilter = 'test(other)'\nmemory = '2G'\n"
        "[[profile.default.overrides]]\nfilter = 'all()'\nmemory = '3G'\nhost-only = true\n"
        "[[profile.default.overrides]]\nfilter = 'all()'\nmemory = '4G'\nhost-only = false\n");
    ASSERT_THAT(out, IsOk());
    EXPECT_EQ(out->memory, 3ULL << 30);
    EXPECT_TRUE(out->host_only);
    EXPECT_THAT(out->programs, ElementsAre("ip", "tc", "strace"));
    EXPECT_THAT(out->modules, ElementsAre("dummy", "virtio-net"));
}

TEST_F(KtstrConfig, TheSelectedProfileSpeaksBeforeDefaultAndOverridesBeforeKeys) {
    const std::string text = "[profile.default]\nmemory = '1G'\nkernel = '6.1'\n"
                             "[[profile.default.overrides]]\nfilter = 'all()'\nmemory = '2G'\n"
                             "[profile.ci]\nmemory = '3G'\nmachine = 'qemu-tcg'\n"
                             "[[profile.ci.overrides]]\nfilter = 'test(numa)'\nkernel = '6.14'\n";
    const auto ci = settings(text, "ci");
    ASSERT_THAT(ci, IsOk());
    EXPECT_EQ(ci->memory, 2ULL << 30);
    EXPECT_EQ(ci->kernel, "6.14");
    EXPECT_EQ(ci->machine, "qemu-tcg");
    const auto nightly = settings(text, "nightly");
    EXPECT_EQ(nightly->kernel, "6.1");
    EXPECT_EQ(nightly->machine, "");
}

TEST_F(KtstrConfig, ADeterministicTestHasThatMachineByTheStrongestWordOfEitherKey) {
    const auto machine = [&](const std::string& profile, const std::string& numa) {
        const auto out =
            settings("[profile.default]\n" + profile +
                     "\n[[profile.default.overrides]]\nfilter = 'test(numa)'\n" + numa);
        EXPECT_THAT(out, IsOk());
        EXPECT_EQ(out->deterministic, out->machine == "det" && numa != "machine = 'det'");
        return out->machine;
    };
    EXPECT_EQ(machine("", "deterministic = true"), "det");
    EXPECT_EQ(machine("machine = 'kvm'", "deterministic = true"), "det");
    EXPECT_EQ(machine("", "machine = 'auto'\ndeterministic = true"), "det");
    EXPECT_EQ(machine("deterministic = true", ""), "det");
    EXPECT_EQ(machine("deterministic = true", "machine = 'kvm'"), "kvm");
    EXPECT_EQ(machine("deterministic = true", "deterministic = false"), "");
    EXPECT_EQ(machine("machine = 'det'", "deterministic = false"), "");
    EXPECT_EQ(machine("machine = 'qemu'", "deterministic = false"), "qemu");
    EXPECT_EQ(machine("deterministic = true", "machine = 'det'"), "det");
}

TEST_F(KtstrConfig, ADeterministicTestOfAnotherMachineIsAnError) {
    EXPECT_THAT(settings("[profile.default]\nmachine = 'kvm'\ndeterministic = true\n"),
                IsErrorWith("`deterministic = true` and `machine = \"kvm\"` exclude each other"));
    EXPECT_THAT(settings("[profile.default]\ndeterministic = 'yes'\n"),
                IsErrorWith("deterministic"));
}

TEST_F(KtstrConfig, ABinaryIsHostOnlyWhenAllItsTestsAre) {
    const auto host_only = [&](const std::string& filter, const std::string& before = "") {
        return binary_is_host_only(write(before + "[[profile.default.overrides]]\nfilter = '" +
                                         filter + "'\nhost-only = true\n"),
                                   "ci",
                                   numa);
    };
    EXPECT_EQ(host_only("binary(sched)"), true);
    EXPECT_EQ(host_only("binary(other)"), false);
    EXPECT_EQ(host_only("test(numa)"), false);
    EXPECT_EQ(host_only("binary(sched)",
                        "[[profile.default.overrides]]\nfilter = 'test(vm)'\nhost-only = false\n"),
              false);
    EXPECT_EQ(host_only("binary(sched)",
                        "[[profile.default.overrides]]\nfilter = 'test(vm)'\nmemory = '1G'\n"),
              true);
    EXPECT_EQ(binary_is_host_only(folder_->path() / "none.toml", "default", numa), false);
}

struct Bad {
    const char* text;
    const char* says;
};

class BadKtstrConfig : public KtstrConfig, public testing::WithParamInterface<Bad> {};

TEST_P(BadKtstrConfig, IsAnErrorThatSaysWhere) {
    EXPECT_THAT(settings(GetParam().text), IsErrorWith(GetParam().says)) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    KtstrConfig,
    BadKtstrConfig,
    testing::Values(
        Bad{"[profile.default]\nmemroy = 1",
            "ktstr.toml:2:1: unknown key `memroy`\n  hint: did you mean `memory`?"},
        Bad{"[profile.default]\nxyzzy = 1", "keys allowed here: topology, memory"},
        Bad{"[profile.default]\nhost-only = true", "it belongs in [[profile.NAME.overrides]]"},
        Bad{"[profile.default]\ninclude = []",
            "it belongs in [profile.NAME.package-files] or [[profile.NAME.overrides]]"},
        Bad{"memory = '1G'", "ktstr.toml:1:1: unknown key `memory`"},
        Bad{"[profiles.default]", "all settings stand under [profile.NAME]"},
        Bad{"profile = 1", "`profile` must be a table, but is an integer"},
        Bad{"[profile]\nmemory = '1G'", "`profile.memory` must be a table"},
        Bad{"[profile.default]\nmemory = true", "ktstr.toml:2:10: `memory` must be a size"},
        Bad{"[profile.default]\nmemory = 'lots'", "\"lots\" is not a size"},
        Bad{"[profile.default]\nmemory = -1", "-1 MiB is out of range"},
        Bad{"[profile.default]\nmemory = 9223372036854775807", "out of range"},
        Bad{"[profile.default]\nmemory = '64M'", "`memory`: 64 MiB is too little memory"},
        Bad{"[profile.default]\nmemory = 127", "127 MiB is too little memory"},
        Bad{"[profile.default]\nmemory = '99999999999G'", "is not a size"},
        Bad{"[profile.default]\ntopology = '3n2l'", "ktstr.toml:2:12: `topology`"},
        Bad{"[profile.default]\ntopology = 0", "`topology`"},
        Bad{"[profile.default]\ntopology = -4", "`topology`"},
        Bad{"[profile.default]\ntopology = []", "must be a topology"},
        Bad{"[profile.default]\nkernel = 6.14",
            "`kernel` must be a string, but is a floating-point number"},
        Bad{"[profile.default]\nkernel = ''", "`kernel` is empty"},
        Bad{"[profile.unused]\nmachine = 'bochs'", "unknown machine `bochs`"},
        Bad{"[profile.default]\nprograms = 'ip'", "`programs` must be an array of strings"},
        Bad{"[profile.default]\nprograms = ['ip', 1]", "ktstr.toml:2:19: `programs`"},
        Bad{"[profile.default]\nprograms = ['']", "has an empty string"},
        Bad{"[profile.default]\nmodules = 'dummy'", "`modules` must be an array of strings"},
        Bad{"[profile.default]\npackage-files = 'x'", "`package-files` must be a table"},
        Bad{"[profile.default.package-files]\ncap = 'x'", "`cap`: \"x\" is not a size"},
        Bad{"[profile.default.package-files]\ncaps = 1", "did you mean `cap`?"},
        Bad{"[profile.default]\noverrides = {}", "`overrides` must be an array of tables"},
        Bad{"[profile.default]\noverrides = [1]", "`overrides` must be an array of tables"},
        Bad{"[[profile.default.overrides]]\nmemory = '1G'", "an override without `filter`"},
        Bad{"[[profile.default.overrides]]\nfilter = 1", "`filter` must be a string"},
        Bad{"[[profile.default.overrides]]\nfilter = 'test('", "ktstr.toml:2:10: `filter`"},
        Bad{"[[profile.default.overrides]]\nfilter = 'deps(a)'",
            "deps() needs more than a test's names"},
        Bad{"[[profile.default.overrides]]\nfilter = 'all()'\nhost-only = 'yes'",
            "`host-only` must be true or false"},
        Bad{"[profile.nightly]\nmemroy = 1", "unknown key `memroy`"},
        Bad{"[profile.default", "not TOML"}));

} // namespace
} // namespace ktstr::config
