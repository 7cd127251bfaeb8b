// Whether what comes from kernel.org must have its checksum, and that its signature; `no` is for
// users who said so.
#pragma once

namespace ktstr::store {

enum class Verify { yes, no };

} // namespace ktstr::store
