#include "cargo-ktstr/commands/locks.hpp"
#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/base/matchers.hpp"

#include <gmock/gmock.h>

namespace ktstr::commands {

namespace {

host::Leases some_leases() {
    using host::LeaseKind;
    host::Leases leases;
    leases.exclusive.push_back({
        .kind = LeaseKind::exclusive,
        .number = 3,
        .note = {.pid = 11, .test = "fast", .llcs = {0}, .cpus = {0, 1, 2, 3}, .housekeeping = 4}
    });
    leases.shared.push_back({
        .kind = LeaseKind::shared, .number = 1, .note = {.pid = 12, .test = "a\nb"}
    });
    leases.waiting.push_back({
        .kind = LeaseKind::waiting, .number = 4, .note = {.pid = 13, .test = "next", .vcpus = 8}
    });
    return leases;
}

} // namespace

TEST(Locks, ShowHoldersAndThenThoseThatWait) {
    const auto text = locks_table(some_leases());
    EXPECT_THAT(text, testing::ContainsRegex("exclusive +11 +fast .* 0-3 and 4"));
    EXPECT_THAT(text, testing::ContainsRegex("shared +12 +a b .* all"));
    EXPECT_THAT(text, testing::ContainsRegex("waiting +13 +next .* wants 8 in whole LLCs"));
    EXPECT_LT(text.find("exclusive"), text.find("waiting"));
    EXPECT_EQ(locks_table({}), "Nobody has a lease of this host's CPUs.\n");
}

TEST(Locks, AreJsonForMachines) {
    const auto json = parse_json(locks_json("/run/x", some_leases()));
    ASSERT_THAT(json, IsOk());
    EXPECT_EQ(json->at("directory"), "/run/x");
    EXPECT_EQ(json->at("exclusive").at(0).at("cpus"), Json::parse("[0,1,2,3]"));
    EXPECT_EQ(json->at("exclusive").at(0).at("housekeeping"), 4);
    EXPECT_EQ(json->at("shared").at(0).at("test"), "a\nb");
    EXPECT_EQ(json->at("waiting").at(0).at("vcpus"), 8);
}

} // namespace ktstr::commands
