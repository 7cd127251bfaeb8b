// Archive: an ordered list of newc cpio entries whose bytes stay where they are (a file, a text)
// until they are given out.
#pragma once

#include "guest/wire/cpio.hpp"
#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/machine/image/elf_without_debug.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

namespace ktstr::machine {

class Archive final {
public:
    // A file of the host, changed.
    struct Pieced {
        std::filesystem::path path;
        std::uint64_t file_size; // of all of it, so that a change is noticed
        std::vector<Piece> pieces;

        bool operator==(const Pieced&) const = default;
    };

    // Nothing; a text or a link's target; bytes that outlive the archive; a file of the host; one
    // that is changed.
    using Content = std::variant<std::monostate,
                                 std::string,
                                 std::span<const std::byte>,
                                 std::filesystem::path,
                                 Pieced>;

    struct Item {
        wire::cpio::Entry entry; // its size is that of the content
        Content content;
    };

    // Gets the archive's bytes in order.
    using Sink = std::function<Result<>(std::uint64_t offset, std::span<const std::byte> bytes)>;

    // Entries come out in the order in which they went in; a name that is there already keeps its
    // place and gets the new content. An error when the old one is of another type, or the content
    // does not fit the format's 32 bits.
    Result<> add(Item item);

    const Item* find(std::string_view name) const;

    // Takes out what `other` has in the same way: name, mode, time (not of a directory) and
    // content.
    void leave_out(const Archive& other);

    // Exact, without reading a file.
    std::uint64_t size() const;

    // Files are read piece by piece into one small buffer (not mapped: a file that shrinks under a
    // map kills the reader, and mapped pages count as ours). A file whose size is not the one it
    // was added with is an error.
    Result<> emit(const Sink& sink) const;

    const std::vector<Item>& items() const { return items_; }

private:
    std::vector<Item> items_;
    std::unordered_map<std::string, std::size_t> index_;
};

Archive::Item directory_item(std::string name, unsigned permissions, std::uint32_t mtime = 0);
Archive::Item link_item(std::string name, std::string target, std::uint32_t mtime = 0);
Archive::Item
text_item(std::string name, std::string text, unsigned permissions, std::uint32_t mtime = 0);

} // namespace ktstr::machine
