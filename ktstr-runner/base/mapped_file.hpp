// MappedFile: a file mapped read-only.
#pragma once

#include "ktstr-runner/base/fd.hpp"

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace ktstr {

class MappedFile final {
public:
    static Result<MappedFile> open(const std::filesystem::path& path);
    // Of a file that is open; `name` is for errors.
    static Result<MappedFile> of(const Fd& file, const std::string& name);

    MappedFile(MappedFile&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

    MappedFile& operator=(MappedFile&&) = delete;
    ~MappedFile();

    std::span<const std::byte> bytes() const {
        return {static_cast<const std::byte*>(data_), size_};
    }

    std::string_view text() const { return {static_cast<const char*>(data_), size_}; }

private:
    MappedFile(void* data, std::size_t size) : data_(data), size_(size) {}

    void* data_;
    std::size_t size_;
};

} // namespace ktstr
