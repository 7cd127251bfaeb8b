// ASCII armor of OpenPGP keys (RFC 9580, 6.2): gpgv reads keyrings in binary only.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <string>
#include <string_view>

namespace ktstr::fetch {

// The bytes of all public key blocks in `text`, one after the other; `text` itself when it has
// none, since it is binary then. The checksum of a block is not looked at: whose key it is shows in
// its fingerprint. An error, of kind usage, for a block that is cut off or no base64.
Result<std::string> dearmor_keys(std::string_view text);

} // namespace ktstr::fetch
