// The distribution's cloud kernel as a store entry: fetched with apt from the mirror that apt is
// configured with, verified by apt's signatures, never installed; the system's sources and lists
// stay as they are.
#pragma once

#include "cargo-ktstr/kernels/deb.hpp"
#include "ktstr-runner/base/progress.hpp"

namespace ktstr::kernels {

struct DistroOptions {
    std::filesystem::path os_release = "/etc/os-release";
};

// A kernel with sched_ext where a suite of newer kernels has one, else the release's own cloud
// kernel (said in one line).
Result<Made> fetch_distro_kernel(const DistroOptions& options, Progress& progress);

} // namespace ktstr::kernels
