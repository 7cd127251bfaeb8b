#include "guest/init/mounts.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace ktstr::guest {
namespace {

TEST(MountTable, NamesEachTargetOnceAndBehindWhatItLiesIn) {
    const auto table = mount_table();
    for (std::size_t i = 0; i < table.size(); ++i) {
        const std::string_view target(table[i].target);
        for (std::size_t later = i + 1; later < table.size(); ++later) {
            EXPECT_NE(target, table[later].target);
            EXPECT_FALSE(target.starts_with(std::string(table[later].target) + '/'))
                << table[later].target << " would hide " << target;
        }
    }
}

TEST(MountTable, NeedsOnlyWhatTheAgentItselfReads) {
    std::string required;
    for (const auto& spec : mount_table()) {
        if (spec.need == Need::required) {
            required += std::string(spec.target) + ' ';
        }
    }
    EXPECT_EQ(required, "/proc /sys /dev ");
}

} // namespace
} // namespace ktstr::guest
