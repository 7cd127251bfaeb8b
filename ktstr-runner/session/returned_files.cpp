#include "ktstr-runner/session/returned_files.hpp"

#include "ktstr-runner/base/text.hpp"

#include <algorithm>
#include <climits>

namespace ktstr::session {

Result<> ReturnedFiles::begin(std::string_view json) {
    const auto file = wire::parse<wire::FileBegin>(json);
    if (!file || open_) {
        return fail(ErrorKind::guest, "the guest broke the protocol of returned files");
    }
    begin(*file);
    return {};
}

void ReturnedFiles::begin(const wire::FileBegin& file) {
    open_ = true;
    name_ = file.path;
    size_ = left_ = file.size;
    head_.clear();
    file_.reset();
    if (!place_) {
        return;
    }
    ++files_;
    if (files_ > most_files || size_ > most_bytes - bytes_) {
        not_kept("more than " + human_bytes(most_bytes) + " or " + std::to_string(most_files) +
                 " files");
        return;
    }
    bytes_ += size_;
    path_ = place_(file.path);
    const auto made = make_directories(path_.parent_path());
    auto created =
        made ? AtomicFile::create(path_) : Result<AtomicFile>(tl::unexpected(made.error()));
    if (!created) { // the verdict does not depend on it, but it is said
        not_kept(created.error().one_line());
        return;
    }
    file_.emplace(std::move(*created));
}

Result<> ReturnedFiles::data(std::string_view bytes) {
    if (!open_ || bytes.size() > left_) {
        return fail(ErrorKind::guest, "the guest sent more of " + name_ + " than it announced");
    }
    left_ -= bytes.size();
    head_ += bytes.substr(0, head_size - head_.size());
    if (file_) {
        if (const auto written = file_->write(bytes); !written) {
            not_kept(written.error().one_line());
        }
    }
    return {};
}

Result<> ReturnedFiles::end() {
    if (left_ != 0) {
        drop("it ended early in the guest");
        return {};
    }
    open_ = false;
    if (!file_) {
        return {};
    }
    if (const auto why = check_ ? check_(head_, size_) : std::nullopt) {
        not_kept(*why);
    } else if (const auto committed = file_->commit(); !committed) {
        not_kept(committed.error().one_line());
    } else {
        file_.reset();
        paths_.push_back(std::move(path_));
    }
    return {};
}

void ReturnedFiles::abandon() {
    if (file_) { // it will begin anew, and counts then
        --files_;
        bytes_ -= size_;
    }
    file_.reset();
    open_ = false;
    left_ = 0;
}

void ReturnedFiles::drop(const std::string& why) {
    if (file_) {
        not_kept(why);
    }
    abandon();
}

void ReturnedFiles::not_kept(const std::string& why) {
    file_.reset();
    ++lost_;
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
