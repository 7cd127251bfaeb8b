#include "ktstr-runner/config/kernel_list.hpp"

#include "ktstr-runner/base/text.hpp"

#include <algorithm>

namespace ktstr::config {

std::string kernel_list_text(std::span<const ListedKernel> kernels) {
    std::string text;
    for (const auto& [label, kernel] : kernels) {
        text += label + "=" + kernel + "\n";
    }
    return text;
}

Result<std::vector<ListedKernel>> kernel_list_from(std::span<const std::string> environment) {
    const auto start = std::string(kernel_list_variable) + "=";
    const auto found = std::ranges::find_if(
        environment, [&](const std::string& entry) { return entry.starts_with(start); });
    std::vector<ListedKernel> kernels;
    if (found == environment.end()) {
        return kernels;
    }
    for (const auto& line : split(std::string_view(*found).substr(start.size()), '\n')) {
        const auto equals = line.find('=');
        if (line.empty()) {
            continue;
        }
        if (equals == std::string::npos || equals == 0 || equals + 1 == line.size()) {
            return fail(Error(ErrorKind::usage,
                              std::string(kernel_list_variable) + ": `" + to_utf8(line) +
                                  "` is not LABEL=KERNEL")
                            .hint("`cargo ktstr test --kernel A --kernel B` sets it"));
        }
        kernels.push_back({.label = line.substr(0, equals), .kernel = line.substr(equals + 1)});
    }
    return kernels;
}

std::pair<std::string, const ListedKernel*> without_label(const std::string& test,
                                                          std::span<const ListedKernel> kernels) {
    const auto slash = test.rfind('/');
    if (slash == std::string::npos) {
        return {test, nullptr};
    }
    const auto found = std::ranges::find(kernels, test.substr(slash + 1), &ListedKernel::label);
    return found == kernels.end() ? std::pair{test, static_cast<const ListedKernel*>(nullptr)}
                                  : std::pair{test.substr(0, slash), &*found};
}

} // namespace ktstr::config
