// What kernel.org, or a mirror, has: asked when it is needed, once, and verified before it is
// believed.
#pragma once

#include "cargo-ktstr/fetch/checksums.hpp"
#include "cargo-ktstr/fetch/choose.hpp"
#include "cargo-ktstr/fetch/mirror.hpp"
#include "cargo-ktstr/net/http.hpp"
#include "cargo-ktstr/net/retrying.hpp"
#include "ktstr-runner/store/verify.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ktstr::fetch {

using store::Verify;

class Catalog final {
public:
    Catalog(Mirror mirror, Verify verify, net::RetryPolicy retry = {})
        : mirror_(std::move(mirror)), verify_(verify), retry_(retry) {}

    const Mirror& mirror() const { return mirror_; }

    Verify verify() const { return verify_; }

    const net::RetryPolicy& retry() const { return retry_; }

    // What tells sources from here from those that kernel.org itself signed: "", ".by-0123456789AB"
    // of another signer, ".unverified". A part of names and of identities.
    std::string distrust() const;

    // Somebody answered, whatever it was: what fails then is not for want of a network.
    bool answered() const { return answered_; }

    // The one for users who name none: newest_settled().
    Result<Version> newest();

    // The newest release of a series, of one that has reached its end, too.
    Result<Version> newest_in_series(Series series);

    // The version itself, if there is such a release; the error names the nearest. Of candidates
    // nobody keeps a list: they are taken as they are.
    Result<Version> exact(const Version& version);

    // The newest release of each series from first to last, both included.
    Result<Range> range(Series first, Series last);

    // Of the tarball of a release, from the signed list; absent without verification.
    Result<std::optional<std::string>> sha256(const Version& version);

private:
    Result<const std::vector<Release>*> releases();
    // Absent when there is no directory for that major number.
    Result<const std::optional<Checksums>*> checksums(unsigned major);
    Result<std::vector<Version>> versions(unsigned major);
    Result<std::optional<std::string>> get(const std::string& url, std::uint64_t most_bytes);

    Mirror mirror_;
    Verify verify_;
    net::RetryPolicy retry_;
    net::Client client_;
    bool answered_ = false;
    std::optional<std::vector<Release>> releases_;
    std::map<unsigned, std::optional<Checksums>> checksums_;
};

} // namespace ktstr::fetch
