#include "ktstr-runner/base/json.hpp"

#include <algorithm>

namespace ktstr {

namespace {

// No document of ours or of those we talk to is nearly so deep.
constexpr int most_depth = 100;

// nlohmann's reader needs no stack for depth; copying and destroying what it read does.
bool is_deep(std::string_view json) {
    int depth = 0;
    bool in_text = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (in_text) {
            i += c == '\\' ? 1 : 0;
            in_text = c != '"';
        } else if (c == '"') {
            in_text = true;
        } else if (c == '[' || c == '{') {
            if (++depth > most_depth) {
                return true;
            }
        } else if (c == ']' || c == '}') {
            --depth;
        }
    }
    return false;
}

} // namespace

Result<Json> parse_json(std::string_view text) {
    if (is_deep(text)) {
        return fail(ErrorKind::environment, "JSON that is nested too deep");
    }
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
