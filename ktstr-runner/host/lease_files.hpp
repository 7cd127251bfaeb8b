// The files of the leases: one for each that is held or waited for, locked by its owner for as long
// as he lives, with what he has in it. Whoever reads or changes them holds the gate, for a moment.
//
//   gate        flock: one process at a time looks at the rest; its text is the last number given
//   waiting/N   a ticket: its owner waits for CPUs of his own; lower numbers came earlier
//   exclusive/N whole LLCs
//   shared/N    the other LLCs, as they were when it was taken
#pragma once

#include "ktstr-runner/base/lock.hpp"
#include "ktstr-runner/host/cpu_list.hpp"
#include "ktstr-runner/host/lock_wait.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ktstr::host {

enum class LeaseKind { waiting, exclusive, shared };

inline constexpr std::array lease_kinds{
    LeaseKind::waiting, LeaseKind::exclusive, LeaseKind::shared};
std::string_view name(LeaseKind kind);

// What a file says of its owner.
struct LeaseNote {
    std::int64_t pid = 0;
    std::string test;
    std::int64_t since = 0;               // UTC seconds
    unsigned vcpus = 0;                   // of a waiter: how many CPUs he needs for himself
    std::vector<unsigned> llcs;           // ids; of a shared lease: none means all
    CpuList cpus;                         // that may be used; of a shared lease: none means all
    std::optional<unsigned> housekeeping; // of an exclusive one
    bool clearing = false;                // of an exclusive one: others still have shares of it

    bool operator==(const LeaseNote&) const = default;
};

std::string to_text(const LeaseNote& note);
// Absent for what is no note.
std::optional<LeaseNote> parse_note(std::string_view text);

// A file that somebody else has locked.
struct LeaseEntry {
    LeaseKind kind = LeaseKind::waiting;
    std::uint64_t number = 0;
    LeaseNote note;
    Fd file; // open: its lock is free when the owner has let it go, or is dead
};

// A file of ours, locked. It goes with its owner.
class LeaseFile final {
public:
    LeaseFile(LeaseFile&& other) noexcept
        : path_(std::exchange(other.path_, {})), fd_(std::move(other.fd_)), number_(other.number_) {
    }

    LeaseFile& operator=(LeaseFile&& other) noexcept;
    ~LeaseFile();

    std::uint64_t number() const { return number_; }

    Result<> write(const LeaseNote& note) const;

private:
    friend class Gate;

    LeaseFile(std::filesystem::path path, Fd fd, std::uint64_t number)
        : path_(std::move(path)), fd_(std::move(fd)), number_(number) {}

    void remove();

    std::filesystem::path path_;
    Fd fd_;
    std::uint64_t number_;
};

class Gate final {
public:
    // Absent when patience ended first; the directory is there.
    static Result<std::optional<Gate>> enter(const std::filesystem::path& directory,
                                             const Patience& patience);

    // Those that are alive, by number; files of the dead are removed.
    Result<std::vector<LeaseEntry>> entries(LeaseKind kind) const;

    Result<LeaseFile> add(LeaseKind kind, const LeaseNote& note) const;

private:
    Gate(std::filesystem::path directory, Fd lock)
        : directory_(std::move(directory)), lock_(std::move(lock)) {}

    Result<std::uint64_t> next_number() const;

    std::filesystem::path directory_;
    Fd lock_;
};

// Whether there may be such a lease: a look without the gate.
bool may_have(const std::filesystem::path& directory, LeaseKind kind);

} // namespace ktstr::host
