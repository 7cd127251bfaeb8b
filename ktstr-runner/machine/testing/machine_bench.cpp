// Measures machines of several backends side by side, in turns: `machine_bench KERNEL INIT COUNT
// BACKEND...` prints for each backend the medians, in seconds, of
//   cold     from nothing to the end of a guest whose init does nothing
//   loaded   from nothing to a restored machine that stands still
//   answered from nothing to the answer of a restored guest to a frame
// and once, in CPUs of the host,
//   idle     what a machine takes whose guest has nothing to do: ours, with a program that sleeps
//   paused   what it takes when it is paused
#include "guest/wire/messages.hpp"
#include "ktstr-runner/base/deadline.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/base/time_stamp.hpp"
#include "ktstr-runner/machine/factory.hpp"
#include "ktstr-runner/machine/image/boot_image.hpp"
#include "ktstr-runner/machine/testing/guests.hpp"
#include "ktstr-runner/machine/window/channel.hpp"

#include <fmt/format.h>

#include <poll.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <thread>

namespace ktstr::machine {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto sleeper = "/bin/sleep";

double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

Result<> serve_until(Machine& machine, const std::function<bool()>& done) {
    const auto deadline = Deadline::in(std::chrono::seconds{120});
    while (!done()) {
        if (deadline.expired()) {
            return fail(ErrorKind::guest,
                        "the guest does not answer: " + std::string(machine.console()));
        }
        std::vector<pollfd> polls;
        for (const int fd : machine.descriptors()) {
            polls.push_back({.fd = fd, .events = POLLIN, .revents = 0});
        }
        ::poll(polls.data(), polls.size(), 1);
        TRY(machine.service());
    }
    return {};
}

Result<wire::Frame> next_frame(Machine& machine, Channel& channel) {
    std::optional<wire::Frame> frame;
    Result<> received;
    TRY(serve_until(machine, [&] {
        auto got = channel.receive();
        if (!got) {
            received = fail(got.error());
            return true;
        }
        frame = *std::move(got);
        return frame.has_value() || machine.ending().has_value();
    }));
    TRY(std::move(received));
    if (!frame) {
        return fail(ErrorKind::guest, "the machine has ended: " + machine.ending()->detail);
    }
    return *std::move(frame);
}

struct Bench {
    std::string name;
    Choice choice;
    TempDir saved;
    Channel::Position position;
    std::map<std::string, std::vector<double>> seconds;
};

MachineSpec spec_that(MachineSpec spec, const char* words) {
    spec.kernel_arguments = {std::string("guest.do=") + words};
    return spec;
}

// Saves a machine whose guest waits for a frame.
Result<> save(Bench& bench, const MachineSpec& spec) {
    TRY_ASSIGN(auto machine, create(bench.choice, spec_that(spec, "window")));
    TRY(machine->resume());
    Channel channel(machine->window());
    TRY(next_frame(*machine, channel));
    TRY(machine->pause());
    TRY(machine->save(bench.saved.path()));
    bench.position = channel.position();
    return {};
}

Result<> cold(Bench& bench, const MachineSpec& spec) {
    const auto begin = Clock::now();
    TRY_ASSIGN(auto machine, create(bench.choice, spec_that(spec, "reboot")));
    TRY(machine->resume());
    TRY(serve_until(*machine, [&] { return machine->ending().has_value(); }));
    machine->stop();
    bench.seconds["cold"].push_back(seconds_since(begin));
    if (machine->ending()->cause != Ending::Cause::reset ||
        machine->console().find("reboot: Restarting system") == std::string_view::npos) {
        return fail(ErrorKind::guest,
                    "the guest did not restart: " + machine->ending()->detail + "\n" +
                        std::string(machine->console()));
    }
    return {};
}

// How many CPUs of the host it takes.
Result<double> taken(const Machine& machine) {
    constexpr std::chrono::seconds span{5};
    const auto before = machine.cpu_time();
    std::this_thread::sleep_for(span); // this is what is measured
    const auto after = machine.cpu_time();
    if (!before || !after) {
        return fail(ErrorKind::environment, "the host does not say what CPU time a machine had");
    }
    return std::chrono::duration<double>(after->ran - before->ran) / span;
}

// The guest that tests have: its agent, and a program of theirs that does nothing.
Result<> start_sleeper(Machine& machine, const Payload& payload) {
    Channel channel(machine.window());
    const auto await = [&](wire::FrameType type) -> Result<> {
        while (true) {
            TRY_ASSIGN(const auto frame, next_frame(machine, channel));
            if (frame.type == type) {
                return {};
            }
            if (frame.type == wire::FrameType::report) {
                return fail(ErrorKind::guest, "the program does not sleep: " + frame.body);
            }
        }
    };
    TRY(await(wire::FrameType::ready));
    TRY(payload.emit([&](std::uint64_t offset, std::span<const std::byte> bytes) {
        return channel.write_payload(offset, bytes);
    }));
    TRY(channel.set_payload_size(payload.size()));
    const wire::Job job{
        .argv = {sleeper, "600"},
          .wall_time_ns = wall_clock_ns()
    };
    TRY(channel.submit_job(wire::dump(job)));
    return await(wire::FrameType::started);
}

Result<> rest(Bench& bench, const MachineSpec& spec, const Payload& payload) {
    TRY_ASSIGN(auto machine, create(bench.choice, spec));
    TRY(machine->resume());
    TRY(start_sleeper(*machine, payload));
    TRY(taken(*machine)); // until what a boot leaves to be done later is done
    TRY(taken(*machine));
    TRY_ASSIGN(const auto idle, taken(*machine));
    TRY(machine->pause());
    TRY_ASSIGN(const auto paused, taken(*machine));
    if (machine->ending()) {
        return fail(ErrorKind::guest, "the machine has ended: " + machine->ending()->detail);
    }
    bench.seconds["idle"].push_back(idle);
    bench.seconds["paused"].push_back(paused);
    return {};
}

Result<> warm(Bench& bench, const MachineSpec& spec) {
    const auto begin = Clock::now();
    TRY_ASSIGN(
        auto machine,
        restore(bench.choice, spec_that(spec, "window"), bench.saved.path(), Restored::clone));
    bench.seconds["loaded"].push_back(seconds_since(begin));
    Channel channel(machine->window(), bench.position);
    TRY(channel.send(wire::FrameType::stop, "{}"));
    TRY(machine->resume());
    TRY(next_frame(*machine, channel));
    bench.seconds["answered"].push_back(seconds_since(begin));
    return {};
}

Result<> run(int argc, char** argv) {
    if (argc < 5) {
        return fail(ErrorKind::usage, "usage: machine_bench KERNEL INIT COUNT BACKEND...");
    }
    TRY_ASSIGN(const auto dir, TempDir::create("bench"));
    MachineSpec spec{.topology = *Topology::parse("2"), .memory = 256ULL << 20, .kernel = argv[1]};
    spec.initramfs = dir.path() / "initramfs";
    TRY(write_initramfs(spec.initramfs, argv[2], 0755));
    auto spec_at_rest = spec;
    TRY_ASSIGN(const auto image,
               boot_image(dir.path(), Payload(), [](const std::filesystem::path& path) {
                   return Result<std::string>(path.string()); // of a cache that lives so long
               }));
    spec_at_rest.initramfs = image.path;
    Payload payload;
    TRY(payload.add_program(sleeper, ""));
    const auto count = parse_u64(argv[3]);
    if (!count || *count == 0) {
        return fail(ErrorKind::usage, fmt::format("`{}` is not a number of turns", argv[3]));
    }
    std::vector<Bench> benches;
    for (int i = 4; i < argc; ++i) {
        TRY_ASSIGN(auto choice, choose(argv[i], {}));
        TRY_ASSIGN(auto saved, TempDir::create("bench"));
        benches.push_back({argv[i], std::move(choice), std::move(saved), {}, {}});
        TRY(save(benches.back(), spec));
        TRY(rest(benches.back(), spec_at_rest, payload));
    }
    for (std::uint64_t turn = 0; turn < *count; ++turn) {
        for (auto& bench : benches) {
            TRY(cold(bench, spec));
            TRY(warm(bench, spec));
        }
    }
    for (auto& bench : benches) {
        for (auto& [what, all] : bench.seconds) {
            std::ranges::sort(all);
            fmt::print("{} {} {:.4f}\n", bench.name, what, all[all.size() / 2]);
        }
    }
    return {};
}

} // namespace

} // namespace ktstr::machine

int main(int argc, char** argv) {
    if (const auto result = ktstr::machine::run(argc, argv); !result) {
        fmt::print(stderr, "{}", result.error().render());
        return 1;
    }
    return 0;
}
