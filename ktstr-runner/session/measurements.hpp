// Measurements: what the engine in the guest measured, as its pieces come (frames `facts`).
#pragma once

#include "ktstr-runner/base/json.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::session {

class Measurements final {
public:
    static constexpr std::size_t limit = std::size_t{8} << 20;

    // What would exceed the limit is dropped, and then all is: half a JSON text tells nothing.
    void add(std::string_view piece);

    // Those of a machine that was given up do not count.
    void clear() { *this = Measurements(); }

    // The JSON object, null when there is none; `notes` says why, if something came.
    Json take(std::vector<std::string>& notes);

private:
    std::string text_;
    bool too_long_ = false;
};

} // namespace ktstr::session
