#include "ktstr-runner/session/returned_files.hpp"

#include "ktstr-runner/base/text.hpp"

#include <algorithm>
#include <climits>

namespace ktstr::session {

Result<> ReturnedFiles::begin(std::string_view json) {
    const auto begin = wire::parse<wire::FileBegin>(json);
    if (!begin || file_) {
        return fail(ErrorKind::guest, "the guest broke the protocol of returned files");
    }
    name_ = begin->path;
    left_ = begin->size;
    if (!place_) {
        return {};
    }
    ++files_;
    if (files_ > most_files || begin->size > most_bytes - bytes_) {
        not_kept("more than " + human_bytes(most_bytes) + " or " + std::to_string(most_files) +
                 " files");
        return {};
    }
    bytes_ += begin->size;
    const auto path = place_(begin->path);
    const auto made = make_directories(path.parent_path());
    auto file = made ? AtomicFile::create(path) : Result<AtomicFile>(tl::unexpected(made.error()));
    if (!file) { // the verdict does not depend on it, but it is said
        not_kept(file.error().one_line());
        return {};
    }
    file_.emplace(std::move(*file));
    return {};
}

Result<> ReturnedFiles::data(std::string_view bytes) {
    if (bytes.size() > left_) {
        return fail(ErrorKind::guest, "the guest sent more of " + name_ + " than it announced");
    }
    left_ -= bytes.size();
    if (file_) {
        if (const auto written = file_->write(bytes); !written) {
            not_kept(written.error().one_line());
            file_.reset();
        }
    }
    return {};
}

Result<> ReturnedFiles::end() {
    if (file_ && left_ != 0) {
        not_kept("it ended early in the guest");
        file_.reset();
    }
    if (file_) {
        if (const auto committed = file_->commit(); !committed) {
            not_kept(committed.error().one_line());
        }
        file_.reset();
    }
    left_ = 0;
    return {};
}

void ReturnedFiles::not_kept(const std::string& why) {
    if (notes_.size() < most_notes) {
        constexpr std::size_t longest = std::size_t{2} * PATH_MAX; // a frame may have 1 MiB
        auto note = "not kept: " + name_ + ": " + why;
        note.resize(std::min(note.size(), longest));
        notes_.push_back(std::move(note));
    } else if (notes_.size() == most_notes) {
        notes_.emplace_back("and more files, left out here");
    }
}

} // namespace ktstr::session
