#include "ktstr-runner/store/modules.hpp"

#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

namespace ktstr::store {

namespace {

constexpr std::size_t shown = 3; // of the modules that may have been meant

Result<std::string> checked_path(std::string_view text) {
    const std::filesystem::path path(text);
    if (path.empty() || path.is_absolute() || path.lexically_normal() != path ||
        *path.begin() == "..") {
        return fail(ErrorKind::environment,
                    "it names a file outside its folder: " + printable(text.substr(0, 200)));
    }
    return std::string(text);
}

std::vector<std::string> nearest_few(std::string_view name, std::vector<std::string_view> known) {
    std::vector<std::string> out;
    while (out.size() < shown) {
        const auto near = nearest(name, known);
        if (!near) {
            break;
        }
        std::erase(known, *near);
        out.push_back("`" + *near + "`");
    }
    return out;
}

} // namespace

std::string_view without_compression(std::string_view path) {
    static constexpr std::array<std::string_view, 3> suffixes{".xz", ".zst", ".gz"};
    for (const auto suffix : suffixes) {
        if (path.ends_with(suffix)) {
            return path.substr(0, path.size() - suffix.size());
        }
    }
    return path;
}

std::string module_name(std::string_view path) {
    auto name = path.substr(path.find_last_of('/') + 1);
    if (const auto plain = without_compression(name); plain.ends_with(".ko")) {
        name = plain.substr(0, plain.size() - 3);
    }
    std::string out(name);
    std::ranges::replace(out, '-', '_');
    return out;
}

Result<Modules> Modules::parse(std::string_view dep, std::string_view builtin) {
    Modules out;
    for (const auto& line : split(dep, '\n')) {
        const std::string_view text = trim(line);
        if (text.empty() || text.starts_with('#')) {
            continue;
        }
        const auto colon = text.find(':');
        if (colon == std::string_view::npos) {
            return fail(ErrorKind::environment,
                        "modules.dep has a line without `:`: " + printable(text.substr(0, 200)));
        }
        Module module;
        TRY_ASSIGN(module.path, checked_path(text.substr(0, colon)), "modules.dep");
        for (const auto& need : split(text.substr(colon + 1), ' ')) {
            if (!need.empty()) {
                TRY_ASSIGN(auto path, checked_path(need), "modules.dep");
                module.needs.push_back(std::move(path));
            }
        }
        out.modules_.emplace(module_name(module.path), std::move(module));
    }
    for (const auto& line : split(builtin, '\n')) {
        if (const auto text = trim(line); !text.empty()) {
            out.built_in_.insert(module_name(text));
        }
    }
    return out;
}

Error Modules::unknown(const std::string& name) const {
    std::vector<std::string_view> known(built_in_.begin(), built_in_.end());
    for (const auto& [other, module] : modules_) {
        known.push_back(other);
    }
    auto error = Error(ErrorKind::usage, "there is no module `" + printable(name) + "`");
    const auto near = nearest_few(module_name(name), std::move(known));
    return near.empty() ? std::move(error)
                        : std::move(error).hint(fmt::format("did you mean {}?", join(near, ", ")));
}

Result<std::vector<std::string>> Modules::load_order(std::span<const std::string> names) const {
    std::vector<std::string> order;
    std::set<std::string_view> taken;
    const auto take = [&](const std::string& path) {
        if (taken.insert(path).second) {
            order.push_back(path);
        }
    };
    for (const auto& name : names) {
        const auto found = modules_.find(module_name(name));
        if (found == modules_.end()) {
            if (built_in_.contains(module_name(name))) {
                continue;
            }
            return fail(unknown(name));
        }
        // depmod lists all that a module needs, also by what it needs, the last to be loaded first.
        const auto& module = found->second;
        std::for_each(module.needs.rbegin(), module.needs.rend(), take);
        take(module.path);
    }
    return order;
}

} // namespace ktstr::store
