#include "ktstr-runner/store/test_support.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace ktstr::store {

namespace {

using LookupTest = StoreTest;

std::string found(const std::string& prefix) {
    const auto entry = find_version(prefix, "x86_64");
    return entry && *entry ? (*entry)->key : entry ? "none" : entry.error().one_line();
}

} // namespace

TEST_F(LookupTest, TheNewestReleaseOfASeries) {
    for (const auto* release : {"6.12.9", "6.12.10", "6.12.2", "6.120.1", "6.13-rc1"}) {
        ASSERT_THAT(add(release, "x86_64", {}, "-x86_64-0123456789ab"), IsOk());
    }
    EXPECT_EQ(found("6.12"), "6.12.10-x86_64-0123456789ab");
    EXPECT_EQ(found("6"), "6.120.1-x86_64-0123456789ab");
    EXPECT_EQ(found("6.13"), "6.13-rc1-x86_64-0123456789ab");
    EXPECT_EQ(found("6.14"), "none");
}

TEST_F(LookupTest, OtherArchitecturesAndDamagedOnesAreNoAnswer) {
    ASSERT_THAT(add("6.12.3", "aarch64", {}, "-aarch64-0123456789ab"), IsOk());
    ASSERT_THAT(add("6.12.2", "x86_64", {}, "-x86_64-0123456789ab"), IsOk());
    ASSERT_THAT(add("6.12.1", "x86_64", {}, "-x86_64-0123456789ab"), IsOk());
    std::filesystem::remove(root() / "6.12.2-x86_64-0123456789ab/image");
    EXPECT_EQ(found("6.12"), "6.12.1-x86_64-0123456789ab");
}

TEST_F(LookupTest, OfOneReleaseWhatWasMadeLast) {
    for (const auto* digits : {"-x86_64-000000000000", "-x86_64-111111111111"}) {
        ASSERT_THAT(add("6.12.3", "x86_64", {}, digits), IsOk());
    }
    const auto path = root() / "6.12.3-x86_64-000000000000/metadata.json";
    auto text = read_file(path).value_or("");
    const auto at = text.find("\"made_at\": ") + 11;
    write(path, text.replace(at, text.find(',', at) - at, "9999999999"));
    EXPECT_EQ(found("6.12"), "6.12.3-x86_64-000000000000");
}

TEST_F(LookupTest, ReadsNoMoreMetadataThanItMust) {
    for (const auto* release : {"6.12.9", "6.12.8", "6.11"}) {
        ASSERT_THAT(add(release, "x86_64", {}, "-x86_64-0123456789ab"), IsOk());
    }
    const Fd watch(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    const auto opened = [&](const char* key) {
        const auto path = root() / key / "metadata.json";
        return ::inotify_add_watch(watch.get(), path.c_str(), IN_OPEN);
    };
    ASSERT_GE(opened("6.12.8-x86_64-0123456789ab"), 0);
    ASSERT_GE(opened("6.11-x86_64-0123456789ab"), 0);
    EXPECT_EQ(found("6.12"), "6.12.9-x86_64-0123456789ab");
    EXPECT_EQ(resolve("6.12.9-x86_64-0123456789ab").value_or(Entry{}).version, "6.12.9");
    std::array<char, 4096> events{};
    EXPECT_EQ(::read(watch.get(), events.data(), events.size()), -1) << "another was opened";
    EXPECT_EQ(errno, EAGAIN);
    ASSERT_THAT(list(), IsOk());
    EXPECT_GT(::read(watch.get(), events.data(), events.size()), 0) << "nothing was watched";
}

} // namespace ktstr::store
