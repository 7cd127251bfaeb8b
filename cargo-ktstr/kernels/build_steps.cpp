#include "cargo-ktstr/kernels/build_steps.hpp"

#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

namespace ktstr::kernels {

namespace {

constexpr std::size_t most_digits = 32;

// Linux 6.12 on x86_64.
constexpr std::size_t lean_steps = 2500;

} // namespace

BuildSteps::BuildSteps(const std::filesystem::path& builds, const std::string& base)
    : file_(builds / ("steps-" + sha256_of(base).substr(0, 12))) {
    const auto text = read_file(file_, most_digits);
    if (const auto count = text ? parse_u64(trim(*text)) : std::nullopt) {
        expected_ = count;
    } else if (base == "lean") {
        expected_ = lean_steps;
    }
}

std::string BuildSteps::words(std::size_t done) const {
    return expected_ && done <= *expected_ ? fmt::format("{} of about {} steps", done, *expected_)
                                           : fmt::format("{} steps", done);
}

void BuildSteps::keep(std::size_t done) const {
    if (!expected_ || done > *expected_ / 2) { // else most of it was there before
        [[maybe_unused]] const auto kept = write_file_atomically(file_, fmt::format("{}\n", done));
    }
}

} // namespace ktstr::kernels
