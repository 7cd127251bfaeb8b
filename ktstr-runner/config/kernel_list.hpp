// KTSTR_KERNELS: the kernels of a run that has several, each with the label that ends the names of
// the tests on it. `cargo ktstr test` writes it, the runners read it: "LABEL=KERNEL" lines, KERNEL
// being a key of the store or an absolute path.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ktstr::config {

inline constexpr const char* kernel_list_variable = "KTSTR_KERNELS";

struct ListedKernel {
    std::string label;
    std::string kernel;

    bool operator==(const ListedKernel&) const = default;
};

std::string kernel_list_text(std::span<const ListedKernel> kernels);

// Empty where the variable is unset: one kernel, and no labels.
Result<std::vector<ListedKernel>> kernel_list_from(std::span<const std::string> environment);

// "mod::test" and the kernel of "mod::test/kernel_6_14"; no kernel where no label ends the name.
std::pair<std::string, const ListedKernel*> without_label(const std::string& test,
                                                          std::span<const ListedKernel> kernels);

} // namespace ktstr::config
