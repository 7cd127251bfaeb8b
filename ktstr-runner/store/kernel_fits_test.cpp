#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/store/kernel_fits.hpp"

#include <gmock/gmock.h>

namespace ktstr::store {

namespace {

struct Case {
    const char* spec;
    const char* version;
    bool fits;
};

class KernelFits : public testing::TestWithParam<Case> {};

} // namespace

TEST_P(KernelFits, AsTheSpecSays) {
    const auto& [spec, version, fits] = GetParam();
    const auto found = kernel_fits(spec, {.key = "6.12.117-k-1", .version = version});
    ASSERT_THAT(found, IsOk());
    EXPECT_EQ(*found, fits) << version << " in " << spec;
}

INSTANTIATE_TEST_SUITE_P(All,
                         KernelFits,
                         testing::Values(Case{"6.12", "6.12.117-ktstr", true},
                                         Case{"6.1", "6.12.117-ktstr", false},
                                         Case{"7", "7.0.13+deb13-cloud-amd64", true},
                                         Case{"6.12..6.14", "6.12.0", true},
                                         Case{"6.12..6.14", "6.14.9-ktstr", true},
                                         Case{"6.12..6.14", "6.14-rc2", true},
                                         Case{"6.12..6.14", "6.12-rc2", true},
                                         Case{"6.12..6.14", "6.15", false},
                                         Case{"6.12..6.14", "6.9.1", false},
                                         Case{"6.12.5..6.14", "6.12.4", false},
                                         Case{"6.14..", "7.0.13", true},
                                         Case{"6.14..", "6.13.9", false},
                                         Case{"..6.14", "6.14.9", true},
                                         Case{"..6.14", "6.15.1", false},
                                         Case{"6.15-rc3", "6.15.0-rc3-ktstr", true},
                                         Case{"7.0-rc3", "7.0.0-rc3-ktstr", true},
                                         Case{"6.15-rc3..", "6.15.0-rc1-ktstr", false},
                                         Case{"..6.15-rc3", "6.15.0-rc1-ktstr", true},
                                         Case{"6.12.117-k-1", "6.12.117-ktstr", true},
                                         Case{"6.12.117-k-2", "6.12.117-ktstr", false},
                                         Case{"6.1.0-57-amd64", "6.1.0-57-amd64", true}));

TEST(KernelFits, RefusesWhatIsNoSpec) {
    EXPECT_THAT(kernel_fits("6.14..6.12", {.version = "6.13"}), IsErrorWith("ends before"));
    EXPECT_THAT(kernel_fits("six dot twelve", {.version = "6.13"}), IsErrorWith("is no kernel"));
    for (const auto* slip :
         {"v6.12", "6.12.x", "6.l2", "image-123456789012", "6.12+", "6.12-6.14", "6.12-rc"}) {
        EXPECT_THAT(kernel_fits(slip, {.version = "6.12"}), IsErrorWith("neither a version nor"));
    }
    EXPECT_THAT(kernel_fits("../linux", {.version = "6.13"}), IsErrorWith("is a path"));
}

} // namespace ktstr::store
