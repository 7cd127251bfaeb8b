#include "cargo-ktstr/fetch/catalog.hpp"

#include "cargo-ktstr/fetch/signature.hpp"
#include "cargo-ktstr/net/redact.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ktstr::fetch {

namespace {

constexpr int not_found = 404;

} // namespace

// Absent for 404.
Result<std::optional<std::string>> Catalog::get(const std::string& url, std::uint64_t most_bytes) {
    TRY_ASSIGN(auto answer,
               net::send_retrying(client_, {.url = url, .most_bytes = most_bytes}, retry_));
    answered_ = true;
    if (answer.status == not_found) {
        return std::optional<std::string>{};
    }
    if (!answer.ok()) {
        return fail(Error(ErrorKind::environment,
                          fmt::format("{} answers {}", net::redacted(url), answer.status))
                        .hint("try again later, or name a mirror with KTSTR_KERNEL_MIRROR"));
    }
    return std::optional(std::move(answer.body));
}

Result<const std::vector<Release>*> Catalog::releases() {
    if (!releases_) {
        const auto url = mirror_.releases();
        const auto what = "cannot tell which kernels there are from " + net::redacted(url);
        TRY_ASSIGN(const auto text, get(url, most_releases_bytes), what);
        if (!text) {
            return fail(Error(ErrorKind::environment, "there is no such file")
                            .context(what)
                            .hint("KTSTR_KERNEL_MIRROR must name the base of a mirror that has "
                                  "releases.json"));
        }
        TRY_ASSIGN(releases_, parse_releases(*text), what);
    }
    return &*releases_;
}

Result<const std::optional<Checksums>*> Catalog::checksums(unsigned major) {
    if (const auto known = checksums_.find(major); known != checksums_.end()) {
        return &known->second;
    }
    const auto url = mirror_.checksums(major);
    const auto what = "cannot trust " + net::redacted(url);
    std::optional<Checksums> found;
    TRY_ASSIGN(const auto file,
               get(url, Checksums::most_bytes),
               "cannot fetch the list of checksums " + net::redacted(url));
    if (file && verify_ == Verify::yes) {
        TRY_ASSIGN(const auto signer, Signer::from_environment());
        TRY_ASSIGN(const auto text, verified_text(*file, signer), what);
        TRY_ASSIGN(found, Checksums::parse(text), what);
    } else if (file) {
        TRY_ASSIGN(found, Checksums::parse(unverified_text(*file)), what);
    }
    return &checksums_.emplace(major, std::move(found)).first->second;
}

Result<std::vector<Version>> Catalog::versions(unsigned major) {
    TRY_ASSIGN(const auto* sums, checksums(major));
    return *sums ? (*sums)->versions() : std::vector<Version>{};
}

std::string Catalog::distrust() const {
    constexpr std::size_t shown = 12;
    const auto other = foreign_signer();
    return verify_ == Verify::no ? ".unverified"
           : other.empty()       ? ""
                                 : ".by-" + other.substr(0, shown);
}

Result<Version> Catalog::newest() {
    TRY_ASSIGN(const auto* all, releases());
    return newest_settled(*all);
}

Result<Version> Catalog::newest_in_series(Series series) {
    TRY_ASSIGN(const auto* all, releases());
    const auto listed = versions_of(*all);
    if (const auto newest = newest_of(series, listed)) {
        return *newest;
    }
    // It has reached its end: the list of the directory still has it.
    TRY_ASSIGN(auto known, versions(series.major));
    if (const auto newest = newest_of(series, known)) {
        return *newest;
    }
    known.insert(known.end(), listed.begin(), listed.end());
    return fail(no_such_series(series, known));
}

Result<Version> Catalog::exact(const Version& version) {
    if (version.is_candidate()) {
        return version;
    }
    TRY_ASSIGN(auto known, versions(version.series.major));
    if (std::ranges::find(known, version) != known.end()) {
        return version;
    }
    TRY_ASSIGN(const auto* all, releases());
    const auto listed = versions_of(*all);
    known.insert(known.end(), listed.begin(), listed.end());
    return fail(no_such_version(version, known));
}

Result<Range> Catalog::range(Series first, Series last) {
    std::vector<Version> known;
    for (unsigned major = first.major; major <= last.major; ++major) {
        TRY_ASSIGN(const auto* sums, checksums(major));
        if (!*sums && !known.empty()) {
            break; // nor is there any above
        }
        if (!*sums) {
            continue; // a mirror may lack the old ones
        }
        const auto more = (*sums)->versions();
        known.insert(known.end(), more.begin(), more.end());
    }
    return newest_in(first, last, known);
}

Result<std::optional<std::string>> Catalog::sha256(const Version& version) {
    if (verify_ == Verify::no) {
        return std::optional<std::string>{};
    }
    TRY(exact(version));
    TRY_ASSIGN(const auto* sums, checksums(version.series.major));
    auto digest = *sums ? (*sums)->find(Mirror::tarball_name(version)) : std::nullopt;
    if (!digest) {
        return fail(ErrorKind::internal, "no checksum of " + version.text());
    }
    return digest;
}

} // namespace ktstr::fetch
