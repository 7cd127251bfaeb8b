#include "ktstr-runner/session/measurements.hpp"

#include "ktstr-runner/base/text.hpp"

#include <utility>

namespace ktstr::session {

void Measurements::add(std::string_view piece) {
    if (too_long_ || piece.size() > limit - text_.size()) {
        too_long_ = true;
        text_.clear();
        return;
    }
    text_ += piece;
}

Json Measurements::take(std::vector<std::string>& notes) {
    if (too_long_) {
        notes.push_back("what was measured is more than " + human_bytes(limit) +
                        " and was not kept");
        return {};
    }
    if (text_.empty()) {
        return {};
    }
    auto json = parse_json(std::exchange(text_, {}));
    if (json && json->is_object()) {
        return std::move(*json);
    }
    notes.push_back("what was measured cannot be read: " +
                    (json ? std::string("it is no JSON object") : json.error().one_line()));
    return {};
}

} // namespace ktstr::session
