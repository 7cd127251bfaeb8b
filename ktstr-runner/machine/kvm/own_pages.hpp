// Which pages of a private mapping this process has to itself: those it wrote to.
// Documentation/admin-guide/mm/ pagemap.rst.
#pragma once

#include "ktstr-runner/base/fd.hpp"

#include <cstddef>
#include <span>

namespace ktstr::machine::kvm {

class OwnPages final {
public:
    // Opens the process's page map, which a confined process cannot.
    static Result<OwnPages> open();

    enum class Zeros {
        left_out, // the file has none there: they become holes
        written,  // they replace what the file has
    };

    // Writes them to their places in `file`, in which `memory` begins at 0.
    Result<> write_to(int file, std::span<const std::byte> memory, Zeros zeros) const;

private:
    explicit OwnPages(Fd map) : map_(std::move(map)) {}

    Fd map_;
};

} // namespace ktstr::machine::kvm
