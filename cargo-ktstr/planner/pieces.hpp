// Text that is written as it is made, and never held as a whole.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace ktstr::planner {

// Takes a piece of the text.
using Print = std::function<Result<>(std::string_view piece)>;

// Gives it on in pieces of some 64 KiB. Who is done flushes.
class Pieces final {
public:
    explicit Pieces(const Print& print) : print_(print) {}

    Result<> add(std::string_view text);
    Result<> flush();

private:
    const Print& print_;
    std::string held_;
};

} // namespace ktstr::planner
