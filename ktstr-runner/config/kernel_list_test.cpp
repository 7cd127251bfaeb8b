#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/config/kernel_list.hpp"

#include <gmock/gmock.h>

namespace ktstr::config {
namespace {

const std::vector<ListedKernel> two{
    {.label = "kernel_6_12",          .kernel = "6.12.95-x86_64-0123456789ab"},
    {.label = "kernel_path_l_123456", .kernel = "/src/a=b/linux"             }
};

TEST(KernelList, IsReadAsWritten) {
    const std::vector<std::string> environment{"HOME=/", "KTSTR_KERNELS=" + kernel_list_text(two)};
    EXPECT_EQ(kernel_list_from(environment).value_or(std::vector<ListedKernel>{}), two);
}

TEST(KernelList, UnsetMeansNone) {
    const std::vector<std::string> environment{"KTSTR_KERNEL=6.12"};
    EXPECT_THAT(kernel_list_from(environment), IsOk());
    EXPECT_TRUE(kernel_list_from(environment)->empty());
}

TEST(KernelList, NonsenseIsRefused) {
    for (const auto* value : {"kernel_6_12", "=x", "kernel_6_12="}) {
        const std::vector<std::string> environment{std::string("KTSTR_KERNELS=") + value};
        EXPECT_THAT(kernel_list_from(environment), IsErrorWith("is not LABEL=KERNEL")) << value;
    }
}

TEST(WithoutLabel, TakesAKnownLabelOff) {
    const auto [test, kernel] = without_label("mod::it_works/kernel_6_12", two);
    EXPECT_EQ(test, "mod::it_works");
    ASSERT_NE(kernel, nullptr);
    EXPECT_EQ(*kernel, two.front());
}

TEST(WithoutLabel, LeavesOtherNamesAlone) {
    for (const auto* name : {"mod::it_works", "a/b", "kernel_6_12", "x/kernel_6_1"}) {
        const auto [test, kernel] = without_label(name, two);
        EXPECT_EQ(test, name);
        EXPECT_EQ(kernel, nullptr);
    }
}

} // namespace
} // namespace ktstr::config
