// metadata.json of a store entry. Schema 1:
//   {"schema": 1, "key", "version", "arch", "source", "origin", "recipe",
//   "made_at", "sched_ext", "made_from": [sha256...], "modules_size",
//    "files": {"<name relative to the entry>": {"sha256", "size", "modified"}, ...}}
// Readers ignore members they do not know, and do without those that came later ("recipe",
// "modules_size", "modified"); another schema number is an error. The file's own time of change is
// the time of the last use. Modules are in modules.list (module_list.hpp); an older ktstr put them
// among "files".
#pragma once

#include "ktstr-runner/store/store.hpp"

namespace ktstr::store {

inline constexpr int metadata_schema = 1;
inline constexpr const char* metadata_name = "metadata.json";

// The text for an entry whose `files` lie in `directory` (sizes are read there).
Result<std::string> metadata_text(const Entry& entry, const std::filesystem::path& directory);

// The entry in `directory`, whose last component is its key. An error says what is damaged: no
// metadata, not ours, a file that is missing or of another size.
Result<Entry> load_entry(const std::filesystem::path& directory);

// Its metadata has a schema above ours: for a newer ktstr it is whole, perhaps.
bool is_newer(const std::filesystem::path& directory);

} // namespace ktstr::store
