// JsonObject: reads the keys of a JSON object into values, strictly: a wrong type, a missing key
// and a key that nobody asked for are errors that name their place.
#pragma once

#include "ktstr-runner/base/json.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::variants {

class JsonObject final {
public:
    // `where` is for people: "tests[3]". `json` must outlive this, and so must each key that is
    // read.
    JsonObject(const Json& json, std::string where);

    bool has(std::string_view key) const;

    // Reads the key, if it is there. The first error is kept; done() gives it.
    void read(std::string_view key, std::string& value);
    void read(std::string_view key, std::optional<std::string>& value);
    void read(std::string_view key, bool& value);
    void read(std::string_view key, std::uint64_t& value);
    void read(std::string_view key, std::int64_t& value);
    void read(std::string_view key, unsigned& value);
    void read(std::string_view key, std::optional<unsigned>& value);
    void read(std::string_view key, std::vector<std::string>& value);
    void read(std::string_view key, std::map<std::string, std::string>& value);

    // The key's value, if it is there, for who reads it otherwise.
    using Reader = std::function<Result<>(const Json& value, const std::string& where)>;
    void read(std::string_view key, const Reader& reader);
    void read_each(std::string_view key, const Reader& reader); // of an array

    void require(std::string_view key); // before or after reading it

    // A key that is known and of no use here.
    void pass_over(std::string_view key) { asked_.push_back(key); }

    void refuse(std::string_view key, const std::string& why);

    Result<> done();

private:
    const Json* find(std::string_view key);
    template <class T> void read_optional(std::string_view key, std::optional<T>& value);
    template <class T, class Is>
    void read_as(std::string_view key, T& value, Is is, const char* what);

    const Json& json_;
    std::string where_;
    std::vector<std::string_view> asked_; // few: a search is cheaper than a set
    std::optional<Error> wrong_;
};

} // namespace ktstr::variants
