// Machines whose CPUs were recorded (record_cpu_topology.sh), for tests: the text of one is made
// into the files that its kernel had.
#pragma once

#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/host/cpu_list.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace ktstr::host::recorded {

inline constexpr auto machines = {
    "no-cache", "nps4", "offline", "one-llc", "twelve-llcs", "two-sockets"};

// The lines of a recording, those that were broken made whole, without comments.
inline std::vector<std::string> lines_of_machine(const std::string& name) {
    std::ifstream file(std::filesystem::path(KTSTR_SOURCE_DIR) /
                       "ktstr-runner/host/testing/machines" / (name + ".txt"));
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(' ') && !lines.empty()) {
            lines.back() += line.substr(1);
        } else if (!line.starts_with('#')) {
            lines.push_back(line);
        }
    }
    return lines;
}

inline void write_file(const std::filesystem::path& path, const std::string& text) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text << '\n';
}

// A machine has thousands of files: not on a disk.
inline std::filesystem::path place_for_machines() {
    constexpr auto memory = "/dev/shm";
    return std::filesystem::is_directory(memory) ? memory : "";
}

// Writes the machine's files below `system`; false when there is no such recording.
inline bool make_machine(const std::string& name, const std::filesystem::path& system) {
    const auto lines = lines_of_machine(name);
    for (const auto& line : lines) {
        const auto words = split(line, ' ');
        const auto hole = words.front().find('%');
        if (hole == std::string::npos) {
            write_file(system / words.front(), words.at(1));
            continue;
        }
        for (std::size_t i = 1; i < words.size(); ++i) {
            const auto equals = words[i].find('=');
            const auto numbers = parse_cpu_list(words[i].substr(0, equals));
            for (const auto number : numbers.value_or(CpuList{})) {
                auto path = words.front();
                write_file(system / path.replace(hole, 1, std::to_string(number)),
                           words[i].substr(equals + 1));
            }
        }
    }
    return !lines.empty();
}

} // namespace ktstr::host::recorded
