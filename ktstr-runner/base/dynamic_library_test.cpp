#include "ktstr-runner/base/dynamic_library.hpp"
#include "ktstr-runner/base/matchers.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace ktstr {

TEST(DynamicLibrary, FindsAFunction) {
    const auto library = DynamicLibrary::load("libm.so.6", "which knows roots");
    ASSERT_THAT(library, IsOk());
    double (*root)(double) = nullptr;
    ASSERT_THAT(library->find("sqrt", root), IsOk());
    EXPECT_EQ(root(16), 4);
    EXPECT_THAT(library->find("no_such_function", root), IsErrorWith("no_such_function"));
    EXPECT_EQ(root(9), 3);
}

TEST(DynamicLibrary, OneThatIsNotThereIsNamedWithItsPurpose) {
    const auto library = DynamicLibrary::load("libnone.so.9", "which does nothing");
    EXPECT_THAT(library, IsErrorWith("cannot load libnone.so.9, which does nothing"));
}

} // namespace ktstr
