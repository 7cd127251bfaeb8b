#include "cargo-ktstr/planner/kernels.hpp"

#include "ktstr-runner/config/ktstr_config.hpp"

#include <algorithm>

namespace ktstr::planner {

namespace {

config::TestNames names_of(const nextest::Suite& suite, const nextest::TestCase& test) {
    return {.test = test.name,
            .package = suite.package,
            .binary = suite.binary_name,
            .binary_id = suite.binary_id,
            .kind = suite.kind};
}

} // namespace

Result<std::vector<PlannedKernel>> plan_kernels(const nextest::TestList& list,
                                                const KernelQuestion& question,
                                                const Resolve& resolve) {
    std::vector<PlannedKernel> planned;
    if (question.asked) {
        planned.push_back(*question.asked);
    }
    for (const auto& suite : list.suites) {
        for (const auto& test : suite.tests) {
            if (!test.matches || suite.kind == "proc-macro") {
                continue;
            }
            TRY_ASSIGN(const auto settings,
                       config::settings_for(
                           question.ktstr_config, question.profile, names_of(suite, test)));
            if (settings.host_only) {
                continue;
            }
            const auto& spec = question.asked ? question.asked->spec : settings.kernel;
            auto found = std::ranges::find(planned, spec, &PlannedKernel::spec);
            if (found == planned.end()) {
                const auto subject = spec.empty()
                                         ? std::string("there is no kernel to test on")
                                         : "cannot use kernel `" + spec + "` of test " + test.name;
                TRY_ASSIGN(auto entry, resolve(spec), subject);
                planned.push_back({.spec = spec, .entry = std::move(entry)});
                found = std::prev(planned.end());
            }
            ++found->tests;
        }
    }
    std::erase_if(planned, [](const auto& kernel) { return kernel.tests == 0; });
    return planned;
}

std::string name_for_runners(const PlannedKernel& kernel) {
    if (!kernel.entry.directory.empty()) {
        return kernel.entry.key;
    }
    std::error_code error;
    const auto path = std::filesystem::canonical(kernel.spec, error);
    return error ? std::filesystem::absolute(kernel.spec).string() : path.string();
}

} // namespace ktstr::planner
