#include "cargo-ktstr/fetch/releases.hpp"
#include "ktstr-runner/base/matchers.hpp"

namespace ktstr::fetch {

using ::testing::IsEmpty;

TEST(Releases, ReadsRowsAndLeavesOutWhatIsNoKernel) {
    const auto releases = parse_releases(R"({"latest_stable": {"version": "7.2.8"}, "releases": [
      {"moniker": "mainline", "version": "7.3-rc4", "iseol": false, "pgp": null,
       "source": "https://git.kernel.org/torvalds/t/linux-7.3-rc4.tar.gz",
       "released": {"timestamp": 1790000000, "isodate": "2026-09-21"}},
      {"moniker": "stable", "version": "7.1.13", "iseol": true, "source": null},
      {"moniker": "linux-next", "version": "next-20260925", "iseol": false, "source": null},
      {"moniker": "stable"}, 7, null, {"version": 6.12}, {"version": "6.12.111"}]})");
    ASSERT_THAT(releases, IsOk());
    ASSERT_EQ(releases->size(), 3U);
    const auto& first = (*releases)[0];
    EXPECT_EQ(first.moniker, "mainline");
    EXPECT_EQ(first.version.text(), "7.3-rc4");
    EXPECT_EQ(first.source, "https://git.kernel.org/torvalds/t/linux-7.3-rc4.tar.gz");
    EXPECT_EQ(first.released, "2026-09-21");
    EXPECT_FALSE(first.end_of_life);
    EXPECT_TRUE((*releases)[1].end_of_life);
    EXPECT_THAT((*releases)[1].source, IsEmpty());
    EXPECT_EQ((*releases)[2].version.text(), "6.12.111");
}

TEST(Releases, HostileTextsAreErrors) {
    EXPECT_THAT(parse_releases("<!DOCTYPE html><title>Sign in</title>"),
                IsErrorWith("not JSON, it begins with `<!DOCTYPE html>"));
    EXPECT_THAT(parse_releases(""), IsErrorWith("not JSON"));
    EXPECT_THAT(parse_releases(R"({"releases": [)"), IsErrorWith("not whole JSON"));
    EXPECT_THAT(parse_releases(R"({"releases": {}})"), IsErrorWith("no array `releases`"));
    EXPECT_THAT(parse_releases("{}"), IsErrorWith("KTSTR_KERNEL_MIRROR"));
    EXPECT_THAT(parse_releases(R"({"a": )" + std::string(100'000, '[')),
                IsErrorWith("nested too deep"));
    EXPECT_THAT(parse_releases(std::string(most_releases_bytes + 1, ' ')),
                IsErrorWith("larger than it could be"));
    std::string many = R"({"releases": [0)";
    for (int i = 0; i < 1000; ++i) {
        many += ",0";
    }
    EXPECT_THAT(parse_releases(many + "]}"), IsErrorWith("1001 rows"));
}

TEST(Releases, BracketsInTextsAreNoDepth) {
    EXPECT_THAT(parse_releases(R"({"a": "[[[[[[[[[[[[[[[[[[[[[[[[\"[[[[[[[[", "releases": []})"),
                IsOk());
}

} // namespace ktstr::fetch
