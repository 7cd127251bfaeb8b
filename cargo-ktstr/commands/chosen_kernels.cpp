#include "cargo-ktstr/commands/chosen_kernels.hpp"

#include "cargo-ktstr/commands/choice.hpp"
#include "cargo-ktstr/commands/maker.hpp"
#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/store/kernel_spec.hpp"
#include "ktstr-runner/store/version.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ktstr::commands {

namespace {

// What of a range the store has, when nobody can be asked which series there are.
Result<std::vector<std::string>> series_in_the_store(const store::RangeSpec& range) {
    TRY_ASSIGN(const auto listing, store::list());
    std::vector<std::string> found;
    for (const auto& entry : listing.entries) {
        auto series = store::series_of(entry.version);
        if (store::compare_versions(series, store::series_of(range.first)) >= 0 &&
            store::compare_versions(series, store::series_of(range.last)) <= 0 &&
            std::ranges::find(found, series) == found.end()) {
            found.push_back(std::move(series));
        }
    }
    std::ranges::sort(
        found, [](const auto& a, const auto& b) { return store::compare_versions(a, b) < 0; });
    return found;
}

Result<std::vector<std::string>> series_of_range(const std::string& text,
                                                 const store::RangeSpec& range) {
    auto asked = ask_maker(std::vector<std::string>{"series", text});
    if (asked) {
        return split(trim(*asked), '\n');
    }
    TRY_ASSIGN(auto found, series_in_the_store(range));
    if (found.empty()) {
        return fail(std::move(asked).error());
    }
    say("kernel.org cannot be asked which series {} has ({}); the store has {}",
        text,
        asked.error().one_line(),
        join(found, ", "));
    return found;
}

Result<std::vector<std::string>> expand(const std::string& text) {
    TRY_ASSIGN(const auto spec, store::parse_kernel_spec(text));
    if (const auto* range = std::get_if<store::RangeSpec>(&spec)) {
        return series_of_range(text, *range);
    }
    return std::vector<std::string>{text};
}

Result<> label_all(std::vector<planner::PlannedKernel>& kernels) {
    for (auto& kernel : kernels) {
        TRY_ASSIGN(const auto spec, store::parse_kernel_spec(kernel.spec));
        auto label = store::kernel_label(spec);
        const auto other = std::ranges::find(kernels, label, &planner::PlannedKernel::label);
        if (other != kernels.end()) {
            return fail(Error(ErrorKind::usage,
                              fmt::format("the kernels `{}` and `{}` would give their tests the "
                                          "same names, .../{}",
                                          other->spec,
                                          kernel.spec,
                                          label))
                            .hint("leave one out"));
        }
        kernel.label = std::move(label);
    }
    return {};
}

} // namespace

Result<store::Entry> resolve_or_make(const std::string& spec) {
    auto found = store::resolve(spec);
    if (found && found->source == store::unverified_source) {
        say("the kernel {} was made of sources that nobody verified", found->key);
    }
    // Nobody who named no kernel waits minutes for one unasked: the error says how to get one.
    if (found || spec.empty() || found.error().kind() != ErrorKind::environment) {
        return found;
    }
    say("{}; making it", found.error().one_line());
    TRY_ASSIGN(const auto key,
               ask_maker(std::vector<std::string>{"build", spec}),
               "cannot make the kernel `" + spec + "`");
    TRY_ASSIGN(auto made, store::find(std::string(trim(key))));
    if (!made) {
        return fail(ErrorKind::internal, "the kernel that was made is not in the store");
    }
    return std::move(*made);
}

Result<std::vector<planner::PlannedKernel>>
chosen_kernels(std::span<const std::string> given, const std::optional<std::string>& inherited) {
    std::vector<std::string> asked(given.begin(), given.end());
    if (asked.size() < 2) {
        const auto one = choose("--kernel",
                                asked.empty() ? std::nullopt : std::optional(asked.front()),
                                "KTSTR_KERNEL",
                                inherited);
        asked = one ? std::vector{*one} : std::vector<std::string>{};
    } else if (inherited && !inherited->empty()) {
        say("the kernels of --kernel are used, not KTSTR_KERNEL={} of the environment", *inherited);
    }
    const auto* where = given.empty() ? "wrong KTSTR_KERNEL" : "wrong --kernel";
    std::vector<planner::PlannedKernel> kernels;
    for (const auto& text : asked) {
        TRY_ASSIGN(const auto specs, expand(text), where);
        for (const auto& spec : specs) {
            kernels.push_back({.spec = spec});
        }
    }
    if (kernels.size() > 1) { // before anything is fetched
        TRY(label_all(kernels));
    }
    for (auto& kernel : kernels) {
        TRY_ASSIGN(kernel.entry, resolve_or_make(kernel.spec), where);
    }
    return kernels;
}

} // namespace ktstr::commands
