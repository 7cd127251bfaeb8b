#include "cargo-ktstr/fetch/choose.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ktstr::fetch {

namespace {

// The last series of a major number that is known of; `at_least` when that is later.
unsigned last_minor(unsigned major, unsigned at_least, std::span<const Version> known) {
    for (const auto& version : known) {
        if (version.series.major == major && !version.is_candidate()) {
            at_least = std::max(at_least, version.series.minor);
        }
    }
    return at_least;
}

std::string nearest_words(const Version& wanted, std::span<const Version> known) {
    const auto near = nearest_versions(wanted, known);
    return near.empty() ? std::string("no release is known") : "nearest: " + list_versions(near);
}

} // namespace

Result<Version> newest_settled(std::span<const Release> releases) {
    std::optional<Version> newest;
    for (const auto& release : releases) {
        const bool wanted = release.moniker == "stable" || release.moniker == "longterm";
        const auto& version = release.version;
        if (wanted && !release.end_of_life && !version.is_candidate() &&
            version.patch >= settled_patch && (!newest || *newest < version)) {
            newest = version;
        }
    }
    if (newest) {
        return *newest;
    }
    return fail(Error(ErrorKind::environment,
                      fmt::format("kernel.org lists no stable or longterm release with {} patches "
                                  "or more",
                                  settled_patch))
                    .hint("name a version, such as `--kernel 6.12`"));
}

std::optional<Version> newest_of(Series series, std::span<const Version> known) {
    std::optional<Version> newest;
    for (const auto& version : known) {
        if (version.series == series && !version.is_candidate() && (!newest || *newest < version)) {
            newest = version;
        }
    }
    return newest;
}

std::vector<Version> versions_of(std::span<const Release> releases) {
    std::vector<Version> out;
    out.reserve(releases.size());
    for (const auto& release : releases) {
        out.push_back(release.version);
    }
    return out;
}

Error no_such_series(Series series, std::span<const Version> known) {
    const auto candidate = std::ranges::find_if(known, [&](const Version& version) {
        return version.series == series && version.is_candidate();
    });
    if (candidate != known.end()) {
        return Error(
                   ErrorKind::usage,
                   fmt::format("{} is not released yet, only {}", series.text(), candidate->text()))
            .hint("ask for `" + candidate->text() + "`");
    }
    return Error(ErrorKind::usage, "there is no release of the series " + series.text())
        .hint(nearest_words(Version{.series = series}, known));
}

Error no_such_version(const Version& version, std::span<const Version> known) {
    return Error(ErrorKind::usage, "there is no release " + version.text())
        .hint(nearest_words(version, known));
}

Result<Range> newest_in(Series first, Series last, std::span<const Version> known) {
    if (last < first) {
        return fail(
            Error(ErrorKind::usage,
                  fmt::format("the range {}..{} ends before it begins", first.text(), last.text()))
                .hint(fmt::format("write {}..{}", last.text(), first.text())));
    }
    Range range;
    for (unsigned major = first.major; major <= last.major; ++major) {
        const unsigned begin = major == first.major ? first.minor : 0;
        const unsigned end = major == last.major ? last.minor : last_minor(major, begin, known);
        for (unsigned minor = begin; minor <= end; ++minor) {
            const Series series{.major = major, .minor = minor};
            if (const auto newest = newest_of(series, known)) {
                range.chosen.push_back(*newest);
            } else {
                range.missing.push_back(series);
            }
        }
    }
    if (range.chosen.empty()) {
        return fail(Error(ErrorKind::usage,
                          fmt::format("no series of the range {}..{} has a release",
                                      first.text(),
                                      last.text()))
                        .hint(nearest_words(Version{.series = first}, known)));
    }
    return range;
}

} // namespace ktstr::fetch
