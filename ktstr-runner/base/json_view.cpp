#include "ktstr-runner/base/json_view.hpp"

namespace ktstr {

namespace {

constexpr std::size_t most_depth = 100; // as parse_json has it

template <class T, class Get> std::optional<T> value(Get get) {
    T out{};
    return get(out) == simdjson::SUCCESS ? std::optional<T>(out) : std::nullopt;
}

} // namespace

Result<JsonView> JsonParser::parse(std::string_view text) {
    auto error = parser_.allocate(text.size(), most_depth);
    JsonView root;
    if (error == simdjson::SUCCESS) {
        error = parser_.parse(text.data(), text.size()).get(root);
    }
    if (error == simdjson::DEPTH_ERROR) {
        return fail(ErrorKind::environment, "JSON that is nested too deep");
    }
    if (error != simdjson::SUCCESS) {
        return fail(ErrorKind::environment,
                    std::string("not whole JSON: ") + simdjson::error_message(error));
    }
    return root;
}

std::optional<JsonView> member(JsonView json, std::string_view key) {
    if (!json.is_object()) {
        return std::nullopt;
    }
    return value<JsonView>([&](JsonView& out) { return json.at_key(key).get(out); });
}

std::optional<std::string_view> as_text(JsonView json) {
    return value<std::string_view>([&](std::string_view& out) { return json.get(out); });
}

std::optional<std::uint64_t> as_unsigned(JsonView json) {
    return value<std::uint64_t>([&](std::uint64_t& out) { return json.get(out); });
}

std::optional<double> as_number(JsonView json) {
    return value<double>([&](double& out) { return json.get(out); });
}

std::string print_json(JsonView json) {
    return simdjson::minify(json);
}

} // namespace ktstr
