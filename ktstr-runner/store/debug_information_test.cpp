#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/store/debug_information.hpp"

#include <gtest/gtest.h>

namespace ktstr::store {

namespace {

namespace fs = std::filesystem;

// Programs with build ids stand for kernels: this one and another.
void put(const fs::path& file, const fs::path& at) {
    fs::create_directories(at.parent_path());
    fs::copy_file(file, at);
}

TEST(DebugInformation, IsThatOfTheSameBuild) {
    const auto folder = TempDir::create("debug-information");
    ASSERT_TRUE(folder);
    const auto& root = folder->path();
    const Entry kernel{.key = "k", .directory = root / "k", .vmlinux = root / "k/vmlinux"};
    put("/proc/self/exe", kernel.vmlinux);
    EXPECT_EQ(with_debug_information(kernel), kernel.vmlinux);
    put("/bin/sh", root / ".build/a/vmlinux");
    fs::create_directories(root / ".build/b");
    EXPECT_EQ(with_debug_information(kernel), kernel.vmlinux);
    put("/proc/self/exe", root / ".build/c/vmlinux");
    EXPECT_EQ(with_debug_information(kernel), root / ".build/c/vmlinux");
}

TEST(DebugInformation, AKernelWithoutSymbolsHasNone) {
    EXPECT_EQ(with_debug_information({}), fs::path());
    EXPECT_EQ(with_debug_information({.directory = "/", .vmlinux = "/no/such/file"}),
              fs::path("/no/such/file"));
}

} // namespace

} // namespace ktstr::store
