#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/topology/topology.hpp"

namespace ktstr {

TEST(Topology, ReadsAndWritesItsNotation) {
    for (const auto* const text : {"1n1l2c1t",
                                   "2n4l4c2t",
                                   "1n2l12c1t",
                                   "8n8l1c1t",
                                   "1n1l1024c1t",
                                   "2n3+1l4c2t",
                                   "3n2+1+0l2c1t"}) {
        const auto topology = Topology::parse(text);
        ASSERT_THAT(topology, IsOk());
        EXPECT_EQ(topology->text(), text);
    }
    EXPECT_EQ(*Topology::parse("2n4l3c2t"),
              (Topology{.nodes = 2, .llcs = 4, .cores = 3, .threads = 2}));
    EXPECT_EQ(Topology::parse("2n4l3c2t")->vcpus(), 24U);
}

TEST(Topology, NodesMayDiffer) {
    const auto topology = *Topology::parse("4n2+0+0+1l2c2t");
    EXPECT_EQ(topology.vcpus(), 12U);
    EXPECT_EQ(topology.llcs, 3U);
    EXPECT_EQ(topology.llcs_of(0), 2U);
    EXPECT_EQ(topology.llcs_of(1), 0U);
    EXPECT_EQ(topology.node_of(0), 0U);
    EXPECT_EQ(topology.node_of(1), 0U);
    EXPECT_EQ(topology.node_of(2), 3U);
    EXPECT_EQ(Topology::parse("2n0+2l1c1t")->node_of(0), 1U);
    const auto even = *Topology::parse("2n4l1c1t");
    EXPECT_EQ(even.llcs_of(1), 2U);
    EXPECT_EQ(even.node_of(1), 0U);
    EXPECT_EQ(even.node_of(2), 1U);
    EXPECT_EQ(*Topology::parse("2n2+2l1c1t"), even);
}

TEST(Topology, RefusesNodesThatCannotBe) {
    EXPECT_THAT(Topology::parse("2n1+1+1l1c1t"),
                IsErrorWith("the LLCs of 3 nodes are given, there are 2"));
    EXPECT_THAT(Topology::parse("2n0+0l1c1t"), IsErrorWith("the number of LLCs is zero"));
    EXPECT_THAT(Topology::parse("2n1+l1c1t"), IsErrorWith("LLCs (`l`)"));
    EXPECT_THAT(Topology::parse("2n+1l1c1t"), IsErrorWith("LLCs (`l`)"));
    EXPECT_THAT(Topology::parse("2n2l1+1c1t"), IsErrorWith("cores per LLC (`c`)"));
    EXPECT_THAT(Topology::parse("1+1n2l1c1t"), IsErrorWith("nodes (`n`)"));
    EXPECT_THAT(Topology::parse("2n18446744073709551615+1l1c1t"),
                IsErrorWith("more than 1024 vCPUs"));
}

TEST(Topology, TakesANumberOfCpus) {
    EXPECT_EQ(Topology::parse("4")->text(), "1n1l4c1t");
    EXPECT_THAT(Topology::parse("0"), IsErrorWith("at least one CPU"));
    EXPECT_THAT(Topology::parse("1025"), IsErrorWith("more than 1024 vCPUs"));
}

TEST(Topology, NamesTheLevelThatIsWrong) {
    EXPECT_THAT(Topology::parse(""), IsErrorWith("nodes (`n`) is missing"));
    EXPECT_THAT(Topology::parse("1n2c1t"), IsErrorWith("LLCs (`l`) is missing"));
    EXPECT_THAT(Topology::parse("1n2l4c"), IsErrorWith("threads per core (`t`) is missing"));
    EXPECT_THAT(Topology::parse("1n2l-4c1t"), IsErrorWith("cores per LLC (`c`) is missing"));
    EXPECT_THAT(Topology::parse("1n0l4c1t"), IsErrorWith("the number of LLCs is zero"));
    EXPECT_THAT(Topology::parse("1n1l4c1tx"), IsErrorWith("`x` does"));
    EXPECT_THAT(Topology::parse("1n 1l4c1t"), IsErrorWith("LLCs (`l`)"));
}

TEST(Topology, RefusesShapesThatCannotBe) {
    EXPECT_THAT(Topology::parse("2n3l1c1t"),
                IsErrorWith("3 LLCs cannot be spread evenly over 2 nodes"));
    EXPECT_THAT(Topology::parse("2n1l4c1t"),
                IsErrorWith("1 LLCs cannot be spread evenly over 2 nodes"));
    EXPECT_THAT(Topology::parse("1n64l16c2t"), IsErrorWith("more than 1024 vCPUs"));
    EXPECT_THAT(Topology::parse("1n4294967296l4294967296c1t"), IsErrorWith("more than 1024 vCPUs"));
    EXPECT_THAT(Topology::parse("1n99999999999999999999999l1c1t"), IsErrorWith("LLCs (`l`)"));
}

} // namespace ktstr
