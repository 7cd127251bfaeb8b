#include "cargo-ktstr/nextest/workspace.hpp"

#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/json.hpp"

#include <algorithm>
#include <set>

namespace ktstr::nextest {

namespace fs = std::filesystem;

Result<Workspace> parse_workspace(std::string_view metadata) {
    TRY_ASSIGN(const auto json, parse_json(metadata), "cargo's metadata");
    try {
        Workspace workspace{.root = json.at("workspace_root").get<std::string>(), .packages = {}};
        const auto members = json.at("workspace_members").get<std::set<std::string>>();
        for (const auto& package : json.at("packages")) {
            if (!members.contains(package.at("id").get<std::string>())) {
                continue;
            }
            const fs::path manifest = package.at("manifest_path").get<std::string>();
            const auto directory = manifest.parent_path().lexically_relative(workspace.root);
            const bool inside = !directory.empty() && *directory.begin() != ".config" &&
                                std::ranges::find(directory, "..") == directory.end();
            if (inside) {
                workspace.packages.push_back(directory);
            }
        }
        return workspace;
    } catch (const Json::exception& error) {
        return fail(ErrorKind::environment,
                    std::string("cargo's metadata cannot be read: ") + error.what());
    }
}

Result<> make_stand_in(const Workspace& workspace, const fs::path& root) {
    std::error_code error;
    fs::create_directories(root, error);
    for (const auto& package : workspace.packages) {
        fs::create_directories(root / package, error);
    }
    if (error) {
        return fail(ErrorKind::environment,
                    "cannot make " + root.string() + ": " + error.message());
    }
    TRY(write_file_atomically(
        root / "Cargo.toml",
        "# Made by cargo ktstr: nextest looks for it. Nothing is built here.\n"));
    return {};
}

} // namespace ktstr::nextest
