#include "cargo-ktstr/fetch/version.hpp"

#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/store/version.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>

namespace ktstr::fetch {

namespace {

constexpr unsigned first_major = 3;
constexpr unsigned most_major = 99;
constexpr unsigned most_minor = 999;
constexpr unsigned most_patch = 9999;
constexpr unsigned most_candidate = 99;

std::optional<unsigned> number(std::string_view text, unsigned most) {
    const bool padded = text.size() > 1 && text.front() == '0';
    const auto value = text.size() > 4 || padded ? std::nullopt : parse_u64(text);
    return value && *value <= most ? std::optional(static_cast<unsigned>(*value)) : std::nullopt;
}

std::optional<Series> series_of(std::string_view text) {
    const auto dot = text.find('.');
    if (dot == std::string_view::npos) {
        return std::nullopt;
    }
    const auto major = number(text.substr(0, dot), most_major);
    const auto minor = number(text.substr(dot + 1), most_minor);
    if (!major || !minor || *major < first_major) {
        return std::nullopt;
    }
    return Series{.major = *major, .minor = *minor};
}

std::optional<Version> version_of(std::string_view text) {
    Version version;
    if (const auto rc = text.find("-rc"); rc != std::string_view::npos) {
        const auto candidate = number(text.substr(rc + 3), most_candidate);
        const auto series = series_of(text.substr(0, rc));
        if (!candidate || *candidate == 0 || !series) {
            return std::nullopt;
        }
        return Version{.series = *series, .candidate = *candidate};
    }
    const auto first = text.find('.');
    const auto second =
        first == std::string_view::npos ? std::string_view::npos : text.find('.', first + 1);
    const auto series = series_of(text.substr(0, second));
    if (!series) {
        return std::nullopt;
    }
    version.series = *series;
    if (second != std::string_view::npos) {
        const auto patch = number(text.substr(second + 1), most_patch);
        if (!patch) {
            return std::nullopt;
        }
        version.patch = *patch;
    }
    return version;
}

unsigned distance(unsigned a, unsigned b) {
    return a > b ? a - b : b - a;
}

} // namespace

std::string Series::text() const {
    return fmt::format("{}.{}", major, minor);
}

Result<Series> Series::parse(std::string_view text) {
    if (const auto series = series_of(text)) {
        return *series;
    }
    return fail(
        Error(ErrorKind::usage, fmt::format("`{}` is no series of kernels", printable(text)))
            .hint("a series is two numbers, such as 6.14; the first is 3.0"));
}

std::strong_ordering Version::operator<=>(const Version& other) const {
    return store::compare_versions(text(), other.text());
}

std::string Version::text() const {
    if (candidate != 0) {
        return fmt::format("{}-rc{}", series.text(), candidate);
    }
    return patch == 0 ? series.text() : fmt::format("{}.{}", series.text(), patch);
}

Result<Version> Version::parse(std::string_view text) {
    if (const auto version = version_of(text)) {
        return *version;
    }
    return fail(
        Error(ErrorKind::usage, fmt::format("`{}` is no version of the kernel", printable(text)))
            .hint("versions look like 6.14.2, 6.15-rc3, or 6.14.0 for the first of a series; the "
                  "first is 3.0"));
}

std::vector<Version>
nearest_versions(const Version& wanted, std::span<const Version> known, std::size_t count) {
    // A candidate stands just below its release, a candidate's number far below a patch's.
    const auto far = [&](const Version& version) {
        return std::tuple(distance(version.series.major, wanted.series.major),
                          distance(version.series.minor, wanted.series.minor),
                          distance(version.patch, wanted.patch),
                          distance(version.candidate, wanted.candidate));
    };
    std::vector<Version> out(known.begin(), known.end());
    std::ranges::sort(out, [&](const Version& a, const Version& b) {
        return far(a) != far(b) ? far(a) < far(b) : a > b;
    });
    const auto repeated = std::ranges::unique(out);
    out.erase(repeated.begin(), repeated.end());
    out.resize(std::min(out.size(), count));
    return out;
}

std::string list_versions(std::span<const Version> versions) {
    std::vector<std::string> words;
    words.reserve(versions.size());
    for (const auto& version : versions) {
        words.push_back(version.text());
    }
    return join(words, ", ");
}

} // namespace ktstr::fetch
