#include "cargo-ktstr/planner/changed_tests.hpp"

#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/text.hpp"

#include <algorithm>
#include <map>

namespace ktstr::planner {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_dep_info = std::size_t{4} << 20;

class Changes {
public:
    Changes(const fs::path& workspace, const ChangedFiles& changed)
        : workspace_(workspace), changed_(changed) {}

    // Of a test binary: its dep-info file has its name.
    bool in_binary(const fs::path& binary) {
        auto file = binary;
        file += ".d";
        return in_dep_info(file, Sources::all);
    }

    // Of a program beside it, in whatever builds of it there are: "scx-a" is scx_a-HASH.d. What its
    // build script read, the BPF half as a rule, Cargo tells in a file of its own, one level up.
    bool in_program(const fs::path& binary, const std::string& name) {
        const auto [place, is_new] = programs_.try_emplace({binary.parent_path(), name}, false);
        if (!is_new) {
            return place->second;
        }
        auto crate = name;
        std::ranges::replace(crate, '-', '_');
        std::error_code error;
        for (const auto& entry : fs::directory_iterator(binary.parent_path(), error)) {
            const auto file = entry.path().filename().string();
            if (file.starts_with(crate + "-") && file.ends_with(".d")) {
                place->second = place->second || in_dep_info(entry.path(), Sources::all);
            }
        }
        place->second =
            place->second || in_dep_info(binary.parent_path().parent_path() / (name + ".d"),
                                         Sources::of_build_scripts);
        return place->second;
    }

private:
    // Cargo's names the Rust sources of libraries too.
    enum class Sources { all, of_build_scripts };

    bool in_dep_info(const fs::path& file, Sources which) const {
        const auto text = read_file(file, longest_dep_info);
        if (!text) {
            return false;
        }
        return std::ranges::any_of(sources_in(*text), [&](const fs::path& source) {
            return (which == Sources::all || source.extension() != ".rs") && has_changed(source);
        });
    }

    // A directory with all that is in it.
    bool has_changed(const fs::path& source) const {
        std::error_code error;
        const auto path = fs::weakly_canonical(workspace_ / source, error);
        if (changed_.files.contains(path)) {
            return true;
        }
        const auto inside = changed_.files.lower_bound(path / "");
        return fs::is_directory(path, error) && inside != changed_.files.end() &&
               inside->native().starts_with((path / "").native());
    }

    fs::path workspace_;
    const ChangedFiles& changed_;
    std::map<std::pair<fs::path, std::string>, bool> programs_;
};

} // namespace

// "path: source source\n", spaces of a name as "\ "; what follows has no sources.
std::vector<fs::path> sources_in(std::string_view dep_info) {
    const auto line = dep_info.substr(0, dep_info.find('\n'));
    const auto colon = line.find(": ");
    std::vector<fs::path> sources;
    if (colon == line.npos) {
        return sources;
    }
    std::string name;
    for (std::size_t i = colon + 2; i <= line.size(); ++i) {
        if (i == line.size() || line[i] == ' ') {
            if (!name.empty()) {
                sources.emplace_back(std::move(name));
            }
            name.clear();
        } else if (line[i] == '\\' && i + 1 < line.size() && line[i + 1] == ' ') {
            name += line[++i];
        } else {
            name += line[i];
        }
    }
    return sources;
}

std::size_t mark_changed(const nextest::TestList& list,
                         const fs::path& workspace,
                         const ChangedFiles& changed,
                         Variants& variants) {
    if (changed.files.empty()) {
        return 0;
    }
    Changes changes(workspace, changed);
    std::map<std::size_t, bool> suites;
    std::size_t count = 0;
    for (auto& test : variants.tests) {
        const auto& binary = list.suites[test.suite].binary;
        const auto [own, is_new] = suites.try_emplace(test.suite, false);
        if (is_new) {
            own->second = changes.in_binary(binary);
        }
        test.changed = own->second || (!test.scheduler_program.empty() &&
                                       changes.in_program(binary, test.scheduler_program));
        count += test.changed ? 1 : 0;
    }
    return count;
}

} // namespace ktstr::planner
