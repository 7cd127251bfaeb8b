#include "guest/agent/modules.hpp"

#include <gmock/gmock.h>

namespace ktstr::guest {
namespace {

// That a module comes up needs a machine: tests/e2e/modules.sh.
TEST(LoadModules, NamesTheFirstThatCannotBeLoadedAndWhy) {
    const std::vector<std::string> paths{"/nowhere/first.ko", "/nowhere/second.ko"};
    EXPECT_EQ(load_modules(paths),
              "cannot load the module /nowhere/first.ko: No such file or directory");
}

TEST(LoadModules, NoneIsNoProblem) {
    EXPECT_EQ(load_modules({}), std::nullopt);
}

} // namespace
} // namespace ktstr::guest
