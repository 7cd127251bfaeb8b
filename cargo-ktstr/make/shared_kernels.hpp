// Kernels that other jobs of this repository's workflows made: taken before one is built, given
// after. Whatever fails is one warning, and the build goes on.
#pragma once

#include "cargo-ktstr/kernels/made.hpp"
#include "cargo-ktstr/remote/cache.hpp"

#include <optional>
#include <string>

namespace ktstr::make {

class SharedKernels final {
public:
    // What KTSTR_GHA_CACHE and the job's variables say. An error for a value that is neither 0 nor
    // 1; a service that cannot be used is said once.
    static Result<SharedKernels> from_environment();

    // The kernel of that build (kernels::build_id), put into the store; absent: it must be built.
    // Its version begins with `version`, where that is known.
    std::optional<store::Entry> take(const std::string& build_id, const std::string& version);

    void give(const std::string& build_id, const store::Entry& entry);

private:
    explicit SharedKernels(std::optional<remote::Cache> cache) : cache_(std::move(cache)) {}

    Result<std::optional<store::Entry>> fetch(const std::string& build_id,
                                              const std::string& version);

    std::optional<remote::Cache> cache_;
};

} // namespace ktstr::make
