#include "ktstr-runner/protocol/names.hpp"

#include "ktstr-runner/config/toml_file.hpp"

#include <algorithm>

namespace ktstr::protocol {

namespace {

using config::TestNames;
using config::TomlNode;
using config::TomlType;

std::string value_of(std::span<const std::string> environment, std::string_view name) {
    for (const std::string_view entry : environment) {
        if (entry.starts_with(name) && entry.substr(name.size()).starts_with('=')) {
            return std::string(entry.substr(name.size() + 1));
        }
    }
    return {};
}

std::string as_crate_name(std::string package) {
    std::ranges::replace(package, '-', '_');
    return package;
}

// Outside nextest the path is all there is. A binary target named like its package looks as its
// library does.
std::string kind_by_path(const std::filesystem::path& binary,
                         const std::string& name,
                         const std::string& package) {
    if (binary.parent_path().filename() == "examples") {
        return "example";
    }
    return as_crate_name(package) == name ? "lib" : "test";
}

std::string binary_id(const TestNames& names) {
    if (names.kind == "lib") {
        return names.package;
    }
    return names.package + "::" + (names.kind == "test" ? "" : names.kind + "/") + names.binary;
}

// [lib] proc-macro = true, proc_macro = true, or crate-type = ["proc-macro"] (Cargo reference,
// "Cargo Targets").
bool declares_proc_macro(const TomlNode& manifest) {
    for (const std::string_view key : {"proc-macro", "proc_macro"}) {
        const auto* flag = manifest.find_path({"lib", key});
        if (flag != nullptr && flag->is(TomlType::boolean) && flag->boolean) {
            return true;
        }
    }
    for (const std::string_view key : {"crate-type", "crate_type"}) {
        const auto* types = manifest.find_path({"lib", key});
        if (types != nullptr &&
            std::ranges::find(types->items, "proc-macro", &TomlNode::text) != types->items.end()) {
            return true;
        }
    }
    return false;
}

} // namespace

BinaryId parse_binary_id(std::string_view id) {
    const auto colons = id.find("::");
    BinaryId out{.package = std::string(id.substr(0, colons)), .kind = "lib", .binary = {}};
    if (colons == std::string_view::npos) {
        return out;
    }
    const auto rest = id.substr(colons + 2);
    const auto slash = rest.find('/');
    out.kind = slash == std::string_view::npos ? "test" : rest.substr(0, slash);
    out.binary = slash == std::string_view::npos ? rest : rest.substr(slash + 1);
    return out;
}

std::string target_name(const std::filesystem::path& binary) {
    constexpr std::size_t hash_length = 16;
    auto name = binary.filename().string();
    const auto dash = name.rfind('-');
    if (dash != std::string::npos && dash > 0 && name.size() - dash - 1 == hash_length &&
        name.find_first_not_of("0123456789abcdef", dash + 1) == std::string::npos) {
        name.resize(dash);
    }
    return name;
}

TestNames names_from(std::span<const std::string> environment,
                     const std::filesystem::path& binary,
                     const std::string& test) {
    TestNames out{.test = test,
                  .package = value_of(environment, "CARGO_PKG_NAME"),
                  .binary = target_name(binary),
                  .binary_id = value_of(environment, "NEXTEST_BINARY_ID"),
                  .kind = {}};
    if (!out.binary_id.empty()) {
        auto id = parse_binary_id(out.binary_id);
        out.package = out.package.empty() ? id.package : out.package;
        out.kind = id.kind;
        out.binary = id.binary.empty() ? out.binary : id.binary;
        return out;
    }
    out.package = out.package.empty() ? out.binary : out.package;
    out.kind = kind_by_path(binary, out.binary, out.package);
    out.binary_id = binary_id(out);
    return out;
}

TestNames identify(std::span<const std::string> environment,
                   const std::filesystem::path& binary,
                   const std::string& test) {
    auto out = names_from(environment, binary, test);
    const auto package = value_of(environment, "CARGO_MANIFEST_DIR");
    if (out.kind == "lib" && !package.empty()) {
        // Cargo has built from this manifest; one that cannot be read now says nothing.
        const auto manifest = config::read_toml(std::filesystem::path(package) / "Cargo.toml");
        if (manifest && declares_proc_macro(*manifest)) {
            out.kind = "proc-macro";
        }
    }
    return out;
}

} // namespace ktstr::protocol
