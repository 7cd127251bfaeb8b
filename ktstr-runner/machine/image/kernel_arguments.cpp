#include "ktstr-runner/machine/image/kernel_arguments.hpp"

#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ktstr::machine {

namespace {

bool has_early_console(const std::vector<std::string>& words) {
    return std::ranges::any_of(words, [](std::string_view word) {
        return word.starts_with("earlyprintk") || word.starts_with("earlycon");
    });
}

} // namespace

// The last console is /dev/console, where it exists: the kernel opens that for its first program,
// and a serial line that was opened once and has no interrupt is polled for ever. It is also the
// one that takes over from an early console, which therefore must not be there.
std::string kernel_arguments(const MachineSpec& spec, const KernelFacts& facts) {
    std::vector<std::string> words{"console=ttyS0"};
    if (spec.loud) {
        words.insert(words.end(),
                     {"earlyprintk=serial,ttyS0,115200", "ignore_loglevel", "loglevel=8"});
    } else {
        words.emplace_back("quiet");
    }
    if (!has_early_console(words) && !has_early_console(spec.kernel_arguments)) {
        words.insert(words.begin() + 1, "console=ttynull");
    }
    words.insert(words.end(), facts.words.begin(), facts.words.end());
    words.push_back(fmt::format("ktstr.window={:#x},{:#x}", facts.window_base, facts.window_size));
    if (facts.tsc_khz != 0) {
        words.push_back(fmt::format("tsc_early_khz={}", facts.tsc_khz));
    }
    words.insert(words.end(), {"tsc=reliable", "no_timer_check", "panic=-1", "reboot=t"});
    words.insert(words.end(), spec.kernel_arguments.begin(), spec.kernel_arguments.end());
    return join(words, " ");
}

} // namespace ktstr::machine
