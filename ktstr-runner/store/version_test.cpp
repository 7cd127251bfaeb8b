#include "ktstr-runner/store/version.hpp"

#include <gtest/gtest.h>

namespace ktstr::store {

TEST(Version, OrdersNumbersByValueAndCandidatesFirst) {
    const char* const sorted[] = {"6.1.0-56-cloud-amd64",
                                  "6.9.1",
                                  "6.12-rc3",
                                  "6.12-rc10",
                                  "6.12.0-rc11-ktstr",
                                  "6.12",
                                  "6.12.1",
                                  "6.12.95-ktstr",
                                  "7.2.9+deb13-cloud-amd64",
                                  "7.2.12+deb13-cloud-amd64",
                                  "10.0"};
    for (std::size_t i = 0; i < std::size(sorted); ++i) {
        for (std::size_t j = 0; j < std::size(sorted); ++j) {
            EXPECT_EQ(compare_versions(sorted[i], sorted[j]), i <=> j)
                << sorted[i] << " and " << sorted[j];
        }
    }
}

TEST(Version, ComparesNumbersOfAnyLength) {
    EXPECT_EQ(compare_versions("6.99999999999999999999999", "6.100000000000000000000000"),
              std::strong_ordering::less);
    EXPECT_EQ(compare_versions("6.007", "6.7"), std::strong_ordering::equal);
}

TEST(Version, PrefixEndsAtANumber) {
    EXPECT_TRUE(is_version_prefix("6.12", "6.12.95-ktstr"));
    EXPECT_TRUE(is_version_prefix("6.12", "6.12"));
    EXPECT_TRUE(is_version_prefix("6.12", "6.12-rc1"));
    EXPECT_TRUE(is_version_prefix("6.15-rc3", "6.15.0-rc3-ktstr"));
    EXPECT_TRUE(is_version_prefix("6.15.0-rc3", "6.15-rc3"));
    EXPECT_FALSE(is_version_prefix("6.15-rc3", "6.15.0-rc31"));
    EXPECT_TRUE(is_version_prefix("7.0-rc3", "7.0.0-rc3-ktstr"));
    EXPECT_TRUE(is_version_prefix("7.0", "7.0-rc3"));
    EXPECT_FALSE(is_version_prefix("7.0-rc3", "7.0-rc1"));
    EXPECT_FALSE(is_version_prefix("6.1", "6.12"));
    EXPECT_FALSE(is_version_prefix("6.12.9", "6.12.95"));
    EXPECT_FALSE(is_version_prefix("", "6.12"));
}

} // namespace ktstr::store
