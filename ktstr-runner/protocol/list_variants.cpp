#include "ktstr-runner/protocol/list_variants.hpp"

#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/protocol/declared.hpp"
#include "ktstr-runner/protocol/host_only.hpp"
#include "ktstr-runner/protocol/names.hpp"
#include "ktstr-runner/protocol/native.hpp"
#include "ktstr-runner/protocol/run_test.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
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

// The names of tests whose schedulers are not meant for the kernel. What cannot be told, since
// there is no kernel or since a declaration is wrong, is for the test to say.
std::vector<std::string> not_meant_for(std::span<const config::ListedKernel> kernels,
                                       const std::filesystem::path& binary,
                                       const variants::Declarations& declarations) {
    std::vector<std::string> names;
    std::map<std::string, Result<store::Entry>> known;
    for (const auto& test : declarations.tests) {
        const auto declared = declared_in(declarations, test);
        if (!is_of_some_kernels(declared)) {
            continue;
        }
        const auto test_names = identify(environment(), binary, test.name);
        const auto settings = settings_of(test_names);
        if (!settings || host_only(test_names, binary, *settings, &test)) {
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
        for (const auto& kernel : kernels) {
            if (refuses(kernel.kernel)) {
                names.push_back(test.name + "/" + kernel.label);
            }
        }
        if (kernels.empty() && refuses(settings->kernel)) {
            names.push_back(test.name);
        }
    }
    return names;
}

} // namespace

Result<int> list_tests(const std::vector<std::string>& argv,
                       std::span<const config::ListedKernel> kernels) {
    // A nextest that does not say whose listing it wants (before 0.9.138) has the test itself say
    // what it is not meant for: its settings cannot be known here.
    const bool of_ignored = std::ranges::find(argv, "--ignored") != argv.end() &&
                            env("NEXTEST_WORKSPACE_ROOT") && env("NEXTEST_BINARY_ID");
    if (kernels.empty() && !of_ignored) {
        return fail(exec_natively(argv)); // it takes our place; here it could not
    }
    const auto declarations = declarations_in(argv.front());
    std::vector<std::string> skipped;
    if (of_ignored && declarations && *declarations) {
        skipped = not_meant_for(kernels, argv.front(), **declarations);
    }
    if (kernels.empty() && skipped.empty()) { // what is wrong with a declaration, its test says
        return fail(exec_natively(argv));
    }
    if (!declarations) {
        return fail(declarations.error());
    }
    TRY_ASSIGN(const auto listing, run_answering({.argv = argv, .in = STDIN_FILENO}));
    std::optional<Error> wrong; // of the configuration, said of the first test
    const auto boots = [&](const std::string& test) {
        const auto names = identify(environment(), argv.front(), test);
        auto settings = settings_of(names);
        if (!settings) {
            wrong = wrong ? std::move(wrong) : std::move(settings).error();
            return true;
        }
        const auto* declared = *declarations ? (*declarations)->test_named(test) : nullptr;
        return !host_only(names, argv.front(), *settings, declared);
    };
    const auto text = kernels.empty() ? listing.out : with_variants(listing.out, kernels, boots);
    if (wrong) {
        return fail(std::move(*wrong));
    }
    TRY(write_all(STDOUT_FILENO, with_ignored(text, skipped)));
    return listing.status.shell_code();
}

} // namespace ktstr::protocol
