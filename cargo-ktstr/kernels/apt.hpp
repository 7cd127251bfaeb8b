// What of apt the fetching of a distribution kernel needs, as values: the machine's mirror, the
// suites to look in, and which package is the newest cloud kernel. Nothing here runs a program.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::kernels::apt {

// One line of `apt-get indextargets --format` with target_format.
inline constexpr const char* target_format =
    "$(REPO_URI)|$(CODENAME)|$(RELEASE)|$(ORIGIN)|$(COMPONENT)";

// VERSION_CODENAME of /etc/os-release; absent for systems that have none.
std::optional<std::string> codename(std::string_view os_release);

// The address of the archive from which apt takes this release.
std::optional<std::string> mirror(std::string_view index_targets, std::string_view codename);

// Suites whose cloud kernels are newer than the release's own, the best first: the backports of the
// next release are the first to have sched_ext.
std::vector<std::string> newer_suites(std::string_view codename);

// The text of a sources.list with one suite.
std::string source_line(std::string_view mirror, std::string_view suite, std::string_view keyring);

struct Candidate {
    std::string release;               // "7.3.4+deb13-cloud-amd64"
    std::vector<std::string> packages; // what to download for it

    bool operator==(const Candidate&) const = default;
};

// Cloud kernels among package names, newest first. `arch` in Debian's words.
std::vector<Candidate> candidates(std::span<const std::string> names, std::string_view arch);

} // namespace ktstr::kernels::apt
