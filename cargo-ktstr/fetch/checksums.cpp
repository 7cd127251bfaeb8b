#include "cargo-ktstr/fetch/checksums.hpp"

#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ktstr::fetch {

namespace {

constexpr std::size_t digest_digits = 64;

bool is_digest(std::string_view text) {
    return text.size() == digest_digits && std::ranges::all_of(text, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

// Takes the first line off, without its end.
std::string_view take_line(std::string_view& rest) {
    const auto end = rest.find('\n');
    auto line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    return line;
}

} // namespace

Result<Checksums> Checksums::parse(std::string_view text) {
    if (text.size() > most_bytes) {
        return fail(ErrorKind::environment, "the list of checksums is larger than it could be");
    }
    Checksums out;
    while (!text.empty()) {
        const auto line = take_line(text);
        const auto digest = line.substr(0, digest_digits);
        const auto gap = line.substr(digest.size(), 2);
        if (!is_digest(digest) || (gap != "  " && gap != " *")) {
            continue;
        }
        const std::string file(line.substr(digest_digits + 2));
        const auto [at, is_new] = out.digests_.emplace(file, digest);
        if (!is_new && at->second != digest) {
            return fail(ErrorKind::environment,
                        fmt::format("the list of checksums has two for {}", printable(file)));
        }
    }
    if (out.digests_.empty()) {
        return fail(ErrorKind::environment, "the list of checksums has none");
    }
    return out;
}

std::optional<std::string> Checksums::find(const std::string& file) const {
    const auto at = digests_.find(file);
    return at == digests_.end() ? std::nullopt : std::optional(at->second);
}

std::vector<Version> Checksums::versions() const {
    constexpr std::string_view prefix = "linux-";
    constexpr std::string_view suffix = ".tar.xz";
    std::vector<Version> out;
    for (const auto& [file, digest] : digests_) {
        std::string_view name = file;
        if (!name.starts_with(prefix) || !name.ends_with(suffix) ||
            name.size() <= prefix.size() + suffix.size()) {
            continue;
        }
        name.remove_prefix(prefix.size());
        name.remove_suffix(suffix.size());
        if (const auto version = Version::parse(name); version && version->text() == name) {
            out.push_back(*version);
        }
    }
    std::ranges::sort(out);
    return out;
}

std::string unverified_text(std::string_view clearsigned) {
    std::string out;
    bool inside = false;
    while (!clearsigned.empty()) {
        auto line = take_line(clearsigned);
        if (line == "-----BEGIN PGP SIGNED MESSAGE-----") {
            inside = true;
        } else if (line == "-----BEGIN PGP SIGNATURE-----") {
            break;
        } else if (inside) {
            line.remove_prefix(line.starts_with("- ") ? 2 : 0);
            out += line;
            out += '\n';
        }
    }
    return out;
}

} // namespace ktstr::fetch
