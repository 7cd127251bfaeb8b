#include "ktstr-runner/base/file_system.hpp"

#include <gtest/gtest.h>

namespace ktstr {

TEST(FileSystem, IsNamedFromItsNumber) {
    EXPECT_EQ(file_system_name(0x6969), "nfs");
    EXPECT_EQ(file_system_name(0x65735546), "fuse");
    EXPECT_EQ(file_system_name(0xFF53'4D42), "cifs");
    EXPECT_EQ(file_system_name(0x12345), "0x12345");
}

TEST(FileSystem, OfWhatIsMissingIsThatOfTheDirectoryAbove) {
    EXPECT_EQ(file_system_of("/proc/no/such/file"), file_system_of("/proc"));
    EXPECT_NE(file_system_of("/proc"), "unknown");
}

} // namespace ktstr
