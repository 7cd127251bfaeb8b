#include "ktstr-runner/base/columns.hpp"

#include <algorithm>

namespace ktstr {

std::string columns(std::span<const std::vector<std::string>> rows) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], row[i].size());
        }
    }
    std::string out;
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            line.append(row[i]).append(widths[i] - row[i].size() + 2, ' ');
        }
        out.append(line, 0, line.find_last_not_of(' ') + 1).push_back('\n');
    }
    return out;
}

} // namespace ktstr
