#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/topology/topology.hpp"

namespace ktstr {

TEST(Topology, ReadsAndWritesItsNotation) {
    for (const auto* const text :
         {"1n1l2c1t", "2n4l4c2t", "1n2l12c1t", "8n8l1c1t", "1n1l1024c1t"}) {
        const auto topology = Topology::parse(text);
        ASSERT_THAT(topology, IsOk());
        EXPECT_EQ(topology->text(), text);
    }
    EXPECT_EQ(*Topology::parse("2n4l3c2t"),
              (Topology{.nodes = 2, .llcs = 4, .cores = 3, .threads = 2}));
    EXPECT_EQ(Topology::parse("2n4l3c2t")->vcpus(), 24U);
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
