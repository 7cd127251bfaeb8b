#include "cargo-ktstr/planner/room.hpp"

#include <algorithm>

namespace ktstr::planner {

using std::chrono::nanoseconds;

Room::Share Room::share(nanoseconds time, unsigned places) {
    const auto most = nanoseconds::max() / static_cast<std::int64_t>(places);
    return {.places = places, .left = std::min(time, most) * places};
}

Room::Room(nanoseconds time,
           const Lanes& lanes,
           const std::map<unsigned, unsigned>& performance_at_once)
    : all_(share(time, lanes.count)) {
    for (const auto& [of_lanes, at_once] : performance_at_once) {
        performance_.emplace(of_lanes, share(time, at_once));
    }
}

bool Room::take(nanoseconds time, unsigned lanes, bool performance) {
    const auto group = performance ? performance_.find(lanes) : performance_.end();
    const bool grouped = group != performance_.end();
    if (time > all_.left / lanes || (grouped && time > group->second.left)) {
        return false;
    }
    all_.left -= time * lanes;
    all_.used += time * lanes;
    if (grouped) {
        group->second.left -= time;
        group->second.used += time;
    }
    return true;
}

nanoseconds Room::used() const {
    auto used = all_.used / all_.places;
    for (const auto& [lanes, group] : performance_) {
        used = std::max(used, group.used / group.places);
    }
    return used;
}

} // namespace ktstr::planner
