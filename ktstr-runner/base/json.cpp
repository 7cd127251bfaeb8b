#include "ktstr-runner/base/json.hpp"

#include <algorithm>

namespace ktstr {

Result<Json> parse_json(std::string_view text) {
    try {
        return Json::parse(text);
    } catch (const Json::exception& error) {
        // "[json.exception.parse_error.101] parse error at line 1, ..."
        std::string_view why = error.what();
        why.remove_prefix(std::min(why.find("] ") + 2, why.size()));
        return fail(ErrorKind::environment, "not whole JSON: " + std::string(why));
    }
}

std::string print_json(const Json& json, int indent) {
    return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

} // namespace ktstr
