// What every maker of store entries gives back.
#pragma once

#include "ktstr-runner/store/store.hpp"

namespace ktstr::kernels {

struct Made {
    store::Entry entry;
    bool was_there = false; // the store had it already; nothing was made
};

} // namespace ktstr::kernels
