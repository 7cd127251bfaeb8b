// Whether this host could reach another one at all. Nothing is sent.
#pragma once

namespace ktstr::net {

enum class Route { none, some };

// The kernel is asked for a way to an address of each family that belongs to nobody (RFC 5737, 3;
// RFC 3849): without a default route there is none. Containers with no network and laptops off-line
// are like that.
Route route_to_others();

} // namespace ktstr::net
