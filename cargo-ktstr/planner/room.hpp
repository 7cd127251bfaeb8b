// What is left of a time in which several tests run at once.
#pragma once

#include "cargo-ktstr/planner/needs.hpp"

#include <chrono>
#include <map>

namespace ktstr::planner {

class Room final {
public:
    // Of tests with performance_mode and so many lanes only so many run at once, and the others
    // wait for them; absent: as many as there are lanes for.
    Room(std::chrono::nanoseconds time,
         const Lanes& lanes,
         const std::map<unsigned, unsigned>& performance_at_once);

    // False, and nothing is taken, where it does not suffice.
    bool take(std::chrono::nanoseconds time, unsigned lanes, bool performance);

    // By when what was taken is done, if no lane is idle before.
    std::chrono::nanoseconds used() const;

private:
    // One after the other on each of several places.
    struct Share {
        unsigned places = 1;
        std::chrono::nanoseconds left{};
        std::chrono::nanoseconds used{};
    };

    static Share share(std::chrono::nanoseconds time, unsigned places);

    Share all_;
    std::map<unsigned, Share> performance_; // by their lanes
};

} // namespace ktstr::planner
