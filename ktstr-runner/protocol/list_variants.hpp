// The listing of a run with several kernels: each test once for every kernel.
#pragma once

#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/config/kernel_list.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::protocol {

// libtest's terse listing ("NAME: test" and "NAME: benchmark" lines, nextest documentation, "Custom
// test harnesses") with "NAME/LABEL: test" in place of each test that boots a kernel. Other lines
// stay.
std::string with_variants(std::string_view listing,
                          std::span<const config::ListedKernel> kernels,
                          const std::function<bool(const std::string& test)>& boots);

// Runs the binary's listing on the host and prints it so. The exit code for nextest: the binary's.
Result<int> list_variants(const std::vector<std::string>& argv,
                          std::span<const config::ListedKernel> kernels);

} // namespace ktstr::protocol
