// Names of sidecar files: safe on every file system, of bounded length, recognisable.
#pragma once

#include "ktstr-runner/sidecar/sidecar.hpp"

namespace ktstr::sidecar {

// <binary>-<test>-<attempt>-<unique>.json. Bytes other than letters, digits, `.`, `_` become `_`;
// long names lose their front, since the end of a test's path says most.
std::string file_name(const Record& record, std::string_view unique);

// Whether a file of a run directory is meant to be a record: <...>-<digits>-<8 hex>.json. Others
// (plan.json, temporary files) are not.
bool is_record_name(std::string_view name);

} // namespace ktstr::sidecar
