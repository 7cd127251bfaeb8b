// What a kernel's Kconfig files say of a symbol: whether it is there, and what it depends on.
// Documentation/kbuild/kconfig-language.rst; read line by line, which is enough to explain.
#pragma once

#include "cargo-ktstr/kernels/kconfig.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::kernels {

class KconfigTree final {
public:
    // All Kconfig files of the tree but those of other architectures. `arch` is uname's word.
    static KconfigTree read(const std::filesystem::path& tree, std::string_view arch);

    // Names are without CONFIG_ here as there.
    void add(std::string_view text);

    bool knows(std::string_view symbol) const { return symbols_.find(symbol) != symbols_.end(); }

    // The expressions of "depends on", of the menus and `if`s around it included, that `config`
    // does not meet. A symbol that is defined twice has the expressions of the definition that
    // comes nearest.
    std::vector<std::string> unmet(std::string_view symbol, const Kconfig& config) const;

private:
    std::map<std::string, std::vector<std::vector<std::string>>, std::less<>> symbols_;
};

// Whether an expression holds: symbols, !, &&, ||, =, !=, <, <=, >, >=, parentheses; `m` is as good
// as `y`. What cannot be read holds.
bool kconfig_holds(std::string_view expression, const Kconfig& config);

} // namespace ktstr::kernels
