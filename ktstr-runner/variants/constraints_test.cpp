#include "ktstr-runner/variants/constraints.hpp"

#include <gtest/gtest.h>

namespace ktstr::variants {
namespace {

// What the crate says when a test says nothing.
const Constraints of_the_crate{.min_cpus = 1,
                               .max_cpus = 192,
                               .min_llcs = 1,
                               .max_llcs = 12,
                               .min_numa_nodes = 1,
                               .max_numa_nodes = 1};

std::optional<std::string> on(const Constraints& wants, std::string_view topology) {
    return why_not_on(wants, *Topology::parse(topology));
}

TEST(Constraints, TheFirstThatATopologyBreaksIsTold) {
    EXPECT_EQ(on(of_the_crate, "1n12l16c1t"), std::nullopt);
    EXPECT_EQ(on(of_the_crate, "1n13l16c1t"), "it wants at most 192 CPUs");
    EXPECT_EQ(on(of_the_crate, "1n13l2c1t"), "it wants at most 12 LLCs");
    EXPECT_EQ(on(of_the_crate, "2n2l2c1t"), "it wants at most 1 NUMA node");
    EXPECT_EQ(on({.min_llcs = 2}, "1n1l2c1t"), "it wants 2 or more LLCs");
    EXPECT_EQ(on({.requires_smt = true}, "1n1l2c1t"), "it wants 2 or more threads of each core");
    EXPECT_EQ(on({.requires_smt = true}, "1n1l2c2t"), std::nullopt);
    EXPECT_EQ(on({}, "4n12l8c2t"), std::nullopt);
}

TEST(Room, IsSoManyVcpusForEachCpu) {
    const Room two{.cpus = 2, .overcommit = 8};
    EXPECT_EQ(two.why_none_for(*Topology::parse("2n4l4c1t")), std::nullopt);
    EXPECT_EQ(two.why_none_for(*Topology::parse("1n1l17c1t")),
              "17 vCPUs are more than 8 for each of the 2 CPUs of the host");
    EXPECT_EQ((Room{.cpus = 1, .overcommit = 1}).why_none_for(*Topology::parse("2")),
              "2 vCPUs are more than 1 for the one CPU of the host");
}

} // namespace
} // namespace ktstr::variants
