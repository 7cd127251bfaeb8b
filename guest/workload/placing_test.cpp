#include "guest/workload/placing.hpp"

#include <gmock/gmock.h>

namespace ktstr::workload {
namespace {

using testing::HasSubstr;

// Eight CPUs, cores of two threads, two LLCs, two nodes and a third of memory alone.
Topology machine() {
    return {
        .cpus = *CpuSet::parse("0-7"),
        .llcs = {*CpuSet::parse("0-3"), *CpuSet::parse("4-7")},
        .cores = {*CpuSet::parse("0-1"),
                 *CpuSet::parse("2-3"),
                 *CpuSet::parse("4-5"),
                 *CpuSet::parse("6-7")},
        .nodes = {*CpuSet::parse("0-3"), *CpuSet::parse("4-7"), CpuSet()}
    };
}

std::string placed(const CpusetSpec& spec) {
    const auto result = place(spec, machine());
    return result.error.empty() ? result.cpus.text() : result.error;
}

TEST(PlaceCpuset, KnowsEachSpec) {
    using Kind = CpusetSpec::Kind;
    EXPECT_EQ(placed({
                  .kind = Kind::exact, .cpus = {1, 5}
    }),
              "1,5");
    EXPECT_EQ(placed({.kind = Kind::range, .from = 0, .to = 0.5}), "0-3");
    EXPECT_EQ(placed({.kind = Kind::range, .from = 1, .to = 1}), "7");
    EXPECT_EQ(placed({.kind = Kind::disjoint, .index = 1, .of = 2}), "4-7");
    EXPECT_EQ(placed({.kind = Kind::overlap, .index = 0, .of = 2, .frac = 0.25}), "0-4");
    EXPECT_EQ(placed({.kind = Kind::llc, .index = 1}), "4-7");
    EXPECT_EQ(placed({.kind = Kind::numa, .index = 0}), "0-3");
}

TEST(PlaceCpuset, DisjointPartsShareNothingAndLeaveNothing) {
    const auto topology = machine();
    CpuSet all;
    std::size_t count = 0;
    for (unsigned index = 0; index < 3; ++index) {
        const auto part = place(
            CpusetSpec{.kind = CpusetSpec::Kind::disjoint, .index = index, .of = 3}, topology);
        all = all | part.cpus;
        count += part.cpus.size();
    }
    EXPECT_EQ(all, topology.cpus);
    EXPECT_EQ(count, topology.cpus.size());
}

TEST(PlaceCpuset, RefusesWhatTheMachineDoesNotHave) {
    using Kind = CpusetSpec::Kind;
    EXPECT_THAT(placed({.kind = Kind::exact, .cpus = {8}}), HasSubstr("there is no CPU 8"));
    EXPECT_THAT(placed({.kind = Kind::llc, .index = 2}), HasSubstr("there is no LLC 2"));
    EXPECT_THAT(placed({.kind = Kind::numa, .index = 2}), HasSubstr("no NUMA node 2 with CPUs"));
    EXPECT_THAT(placed({.kind = Kind::disjoint, .index = 0, .of = 9}), HasSubstr("fewer CPUs"));
}

std::string placed(const Affinity& affinity, const std::string& own) {
    const auto result = place(affinity, *CpuSet::parse(own), machine(), 1);
    return result.error.empty() ? result.cpus.text() : result.error;
}

TEST(PlaceAffinity, KnowsEachIntent) {
    using Kind = Affinity::Kind;
    EXPECT_EQ(placed({.kind = Kind::inherit}, "2-6"), "");
    EXPECT_EQ(placed({.kind = Kind::single_cpu}, "2-6"), "2");
    EXPECT_EQ(placed({.kind = Kind::llc_aligned}, "2-6"), "4-6");
    EXPECT_EQ(placed({.kind = Kind::cross_cgroup}, "2-6"), "0-7");
    EXPECT_EQ(placed({.kind = Kind::smt_sibling_pair}, "1-6"), "2-3");
    EXPECT_THAT(placed({.kind = Kind::smt_sibling_pair}, "1,3"), HasSubstr("two threads"));
    EXPECT_EQ(placed({.kind = Kind::exact, .cpus = {3}}, "2-6"), "3");
}

TEST(PlaceAffinity, ARandomSubsetIsOfItsCpusAndRepeatable) {
    const Affinity affinity{
        .kind = Affinity::Kind::random_subset, .cpus = {1, 2, 3, 4},
             .count = 2
    };
    const auto once = place(affinity, {}, machine(), 7).cpus;
    EXPECT_EQ(once.size(), 2U);
    EXPECT_TRUE(once.without(*CpuSet::parse("1-4")).empty());
    EXPECT_EQ(once, place(affinity, {}, machine(), 7).cpus);
}

TEST(CpuSets, AreReadAndWrittenAsTheKernelDoes) {
    EXPECT_EQ(CpuSet::parse("0-2,5,7-8\n")->text(), "0-2,5,7-8");
    EXPECT_EQ(CpuSet::parse("\n")->text(), "");
    EXPECT_FALSE(CpuSet::parse("3-1"));
    EXPECT_FALSE(CpuSet::parse("a"));
    EXPECT_FALSE(CpuSet::parse("1024"));
    EXPECT_EQ(CpuSet::parse("1023")->numbers().front(), 1023U);
}

} // namespace
} // namespace ktstr::workload
