// Archives made in memory, well formed or not. Tests only.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <string>
#include <vector>

namespace ktstr::archives {

struct Member {
    std::string name;
    std::string text = {};
    unsigned type = AE_IFREG;
    std::string link = {}; // of a symbolic link, else of a hard link
    unsigned mode = 0644;
};

using Filter = int (*)(archive*); // archive_write_add_filter_xz, ...
using Format = int (*)(archive*); // archive_write_set_format_gnutar, ...

inline std::string pack(const std::vector<Member>& members,
                        Filter filter = archive_write_add_filter_xz,
                        Format format = archive_write_set_format_pax_restricted) {
    std::size_t room = 1 << 20;
    for (const auto& member : members) {
        room += member.text.size() + 4096;
    }
    std::string out(room, '\0');
    std::size_t used = 0;
    archive* a = archive_write_new();
    format(a);
    filter(a);
    archive_write_set_bytes_in_last_block(a, 1);
    archive_write_open_memory(a, out.data(), out.size(), &used);
    for (const auto& member : members) {
        archive_entry* entry = archive_entry_new();
        archive_entry_set_pathname(entry, member.name.c_str());
        archive_entry_set_filetype(entry, member.type);
        archive_entry_set_perm(entry, static_cast<__LA_MODE_T>(member.mode));
        archive_entry_set_mtime(entry, 1'700'000'000, 0);
        if (member.type == AE_IFLNK) {
            archive_entry_set_symlink(entry, member.link.c_str());
        } else if (!member.link.empty()) {
            archive_entry_set_hardlink(entry, member.link.c_str());
        }
        archive_entry_set_size(entry, static_cast<la_int64_t>(member.text.size()));
        archive_write_header(a, entry);
        archive_write_data(a, member.text.data(), member.text.size());
        archive_entry_free(entry);
    }
    archive_write_close(a);
    archive_write_free(a);
    out.resize(used);
    return out;
}

} // namespace ktstr::archives
