#include "cargo-ktstr/fetch/mirror.hpp"

#include "cargo-ktstr/net/redact.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ktstr::fetch {

namespace {

constexpr const char* mirror_variable = "KTSTR_KERNEL_MIRROR";

bool is_base_url(std::string_view text) {
    for (const std::string_view scheme : {"https://", "http://"}) {
        if (text.starts_with(scheme)) {
            const auto rest = text.substr(scheme.size());
            const auto host = rest.substr(0, rest.find('/'));
            return !host.empty() && std::ranges::all_of(rest, [](char c) {
                return c > ' ' && c < '\x7f' && c != '?' && c != '#' && c != '\\' && c != '"';
            });
        }
    }
    return false;
}

} // namespace

Mirror::Mirror()
    : pages_("https://www.kernel.org"), files_("https://cdn.kernel.org"),
      snapshots_("https://git.kernel.org") {}

Result<Mirror> Mirror::at(std::string_view base, std::string_view variable) {
    if (!is_base_url(base)) {
        return fail(Error(ErrorKind::usage,
                          fmt::format("{} is no http or https URL: `{}`",
                                      variable,
                                      printable(net::redacted(base))))
                        .hint("give the base under which the mirror has releases.json and pub/, "
                              "such as https://mirror.example/kernel.org"));
    }
    while (base.ends_with('/')) {
        base.remove_suffix(1);
    }
    Mirror mirror;
    mirror.pages_ = mirror.files_ = mirror.snapshots_ = base;
    return mirror;
}

Result<Mirror> Mirror::from_environment() {
    const auto base = env(mirror_variable);
    return base ? at(*base, mirror_variable) : Mirror();
}

std::string Mirror::releases() const {
    return pages_ + "/releases.json";
}

std::string Mirror::checksums(unsigned major) const {
    return fmt::format("{}/pub/linux/kernel/v{}.x/sha256sums.asc", files_, major);
}

std::string Mirror::tarball(const Version& version) const {
    return version.is_candidate() ? snapshots_ + "/torvalds/t/" + tarball_name(version)
                                  : fmt::format("{}/pub/linux/kernel/v{}.x/{}",
                                                files_,
                                                version.series.major,
                                                tarball_name(version));
}

std::string Mirror::tarball_name(const Version& version) {
    return fmt::format("linux-{}.tar.{}", version.text(), version.is_candidate() ? "gz" : "xz");
}

} // namespace ktstr::fetch
