#include "guest/base/cgroup.hpp"

#include <gtest/gtest.h>

namespace ktstr::guest {
namespace {

TEST(CgroupOfProcess, IsTheOneOrBelowIt) {
    EXPECT_TRUE(tells_of_cgroup("0::/setup\n", "setup"));
    EXPECT_TRUE(tells_of_cgroup("1:cpu:/other\n0::/setup/part\n", "setup"));
    EXPECT_FALSE(tells_of_cgroup("0::/setups\n", "setup"));
    EXPECT_FALSE(tells_of_cgroup("0::/test/setup\n", "setup"));
    EXPECT_FALSE(tells_of_cgroup("0::/\n", "setup"));
    EXPECT_FALSE(tells_of_cgroup("3:setup:/setup\n", "setup"));
    EXPECT_FALSE(tells_of_cgroup("", "setup"));
}

} // namespace
} // namespace ktstr::guest
