#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/host/leases.hpp"
#include "ktstr-runner/host/testing/lease_process.hpp"

#include <gmock/gmock.h>

#include <time.h>

#include <algorithm>
#include <functional>

namespace ktstr::host {

namespace {

using recorded::LeaseProcess;
using namespace std::chrono_literals;

// On a host with 12 LLCs of 8 CPUs; nobody may have more than eleven.
constexpr unsigned one_llc = 8;
constexpr unsigned most = 88;

class LeasesTest : public testing::Test {
protected:
    void SetUp() override {
        auto made = TempDir::create("leases");
        ASSERT_THAT(made, IsOk());
        dir.emplace(std::move(*made));
        std::filesystem::create_directory(locks());
    }

    std::filesystem::path locks() const { return dir->path() / "locks"; }

    LeaseProcess start(const std::string& test, unsigned vcpus) const {
        auto started = LeaseProcess::start(locks(), topology, test, vcpus);
        EXPECT_THAT(started, IsOk());
        return std::move(*started);
    }

    LeaseWish wish(const std::string& test, Patience patience = {}) const {
        return {.directory = locks(),
                .test = test,
                .patience = std::move(patience),
                .topology = [this] { return Result<CpuTopology>(topology); }};
    }

    Leases look() const {
        auto leases = look_at_leases(locks());
        EXPECT_THAT(leases, IsOk());
        return leases ? std::move(*leases) : Leases{};
    }

    std::optional<TempDir> dir;
    CpuTopology topology = recorded::even_topology(12, 8);
};

std::vector<std::string> tests_of(const std::vector<LeaseHolder>& holders) {
    std::vector<std::string> tests;
    for (const auto& one : holders) {
        tests.push_back(one.note.test);
    }
    return tests;
}

// Of this process: the host may give its CPUs to others meanwhile.
std::chrono::nanoseconds cpu_time_of(const std::function<void()>& what) {
    const auto now = [] {
        timespec time{};
        ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
        return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
    };
    const auto begun = now();
    what();
    return now() - begun;
}

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

} // namespace

TEST_F(LeasesTest, WhoeverComesFirstHasWholeLlcsAndOneCpuMore) {
    const auto lease = lease_exclusively(wish("mine"), 10);
    ASSERT_THAT(lease, IsOk());
    ASSERT_TRUE(*lease);
    EXPECT_EQ((*lease)->placement.cpus, *parse_cpu_list("0-15"));
    const auto leases = look();
    ASSERT_EQ(leases.exclusive.size(), 1U);
    const auto& note = leases.exclusive[0].note;
    EXPECT_EQ(note.pid, ::getpid());
    EXPECT_EQ(note.test, "mine");
    EXPECT_EQ(note.housekeeping, 16U);
    EXPECT_FALSE(note.clearing);
    EXPECT_THAT(describe(leases.exclusive[0]),
                testing::HasSubstr("(`mine`), which has CPUs 0-15 and 16 since "));
}

TEST_F(LeasesTest, EndWithTheirOwner) {
    {
        const auto lease = lease_exclusively(wish("short"), 1);
    }
    {
        const auto lease = lease_a_share(wish("short"));
    }
    const auto leases = look();
    EXPECT_THAT(leases.exclusive, IsEmpty());
    EXPECT_THAT(leases.shared, IsEmpty());
    for (const auto kind : lease_kinds) {
        EXPECT_FALSE(may_have(locks(), kind));
    }
}

// Nobody has anything for himself: that is all it takes to know, and it costs next to nothing.
TEST_F(LeasesTest, AShareOfEverythingCostsLessThanAMillisecond) {
    auto quick = wish("quick");
    quick.topology = []() -> Result<CpuTopology> {
        return fail(ErrorKind::internal, "the topology was asked for");
    };
    const auto other = lease_a_share(quick);
    ASSERT_THAT(other, IsOk());
    std::vector<std::chrono::nanoseconds> times(51);
    for (auto& time : times) {
        std::optional<SharedLease> lease;
        time = cpu_time_of([&] { lease = lease_a_share(quick).value_or(std::nullopt); });
        ASSERT_TRUE(lease);
        EXPECT_THAT(lease->cpus, IsEmpty());
    }
    std::ranges::sort(times);
    EXPECT_LT(times[times.size() / 2], 1ms);
}

TEST_F(LeasesTest, WhoSharesKeepsOffWhatIsTaken) {
    const auto lease = lease_exclusively(wish("mine"), one_llc);
    ASSERT_TRUE(lease && *lease);
    const auto share = lease_a_share(wish("other"));
    ASSERT_TRUE(share && *share);
    EXPECT_EQ(cpu_list_text((*share)->cpus), "9-95"); // 8 keeps house
    const auto leases = look();
    ASSERT_EQ(leases.shared.size(), 1U);
    EXPECT_EQ(leases.shared[0].note.llcs.size(), 11U);
}

// A share was taken first: its owner is waited for, and who comes later keeps off at once.
TEST_F(LeasesTest, WhoSharedBeforeIsWaitedFor) {
    auto sharer = start("sharer", 0);
    EXPECT_EQ(sharer.next(), "shares ");
    auto owner = start("owner", one_llc);
    EXPECT_EQ(owner.next(), "waits for sharer");
    EXPECT_TRUE(look().exclusive.at(0).note.clearing);
    auto late = start("late", 0);
    EXPECT_EQ(late.next(), "shares 9-95");
    sharer.let_go();
    EXPECT_THAT(owner.next(), StartsWith("has 0-7"));
    EXPECT_FALSE(look().exclusive.at(0).note.clearing);
}

TEST_F(LeasesTest, ADeadSharersShareIsFree) {
    auto sharer = start("sharer", 0);
    EXPECT_EQ(sharer.next(), "shares ");
    auto owner = start("owner", most);
    EXPECT_EQ(owner.next(), "waits for sharer");
    sharer.kill();
    EXPECT_THAT(owner.next(), StartsWith("has "));
}

TEST_F(LeasesTest, AKilledHoldersCpusGoToTheFirstThatWaits) {
    auto holder = start("holder", most);
    EXPECT_THAT(holder.next(), StartsWith("has "));
    auto first = start("first", most);
    EXPECT_EQ(first.next(), "waits for holder");
    auto second = start("second", most);
    EXPECT_EQ(second.next(), "waits for holder first");
    holder.kill();
    EXPECT_THAT(first.next(), StartsWith("has "));
    EXPECT_EQ(second.next(), "waits for first"); // it is the first of the queue now
    first.kill();
    EXPECT_THAT(second.next(), StartsWith("has "));
}

TEST_F(LeasesTest, AKilledWaiterHoldsNobodyUpAndLetsNobodyPast) {
    auto holder = start("holder", most);
    EXPECT_THAT(holder.next(), StartsWith("has "));
    auto first = start("first", most);
    EXPECT_EQ(first.next(), "waits for holder");
    auto middle = start("middle", one_llc);
    EXPECT_EQ(middle.next(), "waits for holder first");
    auto last = start("last", most);
    EXPECT_EQ(last.next(), "waits for holder first middle");
    EXPECT_THAT(tests_of(look().waiting), ElementsAre("first", "middle", "last"));
    middle.kill();
    EXPECT_EQ(last.next(), "waits for holder first");
    EXPECT_THAT(tests_of(look().waiting), ElementsAre("first", "last"));
    holder.let_go();
    EXPECT_THAT(first.next(), StartsWith("has "));
    EXPECT_EQ(last.next(), "waits for first");
    first.let_go();
    EXPECT_THAT(last.next(), StartsWith("has "));
}

// The first of the queue takes what is let go first, whoever lets it go.
TEST_F(LeasesTest, AnyOfTheHoldersMayBeDoneFirst) {
    std::vector<LeaseProcess> holders;
    for (int i = 0; i < 3; ++i) {
        holders.push_back(start("holder", 24));
        EXPECT_THAT(holders.back().next(), StartsWith("has "));
    }
    auto waiter = start("waiter", 24); // three LLCs are left, one of them keeps house
    EXPECT_EQ(waiter.next(), "waits for holder holder holder");
    holders[1].let_go();
    EXPECT_THAT(waiter.next(), StartsWith("has 32-55 "));
}

TEST_F(LeasesTest, AWaiterMayStop) {
    const auto mine = lease_exclusively(wish("mine"), most);
    ASSERT_TRUE(mine && *mine);
    std::vector<std::string> told;
    auto impatient = wish("impatient", {.deadline = Deadline::in(20ms)});
    impatient.waits_for = [&](std::span<const LeaseHolder> holders) {
        told.push_back(describe(holders.front()));
    };
    const auto none = lease_exclusively(impatient, one_llc);
    ASSERT_THAT(none, IsOk());
    EXPECT_FALSE(*none);
    EXPECT_THAT(told, ElementsAre(testing::HasSubstr("(`mine`), which has CPUs 0-87 and 88")));
    EXPECT_THAT(look().waiting, IsEmpty());
}

TEST_F(LeasesTest, AWaiterIsAskedWhenItsDescriptorWakesIt) {
    const auto mine = lease_exclusively(wish("mine"), most);
    ASSERT_TRUE(mine && *mine);
    auto pipe = make_pipe();
    ASSERT_THAT(pipe, IsOk());
    ASSERT_THAT(write_all(pipe->write.get(), "x"), IsOk());
    int asked = 0;
    const auto none = lease_exclusively(
        wish("woken", {.wake_fd = pipe->read.get(), .go_on = [&] { return ++asked < 3; }}),
        one_llc);
    ASSERT_THAT(none, IsOk());
    EXPECT_FALSE(*none);
    EXPECT_EQ(asked, 3);
}

// Its CPUs are all others': of eight LLCs it may use the one.
TEST_F(LeasesTest, AShareIsWaitedForWhereThereIsNone) {
    auto owner = start("owner", one_llc);
    EXPECT_THAT(owner.next(), StartsWith("has 0-7"));
    topology.llcs.resize(1);
    auto narrow = start("narrow", 0);
    EXPECT_EQ(narrow.next(), "waits for owner");
    owner.let_go();
    EXPECT_EQ(narrow.next(), "shares ");
}

TEST_F(LeasesTest, WhatIsNoLeaseIsNoHarm) {
    std::filesystem::create_directories(locks() / "exclusive/7");
    std::ofstream(locks() / "exclusive/notes") << "x";
    std::ofstream(locks() / "waiting") << "x";
    std::ofstream(locks() / "gate") << "not a number";
    EXPECT_THAT(lease_exclusively(wish("a"), 1), testing::Not(IsOk())); // waiting is no folder
    std::filesystem::remove(locks() / "waiting");
    const auto lease = lease_exclusively(wish("b"), 1);
    ASSERT_THAT(lease, IsOk());
    EXPECT_TRUE(*lease);
}

// "Has nothing" would give its CPUs away twice.
TEST_F(LeasesTest, ALeaseThatCannotBeReadIsNotNone) {
    const auto lease = lease_exclusively(wish("mine"), 1);
    ASSERT_TRUE(lease && *lease);
    for (const auto& entry : std::filesystem::directory_iterator(locks() / "exclusive")) {
        std::ofstream(entry.path(), std::ios::trunc) << "{";
    }
    EXPECT_THAT(lease_a_share(wish("other")), IsErrorWith("cannot be read"));
    EXPECT_THAT(lease_exclusively(wish("another"), 1), IsErrorWith("cannot be read"));
}

TEST_F(LeasesTest, NobodyHasAnythingWhereNobodyEverWas) {
    const auto leases = look_at_leases(dir->path() / "missing");
    ASSERT_THAT(leases, IsOk());
    EXPECT_THAT(leases->exclusive, IsEmpty());
}

TEST(LeaseNotes, AreReadAsTheyWereWritten) {
    const LeaseNote note{
        .pid = 7,
        .test = "a\n\"b\"",
        .since = 1234567890,
        .vcpus = 3,
        .llcs = {0, 8},
        .cpus = {0, 1, 2, 8},
        .housekeeping = 0,
        .clearing = true
    };
    EXPECT_EQ(parse_note(to_text(note)), note);
    for (const auto* text : {"", "[]", "{", "7"}) {
        EXPECT_EQ(parse_note(text), std::nullopt) << text;
    }
    EXPECT_EQ(parse_note(R"({"pid":"x","llcs":7,"cpus":"9-1","clearing":1})"), LeaseNote{});
}

} // namespace ktstr::host
