// Listings that differ from the binary's own: the gauntlet's variants (ignored tests unless they
// were asked for), each test once for every kernel of a run that has several, and as ignored what
// is not meant for its kernel, so that nextest counts it as skipped.
#pragma once

#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/config/env_keys.hpp"
#include "ktstr-runner/config/kernel_list.hpp"

#include <functional>
#include <optional>
#include <set>
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

// `ignored`, a listing of ignored tests, and behind it those of `more` that are not in it.
std::string with_ignored(std::string ignored, std::span<const std::string> more);

// The lines of `listing` whose tests are among `names`, and those that are no tests.
std::string only(std::string_view listing, const std::set<std::string, std::less<>>& names);

// Prints the listing that `argv` asks the binary for, with the gauntlet of its tests. Where all
// would stay as it is, the binary takes our place. The exit code for nextest: the binary's.
Result<int> list_tests(const std::vector<std::string>& argv,
                       std::span<const config::ListedKernel> kernels,
                       const config::GauntletKeys& gauntlet,
                       const std::optional<std::set<std::string, std::less<>>>& selection);

} // namespace ktstr::protocol
