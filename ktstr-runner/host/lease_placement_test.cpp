#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/host/lease_placement.hpp"
#include "ktstr-runner/host/testing/recorded_machine.hpp"

#include <gmock/gmock.h>

#include <map>

namespace ktstr::host {

namespace {

// Made of its files once: they are thousands.
CpuTopology machine(const std::string& name, const std::string& allowed = "0-1023") {
    static std::map<std::pair<std::string, std::string>, CpuTopology> known;
    const auto [at, fresh] = known.try_emplace({name, allowed});
    if (fresh) {
        const auto dir = TempDir::create("lease-placement", recorded::place_for_machines());
        EXPECT_TRUE(dir && recorded::make_machine(name, dir->path())) << name;
        at->second = cpu_topology(*parse_cpu_list(allowed), dir->path()).value_or(CpuTopology{});
    }
    return at->second;
}

Taken taken_by(const Placement& placement) {
    return {.llcs = placement.llcs, .housekeeping = placement.housekeeping};
}

using Ids = std::vector<unsigned>;

} // namespace

// Whatever is taken by one after the other: nobody's CPUs are another's, and the others always have
// some.
TEST(LeasePlacement, NeverGivesACpuTwiceNorTheLastLlc) {
    for (const std::string name : recorded::machines) {
        const auto topology = machine(name);
        for (const unsigned vcpus : {1U, 2U, 3U, 4U, 8U, 9U, 24U, 64U}) {
            SCOPED_TRACE(name + " for " + std::to_string(vcpus));
            std::vector<Taken> taken;
            CpuList mine;
            auto placement = place(topology, taken, vcpus);
            EXPECT_EQ(placement.has_value(), !why_no_place(topology, vcpus));
            for (; placement; placement = place(topology, taken, vcpus)) {
                EXPECT_GE(placement->cpus.size(), vcpus);
                EXPECT_EQ(common(mine, placement->cpus), CpuList{});
                mine = as_cpu_list([&] {
                    auto both = mine;
                    both.insert(both.end(), placement->cpus.begin(), placement->cpus.end());
                    return both;
                }());
                EXPECT_FALSE(contains(mine, placement->housekeeping));
                taken.push_back(taken_by(*placement));
                EXPECT_LE(taken.size(), places(topology, vcpus));
                const auto shared = shared_cpus(topology, taken);
                EXPECT_FALSE(shared.empty());
                EXPECT_EQ(common(shared, mine), CpuList{});
                for (const auto& one : taken) {
                    EXPECT_FALSE(contains(mine, *one.housekeeping));
                }
                const auto order = pin_order(topology, *placement, vcpus, 2);
                EXPECT_EQ(order.size(), vcpus);
                EXPECT_EQ(as_cpu_list(order).size(), vcpus);
                EXPECT_EQ(without(as_cpu_list(order), placement->cpus), CpuList{});
            }
        }
    }
}

TEST(LeasePlacement, TakesAsFewLlcsAsWillDo) {
    const auto topology = machine("twelve-llcs"); // of 8 CPUs, three a node
    const auto one = place(topology, {}, 8);
    ASSERT_TRUE(one);
    EXPECT_EQ(one->llcs, Ids{0});
    EXPECT_EQ(one->housekeeping, 8U);
    const auto three = place(topology, {}, 17);
    ASSERT_TRUE(three);
    EXPECT_EQ(three->llcs, (Ids{0, 8, 16})); // one node
}

TEST(LeasePlacement, StaysOnANodeOrAPackageIfItCan) {
    const auto twelve = machine("twelve-llcs");
    const std::vector<Taken> first_is_taken{
        {.llcs = {0}, .housekeeping = 8}
    };
    const auto two = place(twelve, first_is_taken, 16); // node 0 has but one left
    ASSERT_TRUE(two);
    EXPECT_EQ(two->llcs, (Ids{24, 32}));
    EXPECT_EQ(two->housekeeping, 9U);  // beside the other's: that LLC cannot be had whole anyhow
    const auto nps4 = machine("nps4"); // four LLCs a package, one a node
    const std::vector<Taken> half_a_package{
        {.llcs = {0}, .housekeeping = 8}
    };
    const auto many = place(nps4, half_a_package, 24);
    ASSERT_TRUE(many);
    EXPECT_EQ(many->llcs, (Ids{32, 40, 48}));
}

TEST(LeasePlacement, ASmallerLlcWillDoForASmallGuest) {
    const auto topology = machine("offline"); // of three and of two CPUs
    const auto two = place(topology, {}, 2);
    ASSERT_TRUE(two);
    EXPECT_EQ(two->llcs, Ids{4});
    const auto three = place(topology, {}, 3);
    ASSERT_TRUE(three);
    EXPECT_EQ(three->llcs, Ids{0});
    EXPECT_EQ(three->housekeeping, 4U);
}

TEST(LeasePlacement, AHostWithOneLlcIsTooSmall) {
    EXPECT_THAT(why_no_place(machine("one-llc"), 1).value_or(""),
                testing::HasSubstr("of this host may be used: 1 LLC, 2 CPUs"));
    EXPECT_THAT(why_no_place(machine("two-sockets"), 65).value_or(""),
                testing::HasSubstr("65 vCPUs need whole LLCs"));
    EXPECT_EQ(why_no_place(machine("two-sockets"), 64), std::nullopt);
    EXPECT_NE(why_no_place(machine("nps4", "0-7"), 1), std::nullopt); // it may use but one of eight
}

TEST(LeasePlacement, SharersKeepOffWhatIsTaken) {
    const auto topology = machine("no-cache"); // of four CPUs each
    EXPECT_EQ(cpu_list_text(shared_cpus(topology, {})), "0-7");
    const std::vector<Taken> one{
        {.llcs = {4}, .housekeeping = 0}
    };
    EXPECT_EQ(cpu_list_text(shared_cpus(topology, one)), "1-3");
    EXPECT_EQ(cpu_list_text(shared_cpus(machine("no-cache", "0,4"), one)), "0");
    EXPECT_EQ(shared_cpus(machine("no-cache", "4-7"), one), CpuList{});
}

TEST(LeasePlacement, PinsCoresFirstUnlessTheGuestHasThreads) {
    const auto topology = machine("twelve-llcs");
    const auto placement = place(topology, {}, 4);
    ASSERT_TRUE(placement);
    EXPECT_EQ(pin_order(topology, *placement, 4, 1), (Ids{0, 2, 4, 6}));
    EXPECT_EQ(pin_order(topology, *placement, 4, 2), (Ids{0, 1, 2, 3}));
    EXPECT_EQ(pin_order(topology, *placement, 5, 1), (Ids{0, 1, 2, 3, 4}));
}

TEST(LeasePlacement, CountsThePlacesThatThereAre) {
    CpuTopology topology;
    for (unsigned id = 0; id < 4; ++id) {
        topology.llcs.push_back({
            .id = 2 * id, .cpus = {2 * id,   2 * id + 1  },
                   .cores = {{2 * id}, {2 * id + 1}}
        });
    }
    EXPECT_EQ(places(topology, 2), 2U) << "each has a CPU for the rest in another LLC";
    EXPECT_EQ(places(topology, 6), 1U);
    EXPECT_EQ(places(topology, 8), 0U);
}

} // namespace ktstr::host
