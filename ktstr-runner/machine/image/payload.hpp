// The payload: what a test needs in the guest, as one newc cpio archive: the program, the shared
// libraries it needs (at the paths they have on the host), files of the package, programs named in
// the configuration.
//
// A path is walked component by component, as the kernel would: directories and symbolic links on
// the way become entries of their own, so that every path that works here works there, and each
// file is stored once, under its real name.
#pragma once

#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/machine/image/archive.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace ktstr::machine {

class Payload final {
public:
    // Adds a regular file (followed through symbolic links on the way: the links themselves are
    // added too, so that the path works in the guest as it does here). Adding twice is harmless.
    // Parents come along.
    Result<> add_file(const std::filesystem::path& path);

    // Adds what the path names as it is: a file, a symbolic link (its target stays where it is, or
    // is not there at all), an empty directory.
    Result<> add_path_as_is(const std::filesystem::path& path);

    // Adds a file with other content or under another name. Parents of a guest path that the host
    // lacks are made.
    Result<> add_file_as(const std::filesystem::path& source,
                         const std::filesystem::path& guest_path);
    Result<>
    add_text(const std::filesystem::path& guest_path, std::string text, unsigned mode = 0644);
    Result<> add_directory(const std::filesystem::path& path);
    Result<> add_symlink(const std::filesystem::path& guest_path, const std::string& target);

    // Adds a program with its interpreter and every shared library that it needs, found as ld.so
    // finds them (DT_RPATH, LD_LIBRARY_PATH = `library_path`, DT_RUNPATH, /etc/ld.so.cache, the
    // default directories). A script brings its interpreter. A missing library is an error that
    // names it and who needs it; a binary of another architecture is one that names both. A name
    // without a slash is looked up in $PATH.
    Result<> add_program(const std::filesystem::path& path, const std::string& library_path);

    // From now on programs are taken without it (elf_without_debug.hpp).
    void leave_debug_information_out() { debug_information_ = false; }

    // From now on directories have no times of the host's, which change with what others make in
    // them: /tmp is above many a package.
    void leave_directory_times_out() { directory_times_ = false; }

    // Bytes of the archive.
    std::uint64_t size() const { return archive_.size(); }

    // Gives the archive piece by piece, in order, without building it in memory.
    Result<> emit(const Archive::Sink& sink) const { return archive_.emit(sink); }

    // Takes out what is in the guest already, because `other` was unpacked there.
    void leave_out(const Payload& other) { archive_.leave_out(other.archive_); }

    // All that the guest gets, by content: names, modes and digests, and the times of files alone
    // or of directories and links too.
    enum class Times { of_files, all };
    using FileDigest = std::function<Result<std::string>(const std::filesystem::path&)>;
    Result<std::string> identity(const FileDigest& digest_of, Times times = Times::of_files) const;

    const Archive& archive() const { return archive_; }

    std::size_t entries() const { return archive_.items().size(); }

private:
    enum class Last { follow, keep };    // what to do with a symbolic link at a path's end
    enum class Missing { refuse, make }; // what to do about a component that the host lacks

    // Walks a path and adds all but a regular file at its end. Returns the real name of the end,
    // without a slash in front.
    Result<std::string> walk(const std::filesystem::path& path, Last last, Missing missing);

    // The name of a thing that exists in the guest alone, its parents added.
    Result<std::string> place(const std::filesystem::path& guest_path);

    Result<>
    add_program_at(const std::filesystem::path& path, const std::string& library_path, int depth);
    Result<> shrink(const std::filesystem::path& real);
    Result<> add_script(std::string_view head, const std::string& library_path, int depth);
    Result<> add_libraries(const std::filesystem::path& path, const std::string& library_path);

    Archive archive_;
    std::set<std::filesystem::path> programs_; // those already added
    bool debug_information_ = true;
    bool directory_times_ = true;
};

} // namespace ktstr::machine
