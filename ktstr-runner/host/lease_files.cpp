#include "ktstr-runner/host/lease_files.hpp"

#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace ktstr::host {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_note = 64 << 10;

template <class T> T field(const Json& json, const char* key) {
    const auto found = json.find(key);
    if (found == json.end()) {
        return {};
    }
    if constexpr (std::is_same_v<T, std::string>) {
        return found->is_string() ? found->get<T>() : T{};
    } else if constexpr (std::is_same_v<T, bool>) {
        return found->is_boolean() && found->get<bool>();
    } else {
        return found->is_number_integer() ? found->get<T>() : T{};
    }
}

CpuList list_field(const Json& json, const char* key) {
    return parse_cpu_list(field<std::string>(json, key)).value_or(CpuList{});
}

// The path names the file that is open: nobody removed it since.
bool is_named(int fd, const fs::path& path) {
    struct stat open{};
    struct stat named{};
    return ::fstat(fd, &open) == 0 && ::stat(path.c_str(), &named) == 0 &&
           open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

Result<> rewrite(int fd, std::string_view text) {
    if (::ftruncate(fd, 0) != 0 ||
        ::pwrite(fd, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
        return fail(Error::from_errno("write a lock file"));
    }
    return {};
}

// Numbers have the same length, so that names are in their order too.
std::string file_name(std::uint64_t number) {
    return fmt::format("{:012}", number);
}

} // namespace

std::string_view name(LeaseKind kind) {
    switch (kind) {
    case LeaseKind::waiting:
        return "waiting";
    case LeaseKind::exclusive:
        return "exclusive";
    case LeaseKind::shared:
        return "shared";
    }
    return "?";
}

std::string to_text(const LeaseNote& note) {
    Json json{
        {"pid",   note.pid                },
        {"test",  to_utf8(note.test)      },
        {"since", note.since              },
        {"vcpus", note.vcpus              },
        {"llcs",  cpu_list_text(note.llcs)},
        {"cpus",  cpu_list_text(note.cpus)},
    };
    if (note.housekeeping) {
        json["housekeeping"] = *note.housekeeping;
    }
    if (note.clearing) {
        json["clearing"] = true;
    }
    return print_json(json) + "\n";
}

std::optional<LeaseNote> parse_note(std::string_view text) {
    const auto json = parse_json(text);
    if (!json || !json->is_object()) {
        return std::nullopt;
    }
    LeaseNote note{.pid = field<std::int64_t>(*json, "pid"),
                   .test = field<std::string>(*json, "test"),
                   .since = field<std::int64_t>(*json, "since"),
                   .vcpus = field<unsigned>(*json, "vcpus"),
                   .llcs = list_field(*json, "llcs"),
                   .cpus = list_field(*json, "cpus"),
                   .housekeeping = {},
                   .clearing = field<bool>(*json, "clearing")};
    if (json->contains("housekeeping")) {
        note.housekeeping = field<unsigned>(*json, "housekeeping");
    }
    return note;
}

LeaseFile& LeaseFile::operator=(LeaseFile&& other) noexcept {
    if (this != &other) {
        remove();
        path_ = std::exchange(other.path_, {});
        fd_ = std::move(other.fd_);
        number_ = other.number_;
    }
    return *this;
}

LeaseFile::~LeaseFile() {
    remove();
}

// Its name first: who has it open sees it locked until it is gone.
void LeaseFile::remove() {
    if (!path_.empty() && is_named(fd_.get(), path_)) {
        ::unlink(path_.c_str());
    }
}

Result<> LeaseFile::write(const LeaseNote& note) const {
    return rewrite(fd_.get(), to_text(note));
}

Result<std::optional<Gate>> Gate::enter(const fs::path& directory, const Patience& patience) {
    const auto path = directory / "gate";
    for (;;) {
        TRY_ASSIGN(auto fd, open_file(path, O_RDWR | O_CREAT, 0600));
        if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
            if (errno != EWOULDBLOCK) {
                return fail(Error::from_errno("lock " + path.string()));
            }
            const Wanted wanted{.fd = fd.get(), .operation = LOCK_EX};
            TRY_ASSIGN(const auto waited, wait_for_one({&wanted, 1}, patience));
            if (waited == Waited::gave_up) {
                return std::nullopt;
            }
        }
        if (is_named(fd.get(), path)) { // else it was cleaned away while we waited
            return Gate(directory, std::move(fd));
        }
    }
}

Result<std::uint64_t> Gate::next_number() const {
    std::array<char, 32> text{};
    const auto n = ::pread(lock_.get(), text.data(), text.size(), 0);
    if (n < 0) {
        return fail(Error::from_errno("read the gate of the leases"));
    }
    const auto last = parse_u64(trim(std::string_view(text.data(), static_cast<std::size_t>(n))));
    const auto number = last.value_or(0) + 1;
    TRY(rewrite(lock_.get(), std::to_string(number) + "\n"));
    return number;
}

Result<std::vector<LeaseEntry>> Gate::entries(LeaseKind kind) const {
    const auto folder = directory_ / name(kind);
    std::vector<LeaseEntry> alive;
    std::error_code error;
    for (fs::directory_iterator at(folder, error); !error && at != fs::directory_iterator();
         at.increment(error)) {
        const auto& path = at->path();
        const auto number = parse_u64(path.filename().string());
        Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        if (!number || (!file && errno == ENOENT)) {
            continue; // not ours, or its owner has just removed it
        }
        if (!file) {
            return fail(Error::from_errno("read the lock file " + path.string()));
        }
        if (::flock(file.get(), LOCK_SH | LOCK_NB) == 0) {
            ::unlink(path.c_str()); // its owner is dead: he had locked it before we could see it
            continue;
        }
        const auto text = read_to_end(file.get(), longest_note);
        const auto note = text ? parse_note(*text) : std::nullopt;
        if (!note && kind == LeaseKind::exclusive) { // "has nothing" would give its CPUs away twice
            return fail(ErrorKind::environment,
                        path.string() + ": what CPUs its owner has cannot be read");
        }
        alive.push_back({.kind = kind,
                         .number = *number,
                         .note = note.value_or(LeaseNote{}),
                         .file = std::move(file)});
    }
    if (error && error != std::errc::no_such_file_or_directory) {
        return fail(ErrorKind::environment, folder.string() + ": " + error.message());
    }
    std::ranges::sort(alive, {}, &LeaseEntry::number);
    return alive;
}

Result<LeaseFile> Gate::add(LeaseKind kind, const LeaseNote& note) const {
    const auto folder = directory_ / name(kind);
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
        return fail(Error::from_errno("make " + folder.string()));
    }
    for (;;) {
        TRY_ASSIGN(const auto number, next_number());
        auto path = folder / file_name(number);
        Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
        if (!fd && errno == EEXIST) {
            continue; // the gate was cleaned away, and its number with it
        }
        if (!fd || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
            return fail(Error::from_errno("make the lock file " + path.string()));
        }
        LeaseFile file(std::move(path), std::move(fd), number);
        TRY(file.write(note));
        return file;
    }
}

bool may_have(const fs::path& directory, LeaseKind kind) {
    std::error_code error;
    const fs::directory_iterator at(directory / name(kind), error);
    return !error && at != fs::directory_iterator();
}

} // namespace ktstr::host
