#include "cargo-ktstr/fetch/mirror.hpp"
#include "ktstr-runner/base/matchers.hpp"

#include <cstdlib>

namespace ktstr::fetch {

namespace {

Version version(std::string_view text) {
    return Version::parse(text).value();
}

} // namespace

TEST(Mirror, IsKernelOrgWithoutTheVariable) {
    ::unsetenv("KTSTR_KERNEL_MIRROR");
    const auto mirror = Mirror::from_environment().value();
    EXPECT_EQ(mirror.releases(), "https://www.kernel.org/releases.json");
    EXPECT_EQ(mirror.checksums(6), "https://cdn.kernel.org/pub/linux/kernel/v6.x/sha256sums.asc");
    EXPECT_EQ(mirror.tarball(version("6.14.2")),
              "https://cdn.kernel.org/pub/linux/kernel/v6.x/linux-6.14.2.tar.xz");
    EXPECT_EQ(mirror.tarball(version("7.0.0")),
              "https://cdn.kernel.org/pub/linux/kernel/v7.x/linux-7.0.tar.xz");
    EXPECT_EQ(mirror.tarball(version("6.15-rc3")),
              "https://git.kernel.org/torvalds/t/linux-6.15-rc3.tar.gz");
}

TEST(Mirror, HasAllUnderOneBase) {
    ::setenv("KTSTR_KERNEL_MIRROR", "http://127.0.0.1:8080/k//", 1);
    const auto mirror = Mirror::from_environment();
    ::unsetenv("KTSTR_KERNEL_MIRROR");
    ASSERT_THAT(mirror, IsOk());
    EXPECT_EQ(mirror->releases(), "http://127.0.0.1:8080/k/releases.json");
    EXPECT_EQ(mirror->checksums(7), "http://127.0.0.1:8080/k/pub/linux/kernel/v7.x/sha256sums.asc");
    EXPECT_EQ(mirror->tarball(version("6.15-rc3")),
              "http://127.0.0.1:8080/k/torvalds/t/linux-6.15-rc3.tar.gz");
}

TEST(Mirror, RefusesWhatIsNoUrlByName) {
    for (const auto* value : {"",
                              "mirror.example",
                              "ftp://mirror.example",
                              "file:///srv",
                              "https://",
                              "https:///path",
                              "https://host/?q=1",
                              "https://host/a b",
                              "https://host/\n",
                              "-https://host"}) {
        ::setenv("KTSTR_KERNEL_MIRROR", value, 1);
        EXPECT_THAT(Mirror::from_environment(),
                    IsErrorWith("KTSTR_KERNEL_MIRROR is no http or https URL"))
            << value;
    }
    ::unsetenv("KTSTR_KERNEL_MIRROR");
}

} // namespace ktstr::fetch
