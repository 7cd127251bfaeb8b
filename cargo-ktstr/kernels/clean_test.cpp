#include "cargo-ktstr/kernels/clean.hpp"
#include "ktstr-runner/store/test_support.hpp"

#include <fcntl.h>
#include <sys/stat.h>

namespace ktstr::kernels {

namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using namespace std::chrono_literals;

class CleanTest : public store::StoreTest {
protected:
    static std::chrono::system_clock::time_point at(std::int64_t seconds) {
        return std::chrono::system_clock::time_point(std::chrono::seconds(seconds));
    }

    static void date(const std::filesystem::path& path, std::int64_t seconds) {
        const timespec times[2]{{.tv_sec = seconds}, {.tv_sec = seconds}};
        ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
    }

    void kernel(const std::string& release, std::int64_t used_at) const {
        ASSERT_THAT(add(release, "x86_64"), IsOk());
        date(root() / (release + "-x") / "metadata.json", used_at);
    }

    std::vector<std::string> names(const CleanRequest& request, std::int64_t now = 10'000) const {
        std::vector<std::string> all;
        const auto doomed = doomed_entries(store::list().value(), root(), request, at(now));
        EXPECT_THAT(doomed, IsOk());
        for (const auto& one : doomed.value_or(std::vector<Doomed>{})) {
            all.push_back(one.name);
        }
        return all;
    }

    Cleaned remove(const CleanRequest& request, DryRun dry_run = DryRun::no) const {
        return kernels::clean(
            root(),
            doomed_entries(store::list().value(), root(), request, at(10'000)).value(),
            dry_run);
    }

    bool there(const std::filesystem::path& name) const {
        return std::filesystem::exists(root() / name);
    }
};

} // namespace

TEST_F(CleanTest, ChoosesByLastUse) {
    kernel("6.1", 3000);
    kernel("6.2", 1000);
    kernel("6.3", 2000);
    EXPECT_THAT(names({.keep = 1}), ElementsAre("6.3-x", "6.2-x"));
    EXPECT_THAT(names({.keep = 3}), IsEmpty());
    EXPECT_THAT(names({.older_than = 8000s}), ElementsAre("6.2-x")) << "2000 is not below 2000";
    EXPECT_THAT(names({.older_than = 20'000s}), IsEmpty());
    EXPECT_THAT(names({
                    .keys = {"6.2-x", "6.1-x"}
    }),
                ElementsAre("6.2-x", "6.1-x"));
}

TEST_F(CleanTest, AnUnknownKeyIsAnErrorWithTheNearest) {
    kernel("6.1", 3000);
    EXPECT_THAT(doomed_entries(store::list().value(), root(), {.keys = {"6.1-y"}}, at(0)),
                IsErrorWith("did you mean `6.1-x`?"));
    EXPECT_THAT(doomed_entries(store::list().value(), root(), {.keys = {"../x"}}, at(0)),
                IsErrorWith("no entry `../x`"));
}

TEST_F(CleanTest, CorruptOnesAreThoseThatNoKtstrCouldRead) {
    for (const auto* release : {"6.1", "6.2", "6.3"}) {
        kernel(release, 1000);
    }
    std::filesystem::remove(root() / "6.1-x/image");
    write(root() / "6.2-x/metadata.json", "{\"schema\": 2}");
    std::filesystem::create_directory(root() / "bare");
    EXPECT_THAT(names({.corrupt = true}), ElementsAre("6.1-x", "bare"));
    EXPECT_THAT(remove({.corrupt = true}).removed, ElementsAre("6.1-x", "bare"));
    EXPECT_TRUE(there("6.2-x"));
    EXPECT_FALSE(there("bare"));
    EXPECT_THAT(store::list().value().damaged.size(), 1U);
}

TEST_F(CleanTest, WhatIsInUseStaysAndIsNamed) {
    kernel("6.1", 3000);
    kernel("6.2", 3000);
    {
        const auto machine = store::use(store::find("6.1-x").value().value());
        ASSERT_THAT(machine, IsOk());
        const auto cleaned = remove({.keep = 0});
        EXPECT_THAT(cleaned.removed, ElementsAre("6.2-x"));
        EXPECT_THAT(cleaned.in_use, ElementsAre("6.1-x"));
        EXPECT_GT(cleaned.bytes, 0U);
        EXPECT_THAT(store::find("6.1-x"), IsOk());
    }
    EXPECT_THAT(remove({.keep = 0}).removed, ElementsAre("6.1-x"));
}

TEST_F(CleanTest, ADryRunRemovesNothing) {
    kernel("6.1", 3000);
    EXPECT_THAT(remove({.keep = 0}, DryRun::yes).removed, ElementsAre("6.1-x"));
    EXPECT_TRUE(there("6.1-x"));
}

TEST_F(CleanTest, LeftoversAreWhatNobodyMakesOrNeeds) {
    write(root() / ".making-1-0/image", "of a dead maker");
    write(root() / ".build/gone/ktstr-build.log", "");
    write(root() / ".build/here/ktstr-build.log", "");
    std::filesystem::create_symlink("/no/such/tree", root() / ".build/gone/source");
    std::filesystem::create_symlink(folder(), root() / ".build/here/source");
    write(root() / ".sources/linux-6.1/Makefile", "");
    write(root() / ".sources/linux-6.1.lock", "");
    for (const auto* path :
         {".build/here/ktstr-build.log", ".sources/linux-6.1", ".sources/linux-6.1.lock"}) {
        date(root() / path, 1000);
    }
    const auto left = [&](const CleanRequest& request) {
        std::vector<std::string> all;
        for (const auto& one : doomed_leftovers(root(), request, at(10'000))) {
            all.push_back(one.name);
        }
        return all;
    };
    EXPECT_THAT(left({.keep = 1}), ElementsAre("draft .making-1-0", "build gone"));
    EXPECT_THAT(left({.older_than = 5000s}),
                ElementsAre("draft .making-1-0", "build gone", "build here", "sources linux-6.1"));
    const auto maker =
        FileLock::try_acquire(root() / ".sources/linux-6.1.lock", FileLock::Mode::exclusive);
    ASSERT_TRUE(maker && *maker);
    const auto cleaned = kernels::clean(
        root(), doomed_leftovers(root(), {.older_than = 5000s}, at(10'000)), DryRun::no);
    EXPECT_THAT(cleaned.removed, ElementsAre("draft .making-1-0", "build gone", "build here"));
    EXPECT_THAT(cleaned.in_use, ElementsAre("sources linux-6.1"));
    EXPECT_FALSE(there(".making-1-0"));
    EXPECT_FALSE(there(".build/gone"));
    EXPECT_TRUE(there(".sources/linux-6.1/Makefile"));
}

} // namespace ktstr::kernels
