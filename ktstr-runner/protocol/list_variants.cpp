#include "ktstr-runner/protocol/list_variants.hpp"

#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/host/cpus.hpp"
#include "ktstr-runner/protocol/declared.hpp"
#include "ktstr-runner/protocol/host_only.hpp"
#include "ktstr-runner/protocol/names.hpp"
#include "ktstr-runner/protocol/native.hpp"
#include "ktstr-runner/protocol/run_test.hpp"
#include "ktstr-runner/variants/gauntlet.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <optional>
#include <set>

namespace ktstr::protocol {

namespace {

struct ListedTest {
    std::string_view name;
    std::string_view kind; // ": test"
};

std::optional<ListedTest> listed_test(std::string_view line) {
    constexpr std::array<std::string_view, 2> kinds{": test", ": benchmark"};
    for (const auto kind : kinds) {
        if (line.ends_with(kind)) {
            return ListedTest{.name = line.substr(0, line.size() - kind.size()), .kind = kind};
        }
    }
    return std::nullopt;
}

} // namespace

std::string with_variants(std::string_view listing,
                          std::span<const config::ListedKernel> kernels,
                          const std::function<bool(const std::string& test)>& boots) {
    std::string out;
    while (!listing.empty()) {
        const auto line = listing.substr(0, listing.find('\n'));
        listing.remove_prefix(std::min(line.size() + 1, listing.size()));
        const auto test = listed_test(line);
        if (!test || !boots(std::string(test->name))) {
            out.append(line).append("\n");
            continue;
        }
        for (const auto& kernel : kernels) {
            out.append(test->name).append("/").append(kernel.label);
            out.append(test->kind).append("\n");
        }
    }
    return out;
}

std::string only(std::string_view listing, const std::set<std::string, std::less<>>& names) {
    std::string out;
    while (!listing.empty()) {
        const auto line = listing.substr(0, listing.find('\n'));
        listing.remove_prefix(std::min(line.size() + 1, listing.size()));
        const auto test = listed_test(line);
        if (!test || names.contains(test->name)) {
            out.append(line).append("\n");
        }
    }
    return out;
}

std::string with_ignored(std::string ignored, std::span<const std::string> more) {
    const auto lines = split(ignored, '\n');
    const std::set<std::string, std::less<>> known(lines.begin(), lines.end());
    for (const auto& name : more) {
        const auto line = name + ": test";
        if (!known.contains(line)) {
            ignored += line + "\n";
        }
    }
    return ignored;
}

namespace {

// What a listing needs to know of a binary of the crate.
struct Subject {
    const std::filesystem::path& binary;
    const variants::Declarations& declarations;
    std::span<const config::ListedKernel> kernels;
    const config::GauntletKeys& gauntlet;
    variants::Room room;
};

// Whether a test boots a machine. What is wrong with its settings is kept for who asked.
bool boots(const std::filesystem::path& binary,
           const variants::Declarations* declarations,
           const std::string& test,
           std::optional<Error>& wrong) {
    const auto names = identify(environment(), binary, test);
    auto settings = settings_of(names);
    if (!settings) {
        wrong = wrong ? std::move(wrong) : std::move(settings).error();
        return true;
    }
    const auto* declared = declarations != nullptr ? declarations->test_named(test) : nullptr;
    return !host_only(names, binary, *settings, declared);
}

// The names in the gauntlet of a test that boots, if the listing is to have them.
std::vector<std::string> gauntlet_names(const Subject& subject, const variants::Test& test) {
    if (!subject.gauntlet.listed) {
        return {};
    }
    const auto* const scheduler =
        test.scheduler ? subject.declarations.scheduler_with(*test.scheduler) : nullptr;
    return variants::gauntlet_names(test, scheduler, subject.room);
}

// The gauntlet's part of a listing, of all tests or of the ignored ones.
std::string gauntlet_lines(const Subject& subject, bool of_ignored) {
    std::string lines;
    std::optional<Error> wrong; // said of the test itself
    for (const auto& test : subject.declarations.tests) {
        const bool is_listed = !of_ignored || !subject.gauntlet.runs || test.ignore;
        if (is_listed && boots(subject.binary, &subject.declarations, test.name, wrong)) {
            for (const auto& name : gauntlet_names(subject, test)) {
                lines.append(name).append(": test\n");
            }
        }
    }
    return lines;
}

// The names of tests whose schedulers are not meant for the kernel. What cannot be told, since
// there is no kernel or since a declaration is wrong, is for the test to say.
std::vector<std::string> not_meant_for(const Subject& subject) {
    std::vector<std::string> out;
    std::map<std::string, Result<store::Entry>> known;
    for (const auto& test : subject.declarations.tests) {
        const auto declared = declared_in(subject.declarations, test);
        if (!is_of_some_kernels(declared)) {
            continue;
        }
        const auto test_names = identify(environment(), subject.binary, test.name);
        const auto settings = settings_of(test_names);
        if (!settings || host_only(test_names, subject.binary, *settings, &test)) {
            continue;
        }
        const auto refuses = [&](const std::string& spec) {
            const auto [found, fresh] = known.try_emplace(spec, store::Entry{});
            if (fresh) {
                found->second = store::resolve(spec);
            }
            const auto why = found->second ? why_not_on(declared, *found->second)
                                           : Result<std::optional<std::string>>(std::nullopt);
            return why && *why;
        };
        auto names = gauntlet_names(subject, test);
        names.push_back(test.name);
        for (const auto& kernel : subject.kernels) {
            if (refuses(kernel.kernel)) {
                std::ranges::transform(names, std::back_inserter(out), [&](const auto& name) {
                    return name + "/" + kernel.label;
                });
            }
        }
        if (subject.kernels.empty() && refuses(settings->kernel)) {
            out.insert(out.end(), names.begin(), names.end());
        }
    }
    return out;
}

} // namespace

Result<int> list_tests(const std::vector<std::string>& argv,
                       std::span<const config::ListedKernel> kernels,
                       const config::GauntletKeys& gauntlet,
                       const std::optional<std::set<std::string, std::less<>>>& selection) {
    const std::filesystem::path binary = argv.front();
    const auto declarations = declarations_in(binary);
    const bool of_the_crate = declarations && *declarations && !(*declarations)->tests.empty();
    if (kernels.empty() && !of_the_crate && !selection) {
        return fail(exec_natively(argv)); // what is wrong with a declaration, its test says
    }
    if (!declarations) {
        return fail(declarations.error());
    }
    const bool of_ignored = std::ranges::find(argv, "--ignored") != argv.end();
    TRY_ASSIGN(auto listing, run_answering({.argv = argv, .in = STDIN_FILENO}));
    std::vector<std::string> skipped;
    if (of_the_crate) {
        const Subject subject{
            .binary = binary,
            .declarations = **declarations,
            .kernels = kernels,
            .gauntlet = gauntlet,
            .room = {.cpus = host::usable_cpus(), .overcommit = gauntlet.overcommit}
        };
        listing.out += gauntlet_lines(subject, of_ignored);
        // A nextest that does not say whose listing it wants (before 0.9.138) has the test itself
        // say what it is not meant for: its settings cannot be known here.
        if (of_ignored && env("NEXTEST_WORKSPACE_ROOT") && env("NEXTEST_BINARY_ID")) {
            skipped = not_meant_for(subject);
        }
    }
    std::optional<Error> wrong;        // of the configuration, said of the first test
    std::map<std::string, bool> known; // a test has many variants, and its settings are files
    const auto boots_here = [&](const std::string& name) {
        const auto* const declared = of_the_crate ? &**declarations : nullptr;
        const auto cell =
            declared != nullptr ? variants::in_gauntlet(*declared, name) : std::nullopt;
        const auto& test = cell ? cell->test : name;
        const auto [found, fresh] = known.try_emplace(test, false);
        if (fresh) {
            found->second = boots(binary, declared, test, wrong);
        }
        return found->second;
    };
    const auto text =
        kernels.empty() ? listing.out : with_variants(listing.out, kernels, boots_here);
    if (wrong) {
        return fail(std::move(*wrong));
    }
    const auto all = with_ignored(text, skipped);
    TRY(write_all(STDOUT_FILENO, selection ? only(all, *selection) : all));
    return listing.status.shell_code();
}

} // namespace ktstr::protocol
