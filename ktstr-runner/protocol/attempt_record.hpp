// The identity part of a sidecar, from what nextest says in the environment, and where the sidecar
// goes.
#pragma once

#include "ktstr-runner/config/filterset.hpp"
#include "ktstr-runner/sidecar/sidecar.hpp"
#include "ktstr-runner/variants/name.hpp"

#include <filesystem>

namespace ktstr::protocol {

sidecar::Record identity(const config::TestNames& names, const variants::VariantName& variant);

// All that `identity` fills in.
void put_identity(const sidecar::Record& from, sidecar::Record& to);

// KTSTR_RUN_DIR, else the directory of this NEXTEST_RUN_ID in the target directory that the test
// binary lies in.
Result<std::filesystem::path> record_directory(const std::filesystem::path& binary);

} // namespace ktstr::protocol
