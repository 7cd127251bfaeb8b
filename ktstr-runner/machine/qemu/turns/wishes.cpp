#include "ktstr-runner/machine/qemu/turns/wishes.hpp"

#include "guest/wire/random.hpp"
#include "ktstr-runner/machine/qemu/turns/emulator.hpp"

namespace ktstr::machine::qemu::turns {

namespace {

std::uint64_t turn_seed;
wire::Random turn_random(0);
std::uint64_t turn_mean; // ns
Timer turn_timer;
constexpr std::uint64_t shortest_mean = 2'000;
constexpr std::uint64_t doublings = 9;

std::uint64_t stop_at;
Timer stop_timer;
bool stops;

wire::Waiting waiting;

// Turns of half to one and a half times a mean, which is the seed's: 2 us to half a millisecond of
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
        turn_mean = shortest_mean << turn_random.below(doublings);
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

bool is_to_stop(Window& window) {
    const auto now_waiting = window.waiting();
    const bool begins = now_waiting != wire::Waiting::none && waiting == wire::Waiting::none;
    waiting = now_waiting;
    const bool is_time = stops;
    stops = false;
    return begins || is_time;
}

} // namespace ktstr::machine::qemu::turns
