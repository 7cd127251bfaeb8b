#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/variants/cargo_output.hpp"

namespace ktstr::variants {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

} // namespace

TEST(CargoOutput, ProfileAndTripleFollowFromThePlace) {
    const auto dir = TempDir::create("target");
    ASSERT_THAT(dir, IsOk());
    const auto target = dir->path();
    ASSERT_THAT(write_file_atomically(target / "CACHEDIR.TAG", "x"), IsOk());
    const auto dev = cargo_output_of(target / "debug/deps/a-0123456789abcdef");
    EXPECT_EQ(dev.folder, target / "debug");
    EXPECT_THAT(dev.arguments(), ElementsAre("--target-dir", target.string(), "--profile", "dev"));
    EXPECT_EQ(cargo_output_of(target / "ci/deps/a-1").profile, "ci");
    EXPECT_EQ(cargo_output_of(target / "release/a").profile, "release");
    const auto cross = cargo_output_of(target / "x86_64-unknown-linux-musl/debug/deps/a-1");
    EXPECT_EQ(cross.target, target);
    EXPECT_THAT(cross.arguments(),
                ElementsAre("--target-dir",
                            target.string(),
                            "--profile",
                            "dev",
                            "--target",
                            "x86_64-unknown-linux-musl"));
}

TEST(CargoOutput, OfAnotherPlaceOnlyTheFolderIsKnown) {
    const auto other = cargo_output_of("/opt/tests/deps/a-1");
    EXPECT_EQ(other.folder, "/opt/tests");
    EXPECT_THAT(other.arguments(), IsEmpty());
}

} // namespace ktstr::variants
