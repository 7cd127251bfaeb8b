#include "ktstr-runner/session/live_files.hpp"

#include <algorithm>
#include <climits>
#include <limits>
#include <optional>
#include <vector>

namespace ktstr::session {

namespace {

constexpr std::uint64_t page = 4096;

// A piece of a file that is read and written at once.
constexpr std::uint64_t piece_size = 1U << 20;

// Whether its frames are as many as its size says, or unknown. `left` bounds each count, and so
// every product below.
bool fits(const wire::FilePages& file) {
    if (file.path.size() > PATH_MAX || file.size == 0 || file.size > LiveFiles::largest_file) {
        return false;
    }
    auto left = (file.size + page - 1) / page;
    for (const auto& range : file.frames) {
        if (range.count == 0 || range.count > left ||
            range.first > std::numeric_limits<std::uint64_t>::max() / page - range.count) {
            return false;
        }
        left -= range.count;
    }
    return left == 0 || file.frames.empty();
}

} // namespace

Result<> LiveFiles::add(std::string_view json) {
    auto file = wire::parse<wire::FilePages>(json);
    if (!file || !fits(*file)) {
        return fail(ErrorKind::guest, "the guest tells of a file's pages what cannot be");
    }
    forget(file->path);
    if (files_.size() >= most_files) {
        return {}; // an honest agent tells of fewer
    }
    if (file->frames.size() > most_ranges - ranges_) {
        file->frames.clear();
    }
    ranges_ += file->frames.size();
    files_.emplace(std::move(file->path),
                   Pages{.size = file->size, .frames = std::move(file->frames)});
    return {};
}

void LiveFiles::forget(const std::string& path) {
    if (const auto found = files_.find(path); found != files_.end()) {
        ranges_ -= found->second.frames.size();
        files_.erase(found);
    }
}

void LiveFiles::clear() {
    files_.clear();
    ranges_ = 0;
}

void LiveFiles::take(const ReadMemory& read, ReturnedFiles& files, Deadline deadline) {
    std::vector<std::byte> bytes;
    std::optional<Error> wrong; // with the machine, for all that follow
    const auto pages_of = [&](const Pages& file) -> Result<> {
        auto left = file.size;
        for (const auto& range : file.frames) {
            auto of_range = std::min(left, range.count * page);
            left -= of_range;
            for (auto at = range.first * page; of_range > 0;) {
                if (deadline.expired()) {
                    return fail(ErrorKind::environment,
                                "there was no more time to read its memory");
                }
                bytes.resize(std::min(of_range, piece_size));
                TRY(read(at, bytes, deadline));
                TRY(files.data({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
                at += bytes.size();
                of_range -= bytes.size();
            }
        }
        return files.end();
    };
    for (const auto& [path, file] : files_) {
        files.begin(wire::FileBegin{.path = path, .size = file.size});
        if (file.frames.empty()) {
            files.drop("the guest died, and its pages are not known");
        } else if (wrong) {
            files.drop("the guest died, and " + wrong->one_line());
        } else if (auto taken = pages_of(file); !taken) {
            files.drop("the guest died, and " + taken.error().one_line());
            wrong = std::move(taken).error();
        }
    }
    clear();
}

} // namespace ktstr::session
