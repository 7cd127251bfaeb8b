// The text of a sha256sums.asc: a line for each file of its directory, as sha256sum(1) writes it.
#pragma once

#include "cargo-ktstr/fetch/version.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::fetch {

class Checksums final {
public:
    // The longest text that is looked at. That of v6.x has about 400 KiB.
    static constexpr std::size_t most_bytes = std::size_t{16} << 20;

    // `text` is what was signed, not the file around it: see signature.hpp. An error, of kind
    // environment, for a text without any checksum, for one that gives a file two, and for one too
    // long. Lines of another form, which kernel.org has none of, are left out.
    static Result<Checksums> parse(std::string_view text);

    // 64 lower-case hex digits.
    std::optional<std::string> find(const std::string& file) const;

    // Of which there is a linux-VERSION.tar.xz, oldest first.
    std::vector<Version> versions() const;

private:
    std::map<std::string, std::string> digests_;
};

// The text inside a clearsigned file (RFC 9580, 7) with nothing verified: for those who asked for
// that.
std::string unverified_text(std::string_view clearsigned);

} // namespace ktstr::fetch
