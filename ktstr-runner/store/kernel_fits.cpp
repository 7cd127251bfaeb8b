#include "ktstr-runner/store/kernel_fits.hpp"

#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/store/kernel_spec.hpp"
#include "ktstr-runner/store/remembered.hpp"
#include "ktstr-runner/store/version.hpp"

#include <algorithm>
#include <cctype>

namespace ktstr::store {

namespace {

bool not_before(std::string_view version, std::string_view first) {
    return first.empty() || is_version_prefix(first, version) ||
           compare_versions(version, first) >= 0;
}

bool not_after(std::string_view version, std::string_view last) {
    return last.empty() || is_version_prefix(last, version) || compare_versions(version, last) <= 0;
}

// "6.14.." and "..6.14" have one end, and the other is empty.
std::optional<RangeSpec> open_range(std::string_view spec) {
    constexpr std::string_view dots = "..";
    if (spec.ends_with(dots) && is_version(spec.substr(0, spec.size() - dots.size()))) {
        return RangeSpec{.first = std::string(spec.substr(0, spec.size() - dots.size())),
                         .last = {}};
    }
    if (spec.starts_with(dots) && is_version(spec.substr(dots.size()))) {
        return RangeSpec{.first = {}, .last = std::string(spec.substr(dots.size()))};
    }
    return std::nullopt;
}

// "6.12.117-ktstr", "7.0.13+deb13-cloud-amd64", or a key, which begins so: a version with a word
// behind it. What is nearly a version or a range ("6.12+", "6.12-6.14", "6.12-rc") is none.
bool is_release(std::string_view text) {
    const auto version = text.substr(0, text.find_first_of("-+~"));
    const auto rest = text.substr(version.size());
    return is_version(version) && !rest.starts_with("-rc") &&
           std::ranges::any_of(rest, [](unsigned char c) { return std::isalpha(c) != 0; });
}

struct Fits {
    std::string_view spec;
    const Entry& kernel;

    Result<bool> operator()(const RangeSpec& range) const {
        return not_before(kernel.version, range.first) && not_after(kernel.version, range.last);
    }

    Result<bool> operator()(const VersionSpec& version) const {
        return is_version_prefix(version.version, kernel.version);
    }

    Result<bool> operator()(const KeySpec& key) const {
        if (!is_release(key.key)) {
            return fail(Error(ErrorKind::usage,
                              "`" + to_utf8(spec) + "` is neither a version nor a key of a kernel")
                            .hint("a version such as 6.14, or a range: 6.12..6.14, 6.14.."));
        }
        return key.key == kernel.key || is_version_prefix(key.key, kernel.version);
    }

    Result<bool> operator()(const GitSpec& /*git*/) const {
        TRY_ASSIGN(const auto made, remembered(std::string(spec)));
        return made && made->key == kernel.key;
    }

    Result<bool> operator()(const PathSpec& /*path*/) const {
        return fail(Error(ErrorKind::usage,
                          "`" + to_utf8(spec) + "` is a path, which other hosts do not have")
                        .hint("a version such as 6.14, or a range: 6.12..6.14, 6.14.."));
    }
};

} // namespace

Result<bool> kernel_fits(std::string_view spec, const Entry& kernel) {
    const Fits fits{.spec = spec, .kernel = kernel};
    if (const auto range = open_range(spec)) {
        return fits(*range);
    }
    TRY_ASSIGN(const auto parsed, parse_kernel_spec(spec));
    return std::visit(fits, parsed);
}

} // namespace ktstr::store
