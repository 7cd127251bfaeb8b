#include "ktstr-runner/machine/qemu/turns/wishes.hpp"

#include "guest/wire/random.hpp"
#include "ktstr-runner/machine/qemu/turns/emulator.hpp"

namespace ktstr::machine::qemu::turns {

namespace {

std::uint64_t turn_seed;
wire::Random turn_random(0);
Timer turn_timer;
std::uint64_t turn_mean; // ns
constexpr std::uint64_t shortest_mean = 8'000;
constexpr std::uint64_t mean_doublings = 7;
std::uint64_t turn_share; // 0, 1, 2 or 4 of
constexpr std::uint64_t chances = 8;

std::uint64_t stop_at;
Timer stop_timer;
bool stops;

wire::Waiting waiting;

// Turns of half to one and a half times a mean, which is the seed's: 8 us to half a millisecond of
// the guest's time. So some seeds end turns in the middle of short sections, and others let vCPUs
// go on for longer while the rest stand still.
void end_turns_later() {
    turn_timer.set(now() + static_cast<std::int64_t>(turn_mean / 2 + turn_random.below(turn_mean)),
                   false,
                   end_turns_later);
}

} // namespace

void look_at_wishes(Window& window) {
    const auto wishes = window.wishes();
    if (wishes.turn_seed != turn_seed) {
        turn_seed = wishes.turn_seed;
        turn_random = wire::Random(turn_seed);
        turn_mean = shortest_mean << turn_random.below(mean_doublings);
        turn_share = (std::uint64_t{1} << turn_random.below(4)) >> 1;
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
// interrupts another, and sets timers. There CPUs meet, and there a host takes them away.
void end_turn_by_chance() {
    if (turn_seed != 0 && turn_random.below(chances) < turn_share) {
        turn_timer.set(now(), false, end_turns_later);
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
