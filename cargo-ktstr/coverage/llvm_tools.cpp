#include "cargo-ktstr/coverage/llvm_tools.hpp"

#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace ktstr::coverage {

namespace {

namespace fs = std::filesystem;

// Raw profile version 10 came with LLVM 19 and coverage mapping version 7 with 18. A tool reads
// only its own raw version, so any LLVM from here on reads any rustc from here on (measured:
// LLVM 19.1 and 22.1 with rustc's 22.1).
constexpr unsigned profiles_since = 19;

struct SystemTools {
    LlvmTools tools;
    unsigned version = 0;
};

bool is_program(const fs::path& path) {
    return path.is_absolute() && find_program(path.string()).has_value();
}

std::optional<LlvmTools>
pair_in(const fs::path& folder, const std::string& suffix, std::string origin) {
    LlvmTools tools{.cov = folder / ("llvm-cov" + suffix),
                    .profdata = folder / ("llvm-profdata" + suffix),
                    .origin = std::move(origin)};
    return is_program(tools.cov) && is_program(tools.profdata) ? std::optional(std::move(tools))
                                                               : std::nullopt;
}

// llvm-profdata, llvm-profdata-22, ... of one directory.
void add_tools_of(const fs::path& folder,
                  const Surroundings& surroundings,
                  std::vector<SystemTools>& found) {
    constexpr std::string_view stem = "llvm-profdata";
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        const auto name = entry->path().filename().string();
        if (!name.starts_with(stem)) {
            continue;
        }
        const auto suffix = name.substr(stem.size());
        auto tools = pair_in(folder, suffix, "the system's " + name);
        if (!tools) {
            continue;
        }
        const auto numbered = suffix.starts_with('-') ? parse_u64(suffix.substr(1)) : std::nullopt;
        const auto version =
            numbered ? static_cast<unsigned>(*numbered) : surroundings.version_of(tools->profdata);
        found.push_back({std::move(*tools), version});
    }
}

bool reads_profiles_of(unsigned tool, unsigned rustc) {
    return tool == rustc || (tool >= profiles_since && rustc >= profiles_since);
}

Error nothing_fits(const std::vector<SystemTools>& found, const Surroundings& surroundings) {
    std::set<unsigned> versions;
    for (const auto& tools : found) {
        versions.insert(tools.version);
    }
    const auto seen = versions.empty() ? std::string("there is none on this system")
                                       : fmt::format("this system's (LLVM {}) cannot read them",
                                                     fmt::join(versions, ", "));
    return Error(ErrorKind::environment,
                 fmt::format("rustc writes profiles of LLVM {}; {}", surroundings.rustc_llvm, seen))
        .context("coverage needs llvm-profdata and llvm-cov")
        .hint(fmt::format("`rustup component add llvm-tools`, or install the distribution's "
                          "package llvm-{}{}, or set "
                          "LLVM_COV and LLVM_PROFDATA",
                          surroundings.rustc_llvm,
                          surroundings.rustc_llvm > profiles_since
                              ? fmt::format(" (any from {} on will do)", profiles_since)
                              : ""));
}

Result<LlvmTools> given_tools(const std::string& cov, const std::string& profdata) {
    for (const auto& [name, value] : {
             std::pair{"LLVM_COV",      cov     },
             std::pair{"LLVM_PROFDATA", profdata}
    }) {
        if (!find_program(value)) {
            return fail(ErrorKind::usage,
                        fmt::format("{} is `{}`, which is no program", name, value));
        }
    }
    return LlvmTools{.cov = cov, .profdata = profdata, .origin = "$LLVM_COV and $LLVM_PROFDATA"};
}

Result<std::string> ask(std::vector<std::string> argv) {
    const auto command = join(argv, " ");
    TRY_ASSIGN(
        const auto ran, run_captured({.argv = std::move(argv)}), "cannot run `" + command + "`");
    if (!ran.status.success()) {
        return fail(ErrorKind::environment,
                    "`" + command + "` failed: " + std::string(trim(to_utf8(ran.err))));
    }
    return ran.out;
}

} // namespace

unsigned llvm_version_in(std::string_view text) {
    constexpr std::string_view words = "LLVM version";
    const auto at = text.find(words);
    if (at == std::string_view::npos) {
        return 0;
    }
    text.remove_prefix(at + words.size());
    text.remove_prefix(std::min(text.find_first_not_of(": "), text.size()));
    const auto version = parse_u64(text.substr(0, text.find_first_not_of("0123456789")));
    return static_cast<unsigned>(version.value_or(0));
}

Result<Surroundings> look_around() {
    const auto rustc = env("RUSTC").value_or("rustc");
    TRY_ASSIGN(const auto libraries, ask({rustc, "--print", "target-libdir"}));
    TRY_ASSIGN(const auto version, ask({rustc, "-vV"}));
    Surroundings surroundings{
        .llvm_cov = env("LLVM_COV"),
        .llvm_profdata = env("LLVM_PROFDATA"),
        .toolchain_bin = fs::path(trim(libraries)).parent_path() / "bin",
        .rustc_llvm = llvm_version_in(version),
        .version_of =
            [](const fs::path& tool) {
                const auto text = ask({tool.string(), "--version"});
                return text ? llvm_version_in(*text) : 0U;
            },
    };
    for (const auto& folder : split(env("PATH").value_or(""), ':')) {
        surroundings.search.emplace_back(folder);
    }
    return surroundings;
}

Result<LlvmTools> choose_llvm_tools(const Surroundings& surroundings) {
    const auto& [cov, profdata, toolchain, search, rustc, version_of] = surroundings;
    if (cov.has_value() != profdata.has_value()) {
        return fail(ErrorKind::usage,
                    "LLVM_COV and LLVM_PROFDATA belong together: set both or none");
    }
    if (cov) {
        return given_tools(*cov, *profdata);
    }
    if (auto tools = pair_in(toolchain, "", "the Rust toolchain's llvm-tools")) {
        return std::move(*tools);
    }
    std::vector<SystemTools> found;
    for (const auto& folder : search) {
        add_tools_of(folder, surroundings, found);
    }
    const SystemTools* best = nullptr;
    const auto rank = [&](const SystemTools& tools) {
        return std::pair(tools.version == rustc, tools.version);
    };
    for (const auto& tools : found) {
        if (reads_profiles_of(tools.version, rustc) &&
            (best == nullptr || rank(*best) < rank(tools))) {
            best = &tools;
        }
    }
    if (best == nullptr) {
        return fail(nothing_fits(found, surroundings));
    }
    return best->tools;
}

} // namespace ktstr::coverage
