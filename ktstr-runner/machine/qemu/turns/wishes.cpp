#include "ktstr-runner/machine/qemu/turns/wishes.hpp"

#include "guest/wire/random.hpp"
#include "ktstr-runner/machine/qemu/turns/emulator.hpp"

namespace ktstr::machine::qemu::turns {

namespace {

std::uint64_t turn_seed;
wire::Random turn_random(0);
Timer turn_timer;

std::uint64_t stop_at;
Timer stop_timer;
bool stops;

wire::Waiting waiting;

// 1 us to half a millisecond of the guest's time, each power of two as often as the others: turns
// end in the middle of short sections and of long ones.
void end_turns_later() {
    constexpr unsigned least = 10; // 2^10 ns
    constexpr unsigned octaves = 9;
    const std::uint64_t octave = std::uint64_t{1} << (least + turn_random.below(octaves));
    turn_timer.set(now() + static_cast<std::int64_t>(octave + turn_random.below(octave)),
                   false,
                   end_turns_later);
}

} // namespace

void look_at_wishes(Window& window) {
    const auto wishes = window.wishes();
    if (wishes.turn_seed != turn_seed) {
        turn_seed = wishes.turn_seed;
        turn_random = wire::Random(turn_seed);
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
