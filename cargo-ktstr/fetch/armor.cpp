#include "cargo-ktstr/fetch/armor.hpp"

#include "ktstr-runner/base/text.hpp"

#include <algorithm>
#include <cstdint>

namespace ktstr::fetch {

namespace {

constexpr std::string_view begin_mark = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
constexpr std::string_view end_mark = "-----END PGP PUBLIC KEY BLOCK-----";
constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Collects six bits at a time.
class Decoder final {
public:
    // False for what is no digit of base64.
    bool add(char c) {
        if (c == '=') {
            padded_ = true;
            return true;
        }
        const auto value = alphabet.find(c);
        if (value == std::string_view::npos || padded_) {
            return false;
        }
        bits_ = (bits_ << 6U) | static_cast<std::uint32_t>(value);
        held_ += 6;
        if (held_ >= 8) {
            held_ -= 8;
            bytes_ += static_cast<char>((bits_ >> held_) & 0xffU);
        }
        return true;
    }

    std::string take() { return std::move(bytes_); }

private:
    std::string bytes_;
    std::uint32_t bits_ = 0;
    unsigned held_ = 0;
    bool padded_ = false;
};

Error broken() {
    return Error(ErrorKind::usage, "it has a block of a public key that is cut off or garbled");
}

// `block` lies between the two marks: headers, an empty line, base64, "=" and a checksum.
Result<std::string> decode(std::string_view block) {
    bool in_headers = true;
    Decoder decoder;
    for (const auto& raw : split(block.substr(std::min(block.find('\n'), block.size())), '\n')) {
        const auto line = trim(raw);
        if (in_headers && line.find(": ") != std::string_view::npos) {
            continue;
        }
        in_headers = in_headers && line.empty();
        if (line.starts_with('=')) { // the checksum
            break;
        }
        for (const char c : line) {
            if (!decoder.add(c)) {
                return fail(broken());
            }
        }
    }
    return decoder.take();
}

} // namespace

Result<std::string> dearmor_keys(std::string_view text) {
    std::string out;
    bool any = false;
    for (auto at = text.find(begin_mark); at != std::string_view::npos;
         at = text.find(begin_mark)) {
        text.remove_prefix(at + begin_mark.size());
        const auto end = text.find(end_mark);
        if (end == std::string_view::npos) {
            return fail(broken());
        }
        TRY_ASSIGN(const auto bytes, decode(text.substr(0, end)));
        out += bytes;
        any = true;
    }
    return any ? out : std::string(text);
}

} // namespace ktstr::fetch
