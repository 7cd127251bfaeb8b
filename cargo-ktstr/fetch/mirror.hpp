// Where kernel.org's files are: at kernel.org, or at the mirror that KTSTR_KERNEL_MIRROR names,
// which has the same paths under one base.
#pragma once

#include "cargo-ktstr/fetch/version.hpp"

#include <string>

namespace ktstr::fetch {

class Mirror final {
public:
    // kernel.org itself.
    Mirror();

    // BASE/releases.json, BASE/pub/linux/kernel/..., BASE/torvalds/t/... An error, of kind usage
    // and with `variable` in it, for what is no http or https URL of a host and a path.
    static Result<Mirror> at(std::string_view base, std::string_view variable);

    // $KTSTR_KERNEL_MIRROR, else kernel.org.
    static Result<Mirror> from_environment();

    std::string releases() const;
    // Of the directory v6.x: SHA-256 of all its files, signed.
    std::string checksums(unsigned major) const;
    // A release's from the directory vN.x, a candidate's from Linus Torvalds' repository.
    std::string tarball(const Version& version) const;

    // "linux-6.14.2.tar.xz"; candidates are made on demand, and only with gzip.
    static std::string tarball_name(const Version& version);

private:
    std::string pages_;     // has releases.json
    std::string files_;     // has pub/
    std::string snapshots_; // has torvalds/t/
};

} // namespace ktstr::fetch
