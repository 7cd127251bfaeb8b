// PID 1 of the machines in the tests: does what `guest.do=` on the kernel's command line says, each
// word in turn.
#include "guest/wire/ring.hpp"
#include "guest/wire/window.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string>

namespace {

namespace layout = ktstr::wire::layout;

std::string read_text(const std::string& path) {
    std::string text;
    if (std::FILE* const file = std::fopen(path.c_str(), "r"); file != nullptr) {
        char buffer[4096];
        for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, file)) > 0;) {
            text.append(buffer, n);
        }
        std::fclose(file);
    }
    while (!text.empty() && text.back() == '\n') {
        text.pop_back();
    }
    return text;
}

std::string argument(const char* name) {
    const auto line = " " + read_text("/proc/cmdline") + " ";
    const auto key = " " + std::string(name) + "=";
    const auto at = line.find(key);
    return at == std::string::npos
               ? ""
               : line.substr(at + key.size(), line.find(' ', at + 1) - at - key.size());
}

bool exists(const std::string& path) {
    struct stat info{};
    return ::stat(path.c_str(), &info) == 0;
}

void show_topology() {
    const std::string cpus = "/sys/devices/system/cpu/cpu";
    for (int cpu = 0; exists(cpus + std::to_string(cpu)); ++cpu) {
        const auto dir = cpus + std::to_string(cpu);
        int node = -1;
        for (int n = 0; n < 64; ++n) {
            node = exists(dir + "/node" + std::to_string(n)) ? n : node;
        }
        std::printf("TOPOLOGY %d package=%s core=%s siblings=%s l3=%s id=%s node=%d\n",
                    cpu,
                    read_text(dir + "/topology/physical_package_id").c_str(),
                    read_text(dir + "/topology/core_id").c_str(),
                    read_text(dir + "/topology/thread_siblings_list").c_str(),
                    read_text(dir + "/cache/index3/shared_cpu_list").c_str(),
                    read_text(dir + "/cache/index3/id").c_str(),
                    node);
    }
    const std::string nodes = "/sys/devices/system/node/node";
    for (int node = 0; exists(nodes + std::to_string(node)); ++node) {
        const auto counters = read_text(nodes + std::to_string(node) + "/vmstat");
        const bool free = counters.find("nr_free_pages ") != std::string::npos &&
                          counters.find("nr_free_pages 0\n") == std::string::npos;
        std::printf("NODE %d memory=%s cpus=%s\n",
                    node,
                    free ? "yes" : "no",
                    read_text(nodes + std::to_string(node) + "/cpulist").c_str());
    }
}

void show_memory() {
    const auto meminfo = read_text("/proc/meminfo");
    std::printf("MEMORY %s\n", meminfo.substr(0, meminfo.find('\n')).c_str());
}

// Says hello through the ring, waits for a frame, and answers with the payload's first and last
// eight bytes.
void use_window() {
    char* next = nullptr;
    const auto text = argument("ktstr.window");
    const auto base = ::strtoull(text.c_str(), &next, 16);
    const auto size = ::strtoull(next + 1, nullptr, 16);
    const int fd = ::open("/dev/mem", O_RDWR);
    void* const mapped =
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, static_cast<off_t>(base));
    if (mapped == MAP_FAILED) {
        std::perror("WINDOW cannot be mapped");
        return;
    }
    auto* const window = static_cast<std::byte*>(mapped);
    const auto* const header = reinterpret_cast<const ktstr::wire::Header*>(window);
    std::printf("WINDOW magic=%d size=%d\n",
                static_cast<int>(header->magic == ktstr::wire::window_magic),
                static_cast<int>(header->window_size == size));
    ktstr::wire::RingWriter out(
        reinterpret_cast<ktstr::wire::RingControl*>(window + layout::to_host_control),
        {window + layout::to_host_ring, layout::to_host_size});
    ktstr::wire::RingReader in(
        reinterpret_cast<ktstr::wire::RingControl*>(window + layout::to_guest_control),
        {window + layout::to_guest_ring, layout::to_guest_size});
    out.write(ktstr::wire::FrameType::hello, std::as_bytes(std::span("up", 2)));
    auto frame = in.read();
    while (!frame) {
        const timespec nap{.tv_sec = 0, .tv_nsec = 1'000'000};
        ::nanosleep(&nap, nullptr);
        frame = in.read();
    }
    std::byte ends[16];
    std::memcpy(ends, window + layout::payload, 8);
    std::memcpy(ends + 8, window + size - 8, 8);
    out.write(ktstr::wire::FrameType::out, ends);
    out.write(ktstr::wire::FrameType::goodbye, {});
}

[[noreturn]] void fall(unsigned how) {
    ::sync();
    ::tcdrain(STDOUT_FILENO); // a console without an interrupt takes its time
    ::reboot(static_cast<int>(how));
    ::pause();
    ::abort();
}

void obey(const std::string& word) {
    if (word == "topology") {
        show_topology();
    } else if (word == "memory") {
        show_memory();
    } else if (word == "window") {
        use_window();
    } else if (word == "reboot") {
        fall(RB_AUTOBOOT);
    } else if (word == "exit") {
        ::_exit(0);
    }
}

} // namespace

int main() {
    ::mkdir("/proc", 0755);
    ::mkdir("/sys", 0755);
    ::mkdir("/dev", 0755);
    ::mount("proc", "/proc", "proc", 0, nullptr);
    ::mount("sys", "/sys", "sysfs", 0, nullptr);
    ::mount("dev", "/dev", "devtmpfs", 0, nullptr);
    auto rest = argument("guest.do") + ",";
    std::freopen("/dev/ttyS0", "w", stdout); // /dev/console leads nowhere
    std::setvbuf(stdout, nullptr, _IONBF, 0);
    ::dup2(STDOUT_FILENO, STDERR_FILENO);
    std::puts("INIT");
    for (auto comma = rest.find(','); comma != std::string::npos; comma = rest.find(',')) {
        obey(rest.substr(0, comma));
        rest.erase(0, comma + 1);
    }
    fall(RB_POWER_OFF);
}
