#include "cargo-ktstr/planner/enumerate.hpp"

#include "ktstr-runner/base/elf.hpp"
#include "ktstr-runner/config/ktstr_config.hpp"
#include "ktstr-runner/variants/kernels.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace ktstr::planner {

namespace {

// nextest's words for why a test does not run (nextest-metadata, MismatchReason).
constexpr std::string_view ignored_word = "ignored";
constexpr std::string_view partition_word = "partition";

// One binary's tests as nextest lists them, by name.
class Listed {
public:
    explicit Listed(const nextest::Suite& suite) {
        for (const auto& test : suite.tests) {
            tests_.emplace(test.name, &test);
        }
    }

    const nextest::TestCase* find(const std::string& name) const {
        const auto found = tests_.find(name);
        return found == tests_.end() ? nullptr : found->second;
    }

private:
    std::unordered_map<std::string_view, const nextest::TestCase*> tests_;
};

std::vector<const variants::Scheduler*> schedulers_of(const variants::Test& test,
                                                      const variants::Declarations& declarations) {
    std::vector<const variants::Scheduler*> all;
    if (test.scheduler) {
        all.push_back(declarations.scheduler_with(*test.scheduler));
    }
    for (const auto& id : test.staged_schedulers) {
        all.push_back(declarations.scheduler_with(id));
    }
    return all;
}

// Adds the tests of one binary, and their variants.
class Enumeration {
public:
    Enumeration(const VariantsQuestion& question, Variants& out) : question_(question), out_(out) {}

    Result<> add(std::size_t index, const std::optional<variants::Declarations>& declarations) {
        const auto& suite = question_.list.suites[index];
        const Listed listed(suite);
        const auto labelled = listed_kernels(question_.kernels);
        const bool of_compiler = needs_library_prefix(suite.binary, compilers_library);
        std::unordered_set<std::string> seen;
        for (const auto& test_case : suite.tests) {
            const auto [name, kernel] = config::without_label(test_case.name, labelled);
            const bool of_gauntlet = declarations && variants::in_gauntlet(*declarations, name);
            if (of_gauntlet || !seen.insert(name).second) {
                continue; // a variant of one that has been added, or will be
            }
            const bool boots_none = of_compiler || (!labelled.empty() && kernel == nullptr);
            TRY(add_test(index, name, boots_none, listed, declarations));
        }
        return {};
    }

private:
    Result<> add_test(std::size_t index,
                      const std::string& name,
                      bool boots_none,
                      const Listed& listed,
                      const std::optional<variants::Declarations>& declarations) {
        const auto& suite = question_.list.suites[index];
        TRY_ASSIGN(const auto settings,
                   config::settings_for(question_.ktstr_config,
                                        question_.profile,
                                        {.test = name,
                                         .package = suite.package,
                                         .binary = suite.binary_name,
                                         .binary_id = suite.binary_id,
                                         .kind = suite.kind}));
        const auto* const declared = declarations ? declarations->test_named(name) : nullptr;
        PlannedTest test{.suite = index, .name = name, .topology = settings.topology};
        test.machine = settings.machine;
        test.deterministic = settings.deterministic;
        test.on_host = settings.host_only || boots_none || suite.kind == "proc-macro" ||
                       (declared != nullptr && declared->host_only);
        if (declared != nullptr) {
            const auto schedulers = schedulers_of(*declared, *declarations);
            const auto* const own =
                declared->scheduler ? declarations->scheduler_with(*declared->scheduler) : nullptr;
            test.topology = declared->topology;
            test.duration_ms = static_cast<std::uint64_t>(declared->duration.count());
            test.ignored = declared->ignore;
            test.deterministic = test.deterministic || declared->deterministic;
            test.performance = declared->performance_mode;
            test.expects_error =
                declared->expect_err || declared->error_contains || declared->error_matches;
            test.scheduler = own == nullptr ? "" : own->name;
            if (own != nullptr && own->source == variants::SchedulerSource::discover) {
                test.scheduler_program = own->binary;
            }
            test.flags = own == nullptr ? std::vector<variants::Flag>{} : own->flags;
            if (!test.on_host) {
                test.gauntlet = variants::gauntlet_of(*declared, own, question_.room);
            }
            for (const auto& kernel : question_.kernels) {
                TRY_ASSIGN(auto why, variants::why_not_on(schedulers, kernel.entry), name);
                test.unfit.push_back(std::move(why));
            }
        }
        test.unfit.resize(question_.kernels.size());
        out_.tests.push_back(std::move(test));
        add_variants(settings.kernel, listed);
        return {};
    }

    // The kernels of the newest test: all that have labels, or the one that it names.
    std::vector<std::uint16_t> kernels_of(const std::string& spec) const {
        std::vector<std::uint16_t> kernels;
        for (std::size_t i = 0; i < question_.kernels.size(); ++i) {
            const auto& kernel = question_.kernels[i];
            const bool only = question_.kernels.size() == 1;
            if (!kernel.label.empty() || only || kernel.spec == spec) {
                kernels.push_back(static_cast<std::uint16_t>(i));
            }
        }
        return kernels;
    }

    void add_variants(const std::string& spec, const Listed& listed) {
        const auto number = static_cast<std::uint32_t>(out_.tests.size() - 1);
        const auto& test = out_.tests.back();
        auto kernels = kernels_of(spec);
        if (test.on_host || kernels.empty()) {
            kernels = {Variant::none};
        }
        std::vector<bool> match; // as they are declared, on each of these
        for (const auto kernel : kernels) {
            add_variant({.test = number, .kernel = kernel}, listed);
            const auto* const answer = out_.answer_of(out_.all.back());
            match.push_back(answer != nullptr && answer->matches);
        }
        if (!test.gauntlet) {
            return;
        }
        for (std::size_t preset = 0; preset < test.gauntlet->presets.size(); ++preset) {
            for (std::size_t profile = 0; profile < test.gauntlet->profiles.size(); ++profile) {
                for (std::size_t i = 0; i < kernels.size(); ++i) {
                    const Variant variant{.test = number,
                                          .preset = static_cast<std::uint16_t>(preset),
                                          .profile = static_cast<std::uint16_t>(profile),
                                          .kernel = kernels[i]};
                    question_.listed ? add_variant(variant, listed)
                                     : add_unlisted(variant, match[i]);
                }
            }
        }
    }

    void add_variant(Variant variant, const Listed& listed) {
        if (const auto* const found = listed.find(out_.name_of(variant, question_.kernels))) {
            variant.answer = number_of({.ignored = found->ignored,
                                        .matches = found->matches,
                                        .mismatch = found->mismatch});
        }
        variant.left = why_left(variant);
        out_.all.push_back(variant);
    }

    // One of the gauntlet's, as the runner would list it and nextest answer without a filter: as it
    // answered for the test as it is declared, which is ignored by its key, or on a kernel that is
    // not for its scheduler, be that planned or not.
    void add_unlisted(Variant variant, bool declared_matches) {
        const auto& test = out_.test_of(variant);
        if (test.gauntlet->presets[variant.preset].fit == variants::Fit::runs) {
            const bool ignored = !question_.gauntlet || !declared_matches;
            variant.answer = number_of({.ignored = ignored,
                                        .matches = !ignored,
                                        .mismatch = ignored ? std::string(ignored_word) : ""});
        }
        variant.left = why_left(variant);
        out_.all.push_back(variant);
    }

    std::uint8_t number_of(const Answer& answer) {
        const auto found = std::ranges::find(out_.answers, answer);
        const auto number = found - out_.answers.begin();
        if (found == out_.answers.end()) {
            out_.answers.push_back(answer);
        }
        return static_cast<std::uint8_t>(number);
    }

    bool is_unfit(const Variant& variant) const {
        return variant.kernel != Variant::none &&
               out_.test_of(variant).unfit[variant.kernel].has_value();
    }

    Left why_left(const Variant& variant) const {
        const auto& test = out_.test_of(variant);
        const bool of_gauntlet = variant.preset != Variant::none;
        const auto* const answer = out_.answer_of(variant);
        if (answer != nullptr && answer->matches) {
            return Left::runs; // whatever else might be said: nextest will run it
        }
        if (of_gauntlet) {
            const auto& fit = test.gauntlet->presets[variant.preset];
            if (fit.fit != variants::Fit::runs) {
                return fit.fit == variants::Fit::constraints ? Left::constraints : Left::no_room;
            }
        }
        if (is_unfit(variant)) {
            return Left::kernel;
        }
        if (answer != nullptr && answer->mismatch == partition_word) {
            return Left::shard;
        }
        if (answer == nullptr || answer->mismatch != ignored_word) {
            return Left::filtered;
        }
        return of_gauntlet && !question_.gauntlet && !test.ignored ? Left::not_asked
                                                                   : Left::ignored;
    }

    const VariantsQuestion& question_;
    Variants& out_;
};

} // namespace

Result<Variants> enumerate(const VariantsQuestion& question, const Declare& declare) {
    Variants out;
    Enumeration enumeration(question, out);
    for (std::size_t i = 0; i < question.list.suites.size(); ++i) {
        const auto& suite = question.list.suites[i];
        std::optional<variants::Declarations> declarations;
        if (!suite.tests.empty()) {
            TRY_ASSIGN(declarations, declare(suite.binary), suite.binary_id);
        }
        TRY(enumeration.add(i, declarations));
    }
    if (out.answers.size() > Variant::unlisted) { // a number of theirs is one byte
        return fail(ErrorKind::environment, "nextest leaves tests out for too many reasons");
    }
    return out;
}

} // namespace ktstr::planner
