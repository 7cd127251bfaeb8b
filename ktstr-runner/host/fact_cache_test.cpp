#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/host/fact_cache.hpp"

namespace ktstr::host {

TEST(FactCache, RecallsAFactForItsKeyAlone) {
    const auto dir = TempDir::create("facts");
    ASSERT_THAT(dir, IsOk());
    const FactCache cache(dir->path() / "made" / "on demand");
    EXPECT_FALSE(cache.recall("tsc", "boot 1").has_value());
    cache.remember("tsc", "boot 1", "2596148");
    EXPECT_EQ(cache.recall("tsc", "boot 1"), "2596148");
    EXPECT_FALSE(cache.recall("tsc", "boot 2").has_value());
    EXPECT_FALSE(cache.recall("tsc", "boot").has_value());
    EXPECT_FALSE(cache.recall("kvm", "boot 1").has_value());
    cache.remember("tsc", "boot 2", "two\nlines");
    EXPECT_EQ(cache.recall("tsc", "boot 2"), "two\nlines");
}

TEST(FactCache, DoesWithoutAPlaceToWrite) {
    const FactCache nowhere("/proc/no/such/place");
    nowhere.remember("tsc", "boot", "1");
    EXPECT_FALSE(nowhere.recall("tsc", "boot").has_value());
    const FactCache none({});
    none.remember("tsc", "boot", "1");
    EXPECT_FALSE(none.recall("tsc", "boot").has_value());
}

TEST(FactCache, KeyOfABootIsStable) {
    EXPECT_EQ(boot_key(), boot_key());
    EXPECT_GT(boot_key().size(), 36U);
}

} // namespace ktstr::host
