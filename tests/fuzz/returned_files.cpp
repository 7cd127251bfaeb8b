// The frames by which a guest's files come back, in any order and with any content. Input: records
// of one byte that says which frame, two bytes of its body's length, and the body.
#include "ktstr-runner/session/returned_files.hpp"

#include "ktstr-runner/base/temp_dir.hpp"

#include <algorithm>

namespace {

using ktstr::session::ReturnedFiles;

// One file stands for all: which name a guest's path gets here is the caller's affair.
void replay(std::string_view records, const std::filesystem::path& place) {
    ReturnedFiles files([&](const std::string&) { return place; });
    while (records.size() >= 3) {
        const auto type = static_cast<unsigned char>(records[0]) % 3;
        const auto length = static_cast<std::size_t>(static_cast<unsigned char>(records[1])) |
                            static_cast<std::size_t>(static_cast<unsigned char>(records[2])) << 8;
        records.remove_prefix(3);
        const auto body = records.substr(0, std::min(length, records.size()));
        records.remove_prefix(body.size());
        const auto taken = type == 0   ? files.begin(body)
                           : type == 1 ? files.data(body)
                                       : files.end();
        if (!taken) {
            break; // the session ends there
        }
    }
    if (files.notes().size() > ReturnedFiles::most_notes + 1) {
        __builtin_trap();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto folder = ktstr::TempDir::create("fuzz");
    if (!folder) {
        __builtin_trap();
    }
    replay({reinterpret_cast<const char*>(data), size}, folder->path() / "file");
    // Whole or not at all: what was not committed has left nothing.
    for (const auto& entry : std::filesystem::directory_iterator(folder->path())) {
        if (entry.path().filename() != "file") {
            __builtin_trap();
        }
    }
    return 0;
}
