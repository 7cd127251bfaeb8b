#include "ktstr-runner/protocol/list_variants.hpp"

#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/protocol/declared.hpp"
#include "ktstr-runner/protocol/host_only.hpp"
#include "ktstr-runner/protocol/names.hpp"
#include "ktstr-runner/protocol/run_test.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>

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

Result<int> list_variants(const std::vector<std::string>& argv,
                          std::span<const config::ListedKernel> kernels) {
    TRY_ASSIGN(const auto listing, run_answering({.argv = argv, .in = STDIN_FILENO}));
    TRY_ASSIGN(const auto declarations, declarations_in(argv.front()));
    std::optional<Error> wrong; // of the configuration, said of the first test
    const auto boots = [&](const std::string& test) {
        const auto names = identify(environment(), argv.front(), test);
        auto settings = settings_of(names);
        if (!settings) {
            wrong = wrong ? std::move(wrong) : std::move(settings).error();
            return true;
        }
        const auto* declared = declarations ? declarations->test_named(test) : nullptr;
        return !host_only(names, argv.front(), *settings, declared);
    };
    const auto text = with_variants(listing.out, kernels, boots);
    if (wrong) {
        return fail(std::move(*wrong));
    }
    TRY(write_all(STDOUT_FILENO, text));
    return listing.status.shell_code();
}

} // namespace ktstr::protocol
