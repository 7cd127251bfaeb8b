// URLs as they may be shown: signatures and tokens stand in their queries, passwords before the
// host.
#pragma once

#include <string>
#include <string_view>

namespace ktstr::net {

// "https://user:word@host/path?sig=..." as "https://host/path?...".
std::string redacted(std::string_view url);

// The same for every URL in a text.
std::string redacted_text(std::string_view text);

} // namespace ktstr::net
