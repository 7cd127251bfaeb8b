#include "cargo-ktstr/planner/kernels.hpp"

#include "ktstr-runner/config/ktstr_config.hpp"
#include "ktstr-runner/variants/name.hpp"

#include <algorithm>

namespace ktstr::planner {

namespace {

config::TestNames names_of(const nextest::Suite& suite, const std::string& test) {
    return {.test = test,
            .package = suite.package,
            .binary = suite.binary_name,
            .binary_id = suite.binary_id,
            .kind = suite.kind};
}

} // namespace

Result<std::vector<PlannedKernel>> plan_kernels(const nextest::TestList& list,
                                                const KernelQuestion& question,
                                                const Resolve& resolve) {
    auto planned = question.asked;
    const auto listed = listed_kernels(planned);
    for (const auto& suite : list.suites) {
        for (const auto& listed_test : suite.tests) {
            if (!listed_test.matches || suite.kind == "proc-macro") {
                continue;
            }
            auto [test, kernel] = config::without_label(listed_test.name, listed);
            if (auto parts = variants::gauntlet_parts(test)) { // ktstr.toml knows the test itself
                test = std::move(parts->test);
            }
            TRY_ASSIGN(const auto settings,
                       config::settings_for(
                           question.ktstr_config, question.profile, names_of(suite, test)));
            if (settings.host_only) {
                continue;
            }
            if (kernel != nullptr) {
                ++std::ranges::find(planned, kernel->label, &PlannedKernel::label)->tests;
                continue;
            }
            const auto& spec = question.asked.empty() ? settings.kernel : planned.front().spec;
            auto found = std::ranges::find(planned, spec, &PlannedKernel::spec);
            if (found == planned.end()) {
                const auto subject = spec.empty()
                                         ? std::string("there is no kernel to test on")
                                         : "cannot use kernel `" + spec + "` of test " + test;
                TRY_ASSIGN(auto entry, resolve(spec), subject);
                planned.push_back({.spec = spec, .label = {}, .entry = std::move(entry)});
                found = std::prev(planned.end());
            }
            ++found->tests;
        }
    }
    std::erase_if(planned, [](const auto& kernel) { return kernel.tests == 0; });
    return planned;
}

std::vector<config::ListedKernel> listed_kernels(std::span<const PlannedKernel> kernels) {
    std::vector<config::ListedKernel> listed;
    for (const auto& kernel : kernels) {
        if (!kernel.label.empty()) {
            listed.push_back({.label = kernel.label, .kernel = name_for_runners(kernel)});
        }
    }
    return listed;
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
