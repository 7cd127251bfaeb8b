#include "cargo-ktstr/kernels/modules_dep.hpp"

#include "cargo-ktstr/kernels/modinfo.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/store/module_file.hpp"
#include "ktstr-runner/store/modules.hpp"

#include <algorithm>
#include <map>

namespace ktstr::kernels {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_chain = 100;
constexpr std::size_t list_limit = std::size_t{16} << 20; // a distribution's has 1 MiB

using ByName = std::map<std::string, const ModuleNeeds*>;

// Puts all that a module needs into `order`, each behind what it needs itself.
// NOLINTNEXTLINE(misc-no-recursion): as deep as longest_chain
Result<> collect(const ModuleNeeds& module,
                 const ByName& known,
                 std::vector<const ModuleNeeds*>& chain,
                 std::vector<std::string>& order) {
    if (std::ranges::find(chain, &module) != chain.end() || chain.size() == longest_chain) {
        return fail(ErrorKind::usage,
                    "the modules need each other in a circle, or in too long a chain: " +
                        printable(module.path));
    }
    chain.push_back(&module);
    for (const auto& name : module.names) {
        const auto need = known.find(store::module_name(name));
        if (need != known.end() && std::ranges::find(order, need->second->path) == order.end()) {
            TRY(collect(*need->second, known, chain, order));
            order.push_back(need->second->path);
        }
    }
    chain.pop_back();
    return {};
}

bool is_module(const fs::path& path) {
    return store::without_compression(path.native()).ends_with(".ko");
}

Result<std::vector<ModuleNeeds>> read_needs(const fs::path& folder) {
    std::vector<ModuleNeeds> out;
    std::error_code error;
    for (fs::recursive_directory_iterator at(folder, error);
         !error && at != fs::recursive_directory_iterator();
         at.increment(error)) {
        if (!at->is_regular_file(error) || !is_module(at->path())) {
            continue;
        }
        const auto path = at->path().lexically_relative(folder).string();
        TRY_ASSIGN(const auto module, store::map_module(at->path(), folder));
        auto names = needed_modules(module.text());
        if (names) { // what is no module cannot be loaded either
            out.push_back({.path = path, .names = std::move(*names)});
        }
    }
    if (error) {
        return fail(ErrorKind::environment, "read " + folder.string() + ": " + error.message());
    }
    std::ranges::sort(out, {}, &ModuleNeeds::path);
    return out;
}

} // namespace

Result<std::string> modules_dep(const std::vector<ModuleNeeds>& modules) {
    ByName known;
    for (const auto& module : modules) {
        known.emplace(store::module_name(module.path), &module);
    }
    std::string text;
    for (const auto& module : modules) {
        std::vector<const ModuleNeeds*> chain;
        std::vector<std::string> order;
        TRY(collect(module, known, chain, order));
        text += module.path + ":";
        for (auto need = order.rbegin(); need != order.rend(); ++need) {
            text += " " + *need;
        }
        text += "\n";
        if (text.size() > list_limit) {
            return fail(ErrorKind::usage,
                        "modules.dep would have more than " + human_bytes(list_limit));
        }
    }
    return text;
}

Result<> write_modules_dep(const fs::path& folder) {
    std::error_code ignored;
    if (fs::exists(folder / "modules.dep", ignored)) {
        return {};
    }
    TRY_ASSIGN(const auto modules, read_needs(folder));
    TRY_ASSIGN(const auto text, modules_dep(modules));
    return write_file_atomically(folder / "modules.dep", text);
}

} // namespace ktstr::kernels
