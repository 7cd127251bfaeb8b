// Waiting for somebody else's work in a guest whose host may give it next to no time. The clock
// goes on while the machine stands still, and an emulated guest has no clock of stolen time; but
// whoever looks again and again sees how seldom he gets to it.
#pragma once

#include "guest/base/os.hpp"
#include "guest/wire/messages.hpp"

#include <cstdint>

namespace ktstr::guest {

class Patience final {
public:
    // So many times the limit at most, however seldom one gets to look.
    static constexpr int most_times = wire::most_times_a_limit;

    explicit Patience(std::int64_t limit_ms);

    // The limit has passed, with at least half of the looks that it has room for.
    bool is_over() const { return is_over(monotonic_ns()); }

    bool is_over(std::int64_t now_ns) const;

    // Until the next look. One costs a file of sysfs: fine where half a second is needed, coarse
    // where many are.
    void sleep();

private:
    std::int64_t begin_ns_;
    std::int64_t limit_ns_;
    std::int64_t least_looks_;
    std::int64_t looks_ = 0;
};

} // namespace ktstr::guest
