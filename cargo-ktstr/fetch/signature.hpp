// Whether kernel.org's checksum signer signed a list of checksums: by gpgv of the system, with the
// signer's fingerprint pinned here.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <string>
#include <string_view>

namespace ktstr::fetch {

// Whose signature counts.
struct Signer {
    std::string fingerprint; // 40 or 64 upper-case hex digits, of the primary key
    std::string keyring;     // public keys in binary; other keys in it count for nothing

    // kernel.org's checksum signer. $KTSTR_KERNEL_KEYRING, a file in binary or ASCII armor, has the
    // key instead of the built-in one; $KTSTR_KERNEL_SIGNER replaces the pinned fingerprint, which
    // is said on stderr. Both are for mirrors that sign for themselves.
    static Result<Signer> from_environment();
};

// What $KTSTR_KERNEL_SIGNER has in place of the pinned fingerprint; empty where it has nothing
// else. Whether it is a fingerprint is Signer's to say.
std::string foreign_signer();

// The signed text of a clearsigned file, which is what gpgv wrote and never a part of the file that
// we found. Errors: there is no gpgv; the signature is not there, bad, expired, by a revoked key or
// by another key.
Result<std::string> verified_text(std::string_view clearsigned, const Signer& signer);

} // namespace ktstr::fetch
