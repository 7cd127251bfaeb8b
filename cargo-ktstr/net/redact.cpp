#include "cargo-ktstr/net/redact.hpp"

#include <algorithm>

namespace ktstr::net {

namespace {

constexpr std::string_view marks_url = "://";
constexpr std::string_view ends_url = " \t\r\n\"'<>";

} // namespace

std::string redacted(std::string_view url) {
    url = url.substr(0, url.find('#'));
    const auto query = url.find('?');
    const auto before_query = url.substr(0, query);
    std::string out;
    const auto scheme = before_query.find(marks_url);
    const auto authority = scheme == std::string_view::npos ? 0 : scheme + marks_url.size();
    const auto path = std::min(before_query.find('/', authority), before_query.size());
    // The last: a password may hold an unescaped one.
    const auto at = before_query.substr(authority, path - authority).rfind('@');
    out += before_query.substr(0, authority);
    out += before_query.substr(at == std::string_view::npos ? authority : authority + at + 1);
    if (query != std::string_view::npos) {
        out += "?...";
    }
    return out;
}

std::string redacted_text(std::string_view text) {
    std::string out;
    for (;;) {
        const auto mark = text.find(marks_url);
        if (mark == std::string_view::npos) {
            return out += text;
        }
        const auto end = std::min(text.find_first_of(ends_url, mark), text.size());
        out += text.substr(0, mark);
        out += redacted(text.substr(mark, end - mark));
        text.remove_prefix(end);
    }
}

} // namespace ktstr::net
