// What the tests with real machines share: a place for files, machines, and waiting for what is to
// come.
#pragma once

#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/machine/factory.hpp"
#include "ktstr-runner/machine/testing/guests.hpp"
#include "ktstr-runner/machine/window/channel.hpp"

#include <poll.h>

#include <functional>

namespace ktstr::machine {

class MachineFixture : public testing::Test {
protected:
    // For a host that has much else to do; KTSTR_TEST_PATIENCE, in seconds, for one that is slower
    // yet.
    static std::chrono::seconds patience() {
        const auto seconds = parse_u64(env("KTSTR_TEST_PATIENCE").value_or("120"));
        return std::chrono::seconds{seconds.value_or(120)};
    }

    void SetUp() override {
        auto made = TempDir::create("machine");
        ASSERT_THAT(made, IsOk());
        dir.emplace(std::move(*made));
        const auto wanted = env("KTSTR_TEST_MACHINE");
        auto chosen = choose(wanted.value_or("qemu-tcg"), {});
        if (!chosen) {
            ASSERT_FALSE(wanted) << chosen.error().one_line();
            GTEST_SKIP() << chosen.error().one_line();
        }
        choice = *chosen;
    }

    // A spec that boots a kernel of a few instructions.
    MachineSpec spec_of(std::span<const std::byte> code) const {
        EXPECT_THAT(write_kernel(dir->path() / "kernel", code), IsOk());
        return {.topology = *Topology::parse("1"),
                .memory = minimum_memory,
                .kernel = dir->path() / "kernel"};
    }

    // Creates and resumes.
    std::unique_ptr<Machine> boot(const MachineSpec& spec) const {
        auto machine = create(choice, spec);
        EXPECT_THAT(machine, IsOk());
        if (!machine) {
            return nullptr;
        }
        EXPECT_THAT((*machine)->resume(), IsOk());
        return std::move(*machine);
    }

    // Serves the machine until `done`; false when that does not come.
    static bool wait(Machine& machine, const std::function<bool()>& done) {
        const auto deadline = Deadline::in(patience());
        while (!done()) {
            if (deadline.expired()) {
                ADD_FAILURE() << "it does not come; console:\n" << machine.console();
                return false;
            }
            std::vector<pollfd> polls;
            for (const int fd : machine.descriptors()) {
                polls.push_back({.fd = fd, .events = POLLIN, .revents = 0});
            }
            ::poll(polls.data(), polls.size(), 1);
            EXPECT_THAT(machine.service(), IsOk());
        }
        return true;
    }

    static const Ending& wait_for_end(Machine& machine) {
        static const Ending none{Ending::Cause::broken, "it does not end"};
        return wait(machine, [&] { return machine.ending().has_value(); }) ? *machine.ending()
                                                                           : none;
    }

    static wire::Frame wait_for_frame(Machine& machine, Channel& channel) {
        std::optional<wire::Frame> frame;
        wait(machine, [&] {
            auto received = channel.receive();
            EXPECT_THAT(received, IsOk());
            frame = received ? std::move(*received) : std::nullopt;
            return frame.has_value() || !received || machine.ending().has_value();
        });
        return frame.value_or(wire::Frame{});
    }

    std::optional<TempDir> dir;
    Choice choice;
};

} // namespace ktstr::machine
