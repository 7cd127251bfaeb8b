// The key with which kernel.org signs its lists of checksums: "Kernel.org checksum autosigner
// <autosigner@kernel.org>", RSA 4096, made on 2013-01-24. See https://www.kernel.org/signature.html
// and kernel.org's repository docs/kernel/pgpkeys.
#pragma once

#include <string_view>

namespace ktstr::fetch {

inline constexpr std::string_view autosigner_fingerprint =
    "B8868C80BA62A1FFFAF5FDA9632D3A06589DA6B1";

// The public key with its own signature, in ASCII armor. Whether it is the key of that fingerprint
// is checked by gpgv at every use, so that this text need not be trusted.
extern const std::string_view autosigner_key;

} // namespace ktstr::fetch
