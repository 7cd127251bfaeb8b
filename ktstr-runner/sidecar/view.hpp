// A record with what its engine measured left where it was parsed, for those who read a hundred
// thousand: as text it would be printed and parsed a second time.
#pragma once

#include "ktstr-runner/base/json_view.hpp"
#include "ktstr-runner/sidecar/sidecar.hpp"

#include <optional>

namespace ktstr::sidecar {

struct RecordView {
    Record record;                 // without `facts`
    std::optional<JsonView> facts; // absent: none; gone with the parser's next text
};

Result<RecordView> view_json(std::string_view text, const std::string& origin, JsonParser& parser);

} // namespace ktstr::sidecar
