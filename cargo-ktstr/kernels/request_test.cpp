#include "cargo-ktstr/kernels/request.hpp"
#include "ktstr-runner/base/matchers.hpp"

#include <gmock/gmock.h>

namespace ktstr::kernels {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

BuildRequest request(const std::vector<std::string>& words) {
    auto read = read_build_request(words);
    EXPECT_THAT(read, IsOk());
    return std::move(read).value_or(BuildRequest{});
}

TEST(BuildRequest, TakesKernelsOfEveryForm) {
    const auto many = request({"6.14", "6.15..6.18", "git+https://h/l#x", "--source", "linux"});
    EXPECT_THAT(many.specs, ElementsAre("6.14", "6.15..6.18", "git+https://h/l#x", "./linux"));
    EXPECT_THAT(many.packages, IsEmpty());
    EXPECT_THAT(request({}).specs, IsEmpty());
}

TEST(BuildRequest, PackagesAreOneKernel) {
    EXPECT_THAT(request({"--deb", "a.deb", "b.deb"}).packages, ElementsAre("a.deb", "b.deb"));
    EXPECT_THAT(request({"--deb", "a.deb", "--deb", "b"}).packages, ElementsAre("a.deb", "b"));
    EXPECT_THAT(request({"a.deb", "b.deb"}).packages, ElementsAre("a.deb", "b.deb"));
}

TEST(BuildRequest, HasDefaults) {
    const auto plain = request({"6.14"});
    EXPECT_EQ(plain.base, "lean");
    EXPECT_EQ(plain.jobs, 0U);
    EXPECT_EQ(plain.verify, Verify::yes);
    const auto all =
        request({"6.14", "--base", "tree", "-j", "3", "--cpu-cap", "2", "--no-verify"});
    EXPECT_EQ(all.base, "tree");
    EXPECT_EQ(all.jobs, 3U);
    EXPECT_EQ(all.cpu_cap, 2U);
    EXPECT_EQ(all.verify, Verify::no);
}

} // namespace
} // namespace ktstr::kernels
