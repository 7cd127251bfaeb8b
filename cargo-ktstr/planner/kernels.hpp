// Which kernels the matching tests will boot, resolved before nextest starts: a missing one is one
// error now and not one for each test, and all tests of a run see the same store.
#pragma once

#include "cargo-ktstr/nextest/test_list.hpp"
#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/config/kernel_list.hpp"
#include "ktstr-runner/store/store.hpp"

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace ktstr::planner {

struct PlannedKernel {
    std::string spec;  // empty: the newest usable one
    std::string label; // ends the names of the tests on it; empty where a run has one for all
    store::Entry entry;
    std::size_t tests = 0;
};

// The store, or a recorded one in tests.
using Resolve = std::function<Result<store::Entry>(const std::string& spec)>;

struct KernelQuestion {
    std::vector<PlannedKernel> asked;   // --kernel or KTSTR_KERNEL, resolved: for every test
    std::filesystem::path ktstr_config; // .config/ktstr.toml, whose overrides may name others
    std::string profile;
};

// In order of first use. Tests that run on the host need none. Several that were asked for have
// labels, by which the listed tests say which is theirs.
Result<std::vector<PlannedKernel>>
plan_kernels(const nextest::TestList& list, const KernelQuestion& question, const Resolve& resolve);

// How a kernel is named to the runners: its key, or, outside the store, the absolute path that was
// asked for (a source tree has more than its image).
std::string name_for_runners(const PlannedKernel& kernel);

// Those with labels, as the runners are told of them.
std::vector<config::ListedKernel> listed_kernels(std::span<const PlannedKernel> kernels);

} // namespace ktstr::planner
