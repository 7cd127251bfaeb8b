#include "cargo-ktstr/planner/pieces.hpp"

namespace ktstr::planner {

Result<> Pieces::add(std::string_view text) {
    constexpr std::size_t enough = std::size_t{64} << 10;
    held_ += text;
    return held_.size() < enough ? Result<>{} : flush();
}

Result<> Pieces::flush() {
    TRY(print_(held_));
    held_.clear();
    return {};
}

} // namespace ktstr::planner
