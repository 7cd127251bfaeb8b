// libarchive's handles and its words, for what packs and unpacks.
#pragma once

#include "ktstr-runner/base/text.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <string>

namespace ktstr::archives {

struct FreeReadArchive {
    void operator()(archive* a) const { archive_read_free(a); }
};

struct FreeWriteArchive {
    void operator()(archive* a) const { archive_write_free(a); }
};

struct FreeArchiveEntry {
    void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

using ReadArchive = std::unique_ptr<archive, FreeReadArchive>;
using WriteArchive = std::unique_ptr<archive, FreeWriteArchive>;
using ArchiveEntry = std::unique_ptr<archive_entry, FreeArchiveEntry>;

inline std::string reason(archive* a) {
    const char* text = archive_error_string(a);
    return text != nullptr ? printable(text) : "unreadable";
}

} // namespace ktstr::archives
