// Names of the kernel's functions, from the symbol table of its vmlinux.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::session {

class KernelSymbols final {
public:
    // Empty of a file that is stripped of them.
    static Result<KernelSymbols> read(const std::filesystem::path& vmlinux);
    static KernelSymbols parse(std::span<const std::byte> image);

    bool empty() const { return functions_.empty(); }

    bool has(std::string_view name) const;

    // "default_idle+0xb"; the address alone where none is near.
    std::string at(std::uint64_t address) const;

private:
    struct Function {
        std::uint64_t begin = 0;
        std::uint64_t size = 0;
        std::string name;
    };

    std::vector<Function> functions_; // by address
};

} // namespace ktstr::session
