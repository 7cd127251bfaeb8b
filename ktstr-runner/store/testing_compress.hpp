// Compresses a text in memory. Tests only.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <string>

namespace ktstr::store {

using Filter = int (*)(archive*); // archive_write_add_filter_xz, ...

inline std::string compressed(const std::string& text, Filter filter) {
    std::string out(text.size() + 4096, '\0');
    std::size_t used = 0;
    archive* a = archive_write_new();
    archive_write_set_format_raw(a);
    filter(a);
    archive_write_set_bytes_in_last_block(a, 1);
    archive_write_open_memory(a, out.data(), out.size(), &used);
    archive_entry* entry = archive_entry_new();
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_write_header(a, entry);
    archive_write_data(a, text.data(), text.size());
    archive_entry_free(entry);
    archive_write_close(a);
    archive_write_free(a);
    return out.substr(0, used);
}

} // namespace ktstr::store
