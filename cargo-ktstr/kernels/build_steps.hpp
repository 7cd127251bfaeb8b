// How many steps a build has: what make says of its progress has no end. Known from the last build
// of the same base, else for the lean kernel, else by asking make.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

namespace ktstr::kernels {

class BuildSteps final {
public:
    // `builds`: the directory that keeps the counts. `base` is Recipe::base.
    BuildSteps(const std::filesystem::path& builds, const std::string& base);

    std::optional<std::size_t> expected() const { return expected_; }

    // Where nothing else is known.
    void expect(std::size_t steps) { expected_ = steps; }

    // "1204 of about 2210 steps"; without the end where nobody knows it, or it was passed.
    std::string words(std::size_t done) const;

    // Of a whole build, begun from nothing: a later one expects so many. Failing to keep it is no
    // error.
    void keep(std::size_t done) const;

private:
    std::filesystem::path file_;
    std::optional<std::size_t> expected_;
};

} // namespace ktstr::kernels
