#include "guest/agent/prepare.hpp"

#include "guest/agent/clock.hpp"
#include "guest/agent/memory.hpp"
#include "guest/agent/modules.hpp"
#include "guest/agent/unpack.hpp"

#include <fcntl.h>
#include <linux/random.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <filesystem>

namespace ktstr::guest {

namespace {

// Clones of a template share the state of the kernel's generator: new entropy is credited, then
// used at once.
Problem mix_seed(const std::string& seed) {
    constexpr std::size_t most = 64;
    const auto bytes = bytes_of_hex(seed);
    if (bytes.empty()) {
        return std::nullopt;
    }

    struct {
        int entropy_bits = 0; // struct rand_pool_info
        int size = 0;
        std::array<std::uint8_t, most> bytes{};
    } pool;

    const auto size = std::min(bytes.size(), most);
    std::copy_n(bytes.begin(), size, pool.bytes.begin());
    pool.size = static_cast<int>(size);
    pool.entropy_bits = pool.size * 8;
    const Fd fd(::open("/dev/urandom", O_RDWR | O_CLOEXEC));
    if (!fd || ::ioctl(fd.get(), RNDADDENTROPY, &pool) != 0 ||
        ::ioctl(fd.get(), RNDRESEEDCRNG) != 0) {
        return errno_text("cannot mix the seed into the random pool");
    }
    return std::nullopt;
}

constexpr std::size_t machine_id_digits = 32; // machine-id(5)

Problem write_machine_id(const std::string& id) {
    const Fd fd(::open("/etc/machine-id", O_WRONLY | O_CREAT | O_CLOEXEC, 0444));
    const auto text = id + '\n';
    if (!fd || ::write(fd.get(), text.data(), text.size()) < 0 ||
        ::ftruncate(fd.get(), static_cast<off_t>(text.size())) !=
            0) { // a setup may have written more
        return errno_text("cannot write /etc/machine-id");
    }
    return std::nullopt;
}

// Drawn after the seed: else clones of a template would be one machine.
Problem make_machine_id() {
    std::array<unsigned char, machine_id_digits / 2> bytes{};
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
        return errno_text("cannot draw a machine id");
    }
    return write_machine_id(hex_of(bytes));
}

std::string sysctl_path(std::string name) {
    // Like sysctl(8): dots separate, unless the name has slashes (an interface's name may hold
    // dots).
    if (name.find('/') == std::string::npos) {
        std::ranges::replace(name, '.', '/');
    }
    return "/proc/sys/" + relative_name(name);
}

Problem apply_sysctls(const wire::Job& job) {
    for (const auto& [name, value] : job.sysctls) {
        if (const auto problem = write_file(sysctl_path(name), value)) {
            return "cannot set sysctl " + name + " (" + *problem + ')';
        }
    }
    return std::nullopt;
}

Problem make_job_dirs(const wire::Job& job) {
    if (auto problem = make_dirs(job.cwd)) {
        return problem;
    }
    for (const auto& directory : job.make_dirs) {
        if (auto problem = make_dirs(directory)) {
            return problem;
        }
    }
    return std::nullopt;
}

std::string kernel_config_link() {
    utsname name{};
    ::uname(&name);
    return std::string("/boot/config-") + name.release;
}

std::string memory_hint() {
    return " (the guest has " + memory_size() + ", half of it for files; raise `memory`)";
}

} // namespace

std::vector<std::uint8_t> bytes_of_hex(std::string_view text) {
    std::vector<std::uint8_t> bytes;
    for (; text.size() >= 2; text.remove_prefix(2)) {
        std::uint8_t byte = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + 2, byte, 16);
        if (error != std::errc{} || end != text.data() + 2) {
            break;
        }
        bytes.push_back(byte);
    }
    return bytes;
}

std::string hex_of(std::span<const unsigned char> bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const auto byte : bytes) {
        text += digits[byte >> 4];
        text += digits[byte & 0xf];
    }
    return text;
}

std::vector<std::string> make_ready() {
    std::vector<std::string> notes;
    if (auto problem = write_machine_id(std::string(machine_id_digits, '0'))) {
        notes.push_back(std::move(*problem));
    }
    if (auto problem = make_dirs("/boot")) {
        notes.push_back(std::move(*problem));
    }
    const auto target = std::filesystem::path(wire::kernel_config_file).filename();
    const auto link = kernel_config_link();
    if (::symlink(target.c_str(), link.c_str()) != 0 && errno != EEXIST) {
        notes.push_back(errno_text("cannot link " + link));
    }
    return notes;
}

Prepared prepare(const wire::Job& job, std::span<const std::byte> payload, Channel& channel) {
    Prepared prepared;
    const auto note = [&](Problem problem) {
        if (problem) {
            prepared.notes.push_back(std::move(*problem));
        }
    };
    auto clock = set_clock(job, channel);
    prepared.written_ns = clock.written_ns;
    note(std::move(clock.problem));
    note(mix_seed(job.seed));
    note(make_machine_id());

    const auto start = monotonic_ns();
    if (auto failure = unpack(payload, "/")) {
        prepared.problem =
            std::move(failure->what) + (failure->error == ENOSPC ? memory_hint() : "");
    }
    prepared.unpack_ns = monotonic_ns() - start;

    if (!prepared.problem) {
        prepared.problem = make_job_dirs(job);
    }
    if (!prepared.problem) {
        prepared.problem = load_modules(job.modules);
    }
    if (!prepared.problem) { // modules have sysctls of their own
        prepared.problem = apply_sysctls(job);
    }
    if (!job.kernel_config) {
        ::unlink(kernel_config_link().c_str()); // it would lead nowhere
    }
    return prepared;
}

} // namespace ktstr::guest
