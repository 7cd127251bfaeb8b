// What this folder needs of libarchive's reader: an owner, and its errors as ours.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <string>

namespace ktstr::fetch {

struct FreeArchive {
    void operator()(archive* a) const { archive_read_free(a); }
};

using Archive = std::unique_ptr<archive, FreeArchive>;

std::string archive_reason(archive* a);

// An error of kind environment: the file is not what it should be.
Error bad_archive(std::string why);

} // namespace ktstr::fetch
