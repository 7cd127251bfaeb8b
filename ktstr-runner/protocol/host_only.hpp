// Which tests run on the host although a machine was asked for, and why.
#pragma once

#include "ktstr-runner/config/filterset.hpp"
#include "ktstr-runner/config/ktstr_config.hpp"
#include "ktstr-runner/variants/declarations.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace ktstr::protocol {

// The reason, as the end of "runs on the host: ...". Where there is no test name (PassThrough),
// give settings whose host_only is config::binary_is_host_only().
// `declared` is what a test of the crate says of itself.
std::optional<std::string> host_only(const config::TestNames& names,
                                     const std::filesystem::path& binary,
                                     const config::TestSettings& settings,
                                     const variants::Test* declared = nullptr);

} // namespace ktstr::protocol
