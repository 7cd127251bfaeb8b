#include "ktstr-runner/host/processor.hpp"

#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/text.hpp"

#include <algorithm>
#include <array>
#include <fstream>

namespace ktstr::host {

namespace {

constexpr std::size_t largest_cpuinfo = 16 << 20; // some KiB a CPU

// x86, then arm64.
constexpr std::array<std::string_view, 12> telling{"vendor_id",
                                                   "cpu family",
                                                   "model",
                                                   "model name",
                                                   "stepping",
                                                   "microcode",
                                                   "flags",
                                                   "CPU implementer",
                                                   "CPU architecture",
                                                   "CPU part",
                                                   "CPU revision",
                                                   "Features"};

} // namespace

std::string parse_cpuinfo(std::string_view text) {
    std::string out;
    for (const auto& line : split(text.substr(0, text.find("\n\n")), '\n')) {
        const auto colon = line.find(':');
        const auto key = trim(std::string_view(line).substr(0, colon));
        if (colon != std::string::npos && std::ranges::find(telling, key) != telling.end()) {
            out.append(key).append("=").append(trim(std::string_view(line).substr(colon + 1))) +=
                ' ';
        }
    }
    return out;
}

std::string processor_model() {
    std::ifstream cpuinfo("/proc/cpuinfo"); // of which the first processor's part is enough
    std::string part;
    for (std::string line; std::getline(cpuinfo, line) && !line.empty();) {
        const auto colon = line.find(':');
        const auto key = trim(std::string_view(line).substr(0, colon));
        if (colon != std::string::npos && (key == "model name" || key == "CPU part")) {
            part = trim(std::string_view(line).substr(colon + 1));
        }
    }
    return part;
}

std::string processor() {
    return parse_cpuinfo(read_file("/proc/cpuinfo", largest_cpuinfo).value_or(""));
}

} // namespace ktstr::host
