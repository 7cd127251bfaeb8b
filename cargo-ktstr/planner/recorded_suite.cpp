#include "cargo-ktstr/planner/recorded_suite.hpp"

#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ktstr::planner {

namespace {

constexpr std::size_t largest_suite = std::size_t{64} << 20;

// The place of what `is` says in `all`; put at its end where it is not.
template <class T, class Is, class Make>
std::size_t place_of(std::vector<T>& all, const Is& is, const Make& make) {
    const auto found = std::ranges::find_if(all, is);
    if (found != all.end()) {
        return static_cast<std::size_t>(found - all.begin());
    }
    all.push_back(make());
    return all.size() - 1;
}

class Recording {
public:
    explicit Recording(Suite& suite) : suite_(suite) {}

    Result<> add(const std::vector<std::string>& words) {
        const auto test = test_of(words);
        TRY_ASSIGN(auto topology, Topology::parse(words[5] == "-" ? "1" : words[5]));
        auto& planned = suite_.variants.tests[test];
        Variant variant{.test = static_cast<std::uint32_t>(test)};
        if (words[6] != "-") {
            variant.kernel = kernel_of(words[6]);
        }
        if (words[2] == "-") {
            planned.topology = topology;
        } else {
            const auto& presets = planned.gauntlet->presets;
            const auto preset = std::ranges::find_if(
                presets, [&](const auto& one) { return one.preset->name == words[2]; });
            if (preset == presets.end()) {
                return fail(ErrorKind::usage, "no preset " + words[2]);
            }
            variant.preset = static_cast<std::uint16_t>(preset - presets.begin());
            variant.profile = profile_of(planned, words[3]);
        }
        suite_.variants.all.push_back(variant);
        learn(variant, std::chrono::milliseconds(parse_u64(words[7]).value_or(0)));
        return {};
    }

private:
    std::size_t test_of(const std::vector<std::string>& words) {
        const auto binary = place_of(
            suite_.list.suites,
            [&](const auto& one) { return one.binary_id == words[0]; },
            [&] { return nextest::Suite{.binary_id = words[0]}; });
        return place_of(
            suite_.variants.tests,
            [&](const auto& one) { return one.suite == binary && one.name == words[1]; },
            [&] {
                PlannedTest made{.suite = binary, .name = words[1], .on_host = words[5] == "-"};
                made.scheduler = words[4] == "-" ? "" : words[4];
                made.gauntlet.emplace().profiles = {0};
                for (const auto& preset : variants::presets()) {
                    made.gauntlet->presets.push_back({.preset = &preset});
                }
                return made;
            });
    }

    std::uint16_t kernel_of(const std::string& version) {
        return static_cast<std::uint16_t>(place_of(
            suite_.kernels,
            [&](const auto& one) { return one.entry.key == version; },
            [&] {
                return PlannedKernel{
                    .spec = version, .label = "kernel_" + version, .entry = {.key = version}};
            }));
    }

    // "late+strict": flags become known as they come, as a profile of the test's.
    static std::uint16_t profile_of(PlannedTest& test, const std::string& name) {
        variants::Profile profile = 0;
        for (const auto& flag :
             name == "default" || name == "-" ? std::vector<std::string>{} : split(name, '+')) {
            const auto place = place_of(
                test.flags,
                [&](const auto& one) { return one.name == flag; },
                [&] { return variants::Flag{.name = flag, .arguments = {}, .needs = {}}; });
            profile |= variants::Profile{1} << place;
        }
        return static_cast<std::uint16_t>(place_of(
            test.gauntlet->profiles,
            [&](const auto one) { return one == profile; },
            [&] { return profile; }));
    }

    void learn(const Variant& variant, std::chrono::nanoseconds time) {
        const auto& test = suite_.variants.test_of(variant);
        const bool boots = variant.kernel != Variant::none;
        suite_.history.add(Lesson{
            .which = {.binary_id = suite_.list.suites[test.suite].binary_id,
                      .name = suite_.variants.plain_name_of(variant),
                      .kernel_key = boots ? suite_.kernels[variant.kernel].entry.key : ""},
            .backend = test.on_host ? Backend::host : Backend::emulated,
            .wall_ns = time.count(),
            .passed = true,
            .work = {}
        });
    }

    Suite& suite_;
};

} // namespace

Result<Suite> read_suite(const std::filesystem::path& file) {
    TRY_ASSIGN(const auto text, read_file(file, largest_suite));
    Suite suite;
    Recording recording(suite);
    for (const auto& line : split(text, '\n')) {
        if (line.empty() || line.starts_with('#')) {
            continue;
        }
        const auto words = split(line, '\t');
        if (words.size() != 8) {
            return fail(ErrorKind::usage, file.string() + ": not eight words: " + line);
        }
        TRY(recording.add(words), file.string());
    }
    for (auto& test : suite.variants.tests) {
        test.unfit.resize(suite.kernels.size());
    }
    return suite;
}

} // namespace ktstr::planner
