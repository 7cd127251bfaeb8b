#include "ktstr-runner/machine/qemu/turns/wishes.hpp"

#include "guest/wire/random.hpp"
#include "ktstr-runner/machine/qemu/turns/emulator.hpp"

namespace ktstr::machine::qemu::turns {

namespace {

std::uint64_t turn_seed;
Timer turn_timer;
std::uint64_t turn_mean; // ns
constexpr std::uint64_t shortest_mean = 8'000;
constexpr std::uint64_t mean_doublings = 7;
std::uint64_t turn_share; // 1, 2 or 4 of
constexpr std::uint64_t chances = 8;
std::int64_t looked_at = -1;

std::uint64_t stop_at;
Timer stop_timer;
bool stops;

wire::Waiting waiting;

// Of the guest's time, not of how often it was asked: that may be the host's to decide, as the
// vCPUs' thread may be woken in vain.
wire::Random random_at(std::int64_t time) {
    return wire::Random(turn_seed ^ wire::Random(static_cast<std::uint64_t>(time)).next());
}

// Turns of half to one and a half times a mean, which is the seed's: 8 us to half a millisecond of
// the guest's time. So some seeds end turns in the middle of short sections, and others let vCPUs
// go on for longer while the rest stand still.
void end_turns_later() {
    const auto begin = now();
    const auto length = turn_mean / 2 + random_at(begin).below(turn_mean);
    turn_timer.set(begin + static_cast<std::int64_t>(length), false, end_turns_later);
}

} // namespace

void look_at_wishes(Window& window) {
    const auto wishes = window.wishes();
    if (wishes.turn_seed != turn_seed) {
        turn_seed = wishes.turn_seed;
        wire::Random random(turn_seed);
        turn_mean = shortest_mean << random.below(mean_doublings);
        turn_share = std::uint64_t{1} << random.below(3);
        turn_timer.clear();
        if (turn_seed != 0) {
            end_turns_later();
        }
    }
    if (wishes.stop_at != stop_at) {
        stop_at = wishes.stop_at;
        stop_timer.clear();
        if (stop_at != 0) {
            stop_timer.set(static_cast<std::int64_t>(stop_at), true, [] { stops = true; });
        }
    }
}

// A vCPU takes the lock where it touches a device, above all its interrupt controller: where it
// interrupts another, is interrupted, and sets timers. There CPUs meet, and there a host takes them
// away. The lock is taken between turns as well. Once at any time: else a turn might never begin.
void end_turn_by_chance() {
    if (turn_seed == 0) {
        return;
    }
    const auto here = now();
    const bool again = here == looked_at;
    looked_at = here;
    if (!again && random_at(here).below(chances) < turn_share) {
        turn_timer.set(here, false, end_turns_later);
    }
}

bool is_to_stop(Window& window) {
    const auto now_waiting = window.waiting();
    const bool begins = now_waiting != wire::Waiting::none && waiting == wire::Waiting::none;
    waiting = now_waiting;
    const bool is_time = stops;
    stops = false;
    return begins || is_time;
}

} // namespace ktstr::machine::qemu::turns
