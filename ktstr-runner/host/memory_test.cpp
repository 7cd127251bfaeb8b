#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/host/memory.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace ktstr::host {

namespace {

class MemoryTest : public ::testing::Test {
protected:
    void SetUp() override {
        auto made = TempDir::create("memory");
        ASSERT_THAT(made, IsOk());
        dir.emplace(std::move(*made));
        write("proc/meminfo", "MemTotal:       1000 kB\nMemFree:  1 kB\nMemAvailable:    600 kB\n");
    }

    void write(const std::string& name, const std::string& text) const {
        const auto path = dir->path() / name;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path) << text;
    }

    std::optional<Memory> look() const {
        return memory(dir->path() / "proc", dir->path() / "cgroup");
    }

    std::optional<TempDir> dir;
};

} // namespace

TEST_F(MemoryTest, IsTheHostsWhereNothingLimitsIt) {
    EXPECT_EQ(look()->total, 1000U << 10);
    EXPECT_EQ(look()->available, 600U << 10);
    write("proc/self/cgroup", "0::/\n");
    write("cgroup/memory.max", "max\n");
    EXPECT_EQ(look()->available, 600U << 10);
}

TEST_F(MemoryTest, TheNarrowestCgroupCounts) {
    write("proc/self/cgroup", "1:name=systemd:/x\n0::/ci/job\n");
    write("cgroup/ci/memory.max", "500000\n");
    write("cgroup/ci/memory.current", "450000\n");
    write("cgroup/ci/memory.stat", "anon 1\ninactive_file 100000\n");
    write("cgroup/ci/job/memory.max", "max\n");
    EXPECT_EQ(look()->total, 500000U);
    EXPECT_EQ(look()->available, 150000U);
    write("cgroup/ci/job/memory.max", "300000\n");
    write("cgroup/ci/job/memory.current", "400000\n");
    EXPECT_EQ(look()->total, 300000U);
    EXPECT_EQ(look()->available, 0U);
}

TEST_F(MemoryTest, NobodyKnowsWithoutTheHostsWord) {
    write("proc/meminfo", "MemTotal: 1000 kB\n");
    EXPECT_FALSE(look().has_value());
}

TEST(Memory, OfThisHostMakesSense) {
    const auto memory = host::memory();
    ASSERT_TRUE(memory.has_value());
    EXPECT_GT(memory->total, 0U);
    EXPECT_LE(memory->available, memory->total);
}

} // namespace ktstr::host
