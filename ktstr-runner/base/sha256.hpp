// SHA-256 (FIPS 180-4, by libcrypto), as 64 lower-case hex digits.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace ktstr {

class Sha256 final {
public:
    Sha256();
    Sha256(Sha256&&) noexcept;
    ~Sha256();

    Sha256& add(std::span<const std::byte> bytes);
    Sha256& add(std::string_view text);
    std::string hex(); // ends it

private:
    struct State;
    std::unique_ptr<State> state_;
};

std::string sha256_of(std::string_view text);
Result<std::string> sha256_of_file(const std::filesystem::path& path);

} // namespace ktstr
