#include "cargo-ktstr/planner/enumerate.hpp"
#include "cargo-ktstr/planner/times.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ktstr::planner {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

// A crate's binary with one scheduler of one flag, and one binary of another kind.
class Enumerate : public testing::Test {
protected:
    void SetUp() override {
        auto dir = TempDir::create("variants");
        ASSERT_THAT(dir, IsOk());
        dir_.emplace(std::move(*dir));
        kernels_ = {
            {.spec = "a", .label = "kernel_a", .entry = {.key = "a", .version = "6.12.3"}},
            {.spec = "b", .label = "kernel_b", .entry = {.key = "b", .version = "6.14.1"}}
        };
        list_.suites = {
            {.binary_id = "c::it",
             .binary_name = "it",
             .package = "c",
             .kind = "test",
             .binary = "/it"                                                                        },
            {.binary_id = "d",     .binary_name = "d", .package = "d", .kind = "lib", .binary = "/d"}
        };
        list_.suites[1].tests = {
            {.name = "plain/kernel_a", .matches = true},
            {.name = "plain/kernel_b", .matches = true},
            {.name = "slow/kernel_a", .ignored = true, .matches = false, .mismatch = "ignored"},
            {.name = "slow/kernel_b", .ignored = true, .matches = false, .mismatch = "ignored"}
        };
    }

    // What the runners list for it: what its scheduler is not meant for is ignored, and the
    // gauntlet unless it was asked for.
    void list_crate(bool gauntlet) {
        const auto add = [&](const std::string& name, bool runs) {
            list_.suites[0].tests.push_back({.name = name,
                                             .ignored = !runs,
                                             .matches = runs,
                                             .mismatch = runs ? "" : "ignored"});
        };
        for (const std::string kernel : {"kernel_a", "kernel_b"}) {
            const bool meant = kernel == "kernel_b";
            add("t/" + kernel, meant);
            for (const std::string cell :
                 {"tiny-1llc/default", "tiny-1llc/llc", "tiny-2llc/default", "tiny-2llc/llc"}) {
                add("gauntlet/t/" + cell + "/" + kernel, meant && gauntlet);
            }
        }
    }

    Result<Variants> enumerate(bool gauntlet, bool listed = true) {
        const Declare declare = [](const std::filesystem::path& binary)
            -> Result<std::optional<variants::Declarations>> {
            if (binary != "/it") {
                return std::nullopt;
            }
            TRY_ASSIGN(auto declarations,
                       variants::parse_declarations(R"({"ktstr": ")" KTSTR_VERSION R"(",
                "schedulers": [{"id": "S", "name": "scx_s", "binary": {"discover": "scx_s"},
                                "kernels": ["6.14"], "flags": [{"name": "llc", "args": ["--llc"]}]}],
                "tests": [{"name": "t", "scheduler": "S", "topology": {"cores": 2}, "duration_ms": 2000,
                           "constraints": {"max_llcs": 2, "max_cpus": 4}}]})"));
            return declarations;
        };
        return planner::enumerate(
            {
                .list = list_,
                .kernels = kernels_,
                .ktstr_config = dir_->path() / "ktstr.toml",
                .profile = "default",
                .room = {.cpus = 2, .overcommit = 8},
                .gauntlet = gauntlet,
                .listed = listed
        },
            declare);
    }

    // Of each variant whether it runs, why not, and what nextest says.
    std::vector<std::string> told(const Variants& variants) const {
        std::vector<std::string> out;
        for (const auto& variant : variants.all) {
            const auto* const answer = variants.answer_of(variant);
            out.push_back(fmt::format(
                "{} {} {}",
                variants.name_of(variant, kernels_),
                word(variant.left),
                answer == nullptr
                    ? "unlisted"
                    : fmt::format("{} {} {}", answer->ignored, answer->matches, answer->mismatch)));
        }
        return out;
    }

    std::vector<std::string> named(const Variants& variants, Left left) const {
        std::vector<std::string> names;
        for (const auto& variant : variants.all) {
            if (variant.left == left) {
                names.push_back(variants.name_of(variant, kernels_));
            }
        }
        return names;
    }

    std::optional<TempDir> dir_;
    std::vector<PlannedKernel> kernels_;
    nextest::TestList list_;
};

TEST_F(Enumerate, EveryVariantHasItsReason) {
    list_crate(true);
    const auto variants = enumerate(true);
    ASSERT_THAT(variants, IsOk());
    const auto presets = variants::presets().size();
    EXPECT_EQ(variants->all.size(), 2 * (1 + presets * 2) + 4);
    EXPECT_THAT(named(*variants, Left::runs),
                ElementsAre("t/kernel_b",
                            "gauntlet/t/tiny-1llc/default/kernel_b",
                            "gauntlet/t/tiny-1llc/llc/kernel_b",
                            "gauntlet/t/tiny-2llc/default/kernel_b",
                            "gauntlet/t/tiny-2llc/llc/kernel_b",
                            "plain/kernel_a",
                            "plain/kernel_b"));
    EXPECT_THAT(named(*variants, Left::ignored), ElementsAre("slow/kernel_a", "slow/kernel_b"));
    EXPECT_THAT(named(*variants, Left::kernel), Contains("t/kernel_a"));
    EXPECT_THAT(named(*variants, Left::constraints), Contains("gauntlet/t/odd-3llc/llc/kernel_b"));
    EXPECT_THAT(named(*variants, Left::no_room), Not(Contains("gauntlet/t/odd-3llc/llc/kernel_b")));
    for (const auto& variant : variants->all) {
        EXPECT_EQ(variants->reason_of(variant).empty(), variant.left == Left::runs);
    }
}

TEST_F(Enumerate, WithoutTheGauntletItsVariantsAreNotAskedFor) {
    list_crate(false);
    const auto variants = enumerate(false);
    ASSERT_THAT(variants, IsOk());
    EXPECT_THAT(named(*variants, Left::runs),
                ElementsAre("t/kernel_b", "plain/kernel_a", "plain/kernel_b"));
    EXPECT_THAT(named(*variants, Left::not_asked), Contains("gauntlet/t/tiny-1llc/llc/kernel_b"));
    EXPECT_THAT(named(*variants, Left::ignored), ElementsAre("slow/kernel_a", "slow/kernel_b"));
}

TEST_F(Enumerate, WhatNextestMatchesRunsWhateverElseIsSaid) {
    list_crate(false);
    for (auto& test : list_.suites[0].tests) { // --run-ignored all
        test.matches = true;
        test.mismatch.clear();
    }
    const auto variants = enumerate(false);
    ASSERT_THAT(variants, IsOk());
    EXPECT_THAT(named(*variants, Left::runs), Contains("t/kernel_a"));
    EXPECT_THAT(named(*variants, Left::runs), Contains("gauntlet/t/tiny-1llc/llc/kernel_b"));
    EXPECT_THAT(named(*variants, Left::not_asked),
                Not(Contains("gauntlet/t/tiny-1llc/llc/kernel_b")));
}

TEST_F(Enumerate, ATestThatIsListedWithoutAKernelBootsNone) {
    list_.suites[1].tests.push_back({.name = "compiler", .matches = true});
    const auto variants = enumerate(false);
    ASSERT_THAT(variants, IsOk());
    EXPECT_THAT(named(*variants, Left::runs), Contains("compiler"));
}

TEST_F(Enumerate, WhatNextestDoesNotMatchIsFiltered) {
    list_crate(true);
    for (auto& test : list_.suites[0].tests) {
        test.matches = test.name.find("tiny-2llc/llc") != std::string::npos;
        test.mismatch = test.matches ? "" : "expression";
    }
    const auto variants = enumerate(true);
    ASSERT_THAT(variants, IsOk());
    EXPECT_THAT(named(*variants, Left::runs), Contains("gauntlet/t/tiny-2llc/llc/kernel_b"));
    EXPECT_THAT(named(*variants, Left::filtered), Contains("t/kernel_b"));
}

TEST_F(Enumerate, WhatAnotherMachineHasIsOfAShard) {
    list_crate(true);
    for (auto& test : list_.suites[0].tests) {
        test.matches = test.name != "t/kernel_b";
        test.mismatch = test.matches ? "" : "partition";
    }
    const auto variants = enumerate(true);
    ASSERT_THAT(variants, IsOk());
    EXPECT_THAT(named(*variants, Left::shard), ElementsAre("t/kernel_b"));
}

// Without a filter: the same whether nextest was asked for the gauntlet or not.
TEST_F(Enumerate, TheGauntletIsTheSameWithoutItsNamesInTheList) {
    for (const bool unfit_is_ignored : {true, false}) { // nextest before 0.9.138: false
        for (const bool gauntlet : {true, false}) {
            list_.suites[0].tests.clear();
            list_crate(gauntlet);
            if (!unfit_is_ignored) {
                for (auto& test : list_.suites[0].tests) {
                    if (gauntlet || !test.name.starts_with("gauntlet/")) {
                        test = {.name = test.name, .matches = true};
                    }
                }
            }
            const auto listed = enumerate(gauntlet);
            std::erase_if(list_.suites[0].tests,
                          [](const auto& test) { return test.name.starts_with("gauntlet/"); });
            const auto unlisted = enumerate(gauntlet, false);
            ASSERT_THAT(listed, IsOk());
            ASSERT_THAT(unlisted, IsOk());
            EXPECT_EQ(told(*unlisted), told(*listed)) << gauntlet << unfit_is_ignored;
        }
    }
}

// Its kernel is not planned, since nothing that matches is for it.
TEST_F(Enumerate, TheGauntletOfATestThatIsIgnoredIsIgnored) {
    for (const std::size_t others : {0U, 1U}) {
        kernels_.clear();
        if (others > 0) {
            kernels_ = {
                {.spec = "other", .entry = {.key = "b", .version = "6.14.1"}}
            };
        }
        list_.suites[0].tests = {
            {.name = "t", .ignored = true, .matches = false, .mismatch = "ignored"}
        };
        const auto variants = enumerate(true, false);
        ASSERT_THAT(variants, IsOk());
        for (const auto& variant : variants->all) {
            if (variants->test_of(variant).name == "t") {
                EXPECT_NE(variant.left, Left::runs) << variants->plain_name_of(variant);
            }
        }
    }
}

TEST_F(Enumerate, TheKernelsKnowTheirTests) {
    list_crate(true);
    const auto variants = enumerate(true);
    ASSERT_THAT(variants, IsOk());
    count_tests(*variants, kernels_);
    EXPECT_EQ(kernels_[0].tests, 1U) << "plain";
    EXPECT_EQ(kernels_[1].tests, 6U) << "plain, t, and its gauntlet";
}

TEST_F(Enumerate, AVariantKnowsItsMachine) {
    list_crate(true);
    const auto variants = enumerate(true);
    ASSERT_THAT(variants, IsOk());
    const auto of = [&](const std::string& name) {
        return *std::ranges::find(variants->all, name, [&](const Variant& variant) {
            return variants->name_of(variant, kernels_);
        });
    };
    const auto& declared = of("t/kernel_b");
    EXPECT_EQ(variants->topology_of(declared).text(), "1n1l2c1t");
    EXPECT_EQ(variants->profile_of(declared), "default");
    EXPECT_EQ(variants->test_of(declared).scheduler, "scx_s");
    const auto& cell = of("gauntlet/t/tiny-2llc/llc/kernel_b");
    EXPECT_EQ(variants->topology_of(cell).text(), "1n2l2c1t");
    EXPECT_EQ(variants->profile_of(cell), "llc");
}

TEST_F(Enumerate, WhatIsDeterministicIsSoOnWhateverMachine) {
    const std::string_view config = "[[profile.default.overrides]]\n"
                                    "filter = 'test(plain)'\n"
                                    "deterministic = true\n";
    ASSERT_THAT(write_file_atomically(dir_->path() / "ktstr.toml", config), IsOk());
    list_crate(true);
    const auto variants = enumerate(true);
    ASSERT_THAT(variants, IsOk());
    const History none;
    const Times times{.list = list_, .kernels = kernels_, .history = none, .machine_asked = true};
    for (const auto& test : variants->tests) {
        EXPECT_EQ(times.backend_of(test),
                  test.name == "plain" ? Backend::deterministic : Backend::emulated)
            << test.name;
    }
}

} // namespace
} // namespace ktstr::planner
