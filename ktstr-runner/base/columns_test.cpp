#include "ktstr-runner/base/columns.hpp"

#include <gtest/gtest.h>

namespace ktstr {
namespace {

TEST(Columns, AreAsWideAsTheirWidestCell) {
    const std::vector<std::vector<std::string>> rows{
        {"KEY",    "SIZE" },
        {"longer", "1 MiB"},
        {"x",      ""     }
    };
    EXPECT_EQ(columns(rows), "KEY     SIZE\nlonger  1 MiB\nx\n");
}

TEST(Columns, OfNothingAreNothing) {
    EXPECT_EQ(columns({}), "");
}

} // namespace
} // namespace ktstr
