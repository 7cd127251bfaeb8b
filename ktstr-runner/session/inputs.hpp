// What decides a deterministic run, for the sidecar: where two runs part, it says whether they
// could have been the same at all.
#pragma once

#include "ktstr-runner/session/session.hpp"
#include "ktstr-runner/templates/meta.hpp"

#include <string>
#include <vector>

namespace ktstr::session {

// As the request is when the job is handed over; `job` with its seed. "WHAT: VALUE" each. The
// template, if the machine was restored from one.
Result<std::vector<std::string>> inputs_of(const Request& request,
                                           const templates::Meta* machine,
                                           const std::filesystem::path& cache);

} // namespace ktstr::session
