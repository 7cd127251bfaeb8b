#include "ktstr-runner/variants/presets.hpp"

#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

namespace ktstr::variants {

namespace {

#if defined(__x86_64__)
constexpr bool has_smt = true;
#else
constexpr bool has_smt = false; // no ARM server's cores have threads
#endif

Preset
preset(std::string_view name, unsigned nodes, unsigned llcs, unsigned cores, unsigned threads) {
    return {
        .name = name,
        .topology = {
                     .nodes = nodes, .llcs = llcs, .cores = cores, .threads = threads, .uneven = {}}
    };
}

std::vector<Preset> make_presets() {
    std::vector<Preset> all{
        preset("tiny-1llc", 1, 1, 4, 1),         preset("tiny-2llc", 1, 2, 2, 1),
        preset("smt-2llc", 1, 2, 2, 2),          preset("odd-3llc", 1, 3, 3, 1),
        preset("smt-3llc", 1, 3, 2, 2),          preset("odd-7llc", 1, 7, 2, 1),
        preset("odd-5llc", 1, 5, 3, 1),          preset("numa2-4llc", 2, 4, 4, 1),
        preset("medium-4llc", 1, 4, 4, 2),       preset("medium-4llc-nosmt", 1, 4, 8, 1),
        preset("numa4-8llc", 4, 8, 4, 1),        preset("medium-8llc", 1, 8, 4, 2),
        preset("medium-8llc-nosmt", 1, 8, 8, 1), preset("large-4llc", 1, 4, 16, 2),
        preset("large-4llc-nosmt", 1, 4, 32, 1), preset("large-8llc", 1, 8, 8, 2),
        preset("large-8llc-nosmt", 1, 8, 16, 1), preset("numa2-8llc", 2, 8, 8, 2),
        preset("numa2-8llc-nosmt", 2, 8, 16, 1), preset("numa4-12llc", 4, 12, 8, 2),
        preset("near-max-llc", 1, 15, 8, 2),     preset("near-max-llc-nosmt", 1, 15, 16, 1),
        preset("max-cpu", 1, 14, 9, 2),          preset("max-cpu-nosmt", 1, 14, 18, 1),
    };
    std::erase_if(all, [](const Preset& one) { return !has_smt && one.topology.threads > 1; });
    return all;
}

} // namespace

std::span<const Preset> presets() {
    static const auto all = make_presets();
    return all;
}

Result<const Preset*> preset_named(std::string_view name) {
    const auto all = presets();
    if (const auto found = std::ranges::find(all, name, &Preset::name); found != all.end()) {
        return &*found;
    }
    std::vector<std::string_view> names;
    std::ranges::transform(all, std::back_inserter(names), &Preset::name);
    auto error =
        Error(ErrorKind::usage, fmt::format("there is no topology preset `{}`", to_utf8(name)));
    const auto near = nearest(name, names);
    return fail(
        std::move(error).hint(near ? fmt::format("did you mean `{}`?", *near)
                                   : fmt::format("the presets are {}", fmt::join(names, ", "))));
}

} // namespace ktstr::variants
