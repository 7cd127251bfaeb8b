// What the store holds, for people and for programs.
#pragma once

#include "ktstr-runner/store/store.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace ktstr::kernels {

// Moves entries whose contents are not those of their making to the damaged ones.
Result<> verify_all(store::Listing& listing);

// "sched_ext", "no sched_ext", "sched_ext unknown": of a kernel that came without configuration.
std::string_view sched_ext_words(const store::Entry& entry);

std::string listing_table(const store::Listing& listing,
                          const std::filesystem::path& root,
                          std::chrono::system_clock::time_point now);

// {"schema": 1, "kernels": [{"key", "version", "arch", "source", "origin", "sched_ext", "size",
// "made_at", "last_used", "stale", "image",
//  "vmlinux", "config", "modules"}], "damaged": ["key: why"]}; absent files are null, and so are a
// sched_ext that is not known and "stale" of what is not.
std::string listing_json(const store::Listing& listing);

} // namespace ktstr::kernels
