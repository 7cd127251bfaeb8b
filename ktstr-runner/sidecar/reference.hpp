// The tables of docs/reference, rendered from the code's own; a unit test holds the pages against
// them.
#pragma once

#include <string>

namespace ktstr::sidecar {

std::string fields_table();     // sidecar.md
std::string phases_table();     // sidecar.md
std::string verdicts_table();   // verdicts.md
std::string reasons_table();    // verdicts.md
std::string exit_codes_table(); // verdicts.md

} // namespace ktstr::sidecar
