#include "ktstr-runner/session/live_files.hpp"

#include <algorithm>
#include <limits>
#include <vector>

namespace ktstr::session {

namespace {

constexpr std::uint64_t page = 4096;

// A piece of a file that is read and written at once.
constexpr std::uint64_t piece_size = 1U << 20;

// Whether its frames are as many as its size says; without a sum that could overflow.
bool fits(const wire::FilePages& file) {
    auto left = (file.size / page) + (file.size % page == 0 ? 0 : 1);
    for (const auto& range : file.frames) {
        if (range.count == 0 || range.count > left ||
            range.first > std::numeric_limits<std::uint64_t>::max() / page - range.count) {
            return false;
        }
        left -= range.count;
    }
    return left == 0 && file.size > 0;
}

Result<>
read_file_of(const LiveFiles::ReadMemory& read, const wire::FilePages& file, ReturnedFiles& files) {
    std::vector<std::byte> bytes;
    auto left = file.size;
    for (const auto& range : file.frames) {
        auto of_range = std::min(left, range.count * page);
        left -= of_range;
        for (auto at = range.first * page; of_range > 0;) {
            bytes.resize(std::min(of_range, piece_size));
            TRY(read(at, bytes));
            TRY(files.data({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
            at += bytes.size();
            of_range -= bytes.size();
        }
    }
    return {};
}

} // namespace

Result<> LiveFiles::add(std::string_view json) {
    auto file = wire::parse<wire::FilePages>(json);
    if (!file || !fits(*file)) {
        return fail(ErrorKind::guest, "the guest tells of a file's pages what cannot be");
    }
    forget(file->path);
    if (files_.size() >= most_files || file->frames.size() > most_ranges - ranges_) {
        return {}; // it comes back at the end, if there is one
    }
    ranges_ += file->frames.size();
    auto path = file->path;
    files_.emplace(std::move(path), std::move(*file));
    return {};
}

void LiveFiles::forget(const std::string& path) {
    if (const auto found = files_.find(path); found != files_.end()) {
        ranges_ -= found->second.frames.size();
        files_.erase(found);
    }
}

void LiveFiles::take(const ReadMemory& read, ReturnedFiles& files) {
    for (const auto& [path, file] : files_) {
        files.begin(wire::FileBegin{.path = path, .size = file.size});
        auto taken = read_file_of(read, file, files);
        if (taken) {
            taken = files.end();
        }
        if (!taken) {
            files.drop("the guest died, and " + taken.error().one_line());
        }
    }
    files_.clear();
    ranges_ = 0;
}

} // namespace ktstr::session
