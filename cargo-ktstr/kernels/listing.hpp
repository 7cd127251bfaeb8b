// What the store holds, for people and for programs.
#pragma once

#include "ktstr-runner/store/store.hpp"

#include <chrono>
#include <string>

namespace ktstr::kernels {

// Moves entries whose contents are not those of their making to the damaged ones.
Result<> verify_all(store::Listing& listing);

std::string listing_table(const store::Listing& listing,
                          const std::filesystem::path& root,
                          std::chrono::system_clock::time_point now);

// {"schema": 1, "kernels": [{"key", "version", "arch", "source", "origin", "sched_ext", "size",
// "made_at", "image",
//  "vmlinux", "config", "modules"}], "damaged": ["key: why"]}; absent files are null.
std::string listing_json(const store::Listing& listing);

} // namespace ktstr::kernels
