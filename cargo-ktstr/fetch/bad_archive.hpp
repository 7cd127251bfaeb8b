// The error of an archive that is not what it should be.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <string>
#include <utility>

namespace ktstr::fetch {

inline Error bad_archive(std::string why) {
    return Error(ErrorKind::environment, std::move(why));
}

} // namespace ktstr::fetch
