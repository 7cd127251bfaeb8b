#include "ktstr-runner/protocol/post_vm.hpp"

#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/exit_code.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/protocol/vm_result.hpp"
#include "ktstr-runner/session/host_excuse.hpp"
#include "ktstr-runner/session/verdict.hpp"

#include <signal.h>

#include <algorithm>
#include <array>

namespace ktstr::protocol {

namespace {

using sidecar::Reason;
using sidecar::Verdict;

// A signal that is to end the test reaches the child too; we stay to record what it did.
class SignalsIgnored final {
public:
    SignalsIgnored() {
        for (std::size_t i = 0; i < numbers.size(); ++i) {
            before_.at(i) = ::signal(numbers.at(i), SIG_IGN);
        }
    }

    SignalsIgnored(const SignalsIgnored&) = delete;
    SignalsIgnored& operator=(const SignalsIgnored&) = delete;

    ~SignalsIgnored() {
        for (std::size_t i = 0; i < numbers.size(); ++i) {
            ::signal(numbers.at(i), before_.at(i));
        }
    }

private:
    static constexpr std::array numbers{SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    std::array<sighandler_t, numbers.size()> before_{};
};

// A verdict that was bad already stays.
void end_with(sidecar::Record& record, session::Judgement judgement) {
    if (record.verdict != Verdict::pass && record.verdict != Verdict::skip) {
        record.notes.push_back(std::move(judgement.headline));
        return;
    }
    record.verdict = judgement.verdict;
    record.reason = judgement.reason;
    record.headline = std::move(judgement.headline);
    record.exit_code = judgement.exit_code;
}

// Its end, or none at `limit`. While we are stopped (Ctrl-Z) no time passes: what lay between two
// looks beyond a step is added to the limit. `looked`: when we are known to have run last.
Result<std::optional<ExitStatus>>
wait_until(Child& child, Clock::time_point looked, Clock::time_point limit) {
    constexpr auto step = std::chrono::milliseconds{100};
    constexpr auto stopped = std::chrono::seconds{1}; // a busy host is late by less
    for (;;) {
        const auto now = Clock::now();
        if (now - looked >= stopped) {
            limit += now - looked;
        }
        looked = now;
        TRY_ASSIGN(auto status, child.wait(Deadline::at(std::min(limit, now + step))));
        if (status || now >= limit) {
            return status;
        }
    }
}

} // namespace

Result<> run_post_vm(const PostVm& post_vm, session::Outcome& outcome) {
    TRY_ASSIGN(const auto folder, TempDir::create("ktstr-post-vm"));
    const auto file = folder.path() / "result.json";
    TRY(write_file_atomically(file, vm_result(outcome)), "cannot hand post_vm its result");
    const auto begun = Clock::now();
    TRY_ASSIGN(
        auto child,
        Child::spawn({
            .argv = {post_vm.binary.string(), "--ktstr-post-vm", post_vm.test, file.string()},
            .environment = {},
            .cwd = {},
            .keep = {}
    }));
    const SignalsIgnored ignored;
    TRY_ASSIGN(const auto status,
               post_vm.deadline ? wait_until(child, begun, *post_vm.deadline)
                                : child.wait(Deadline::never()));
    if (!status) {
        child.kill();
        end_with(outcome.record,
                 {Verdict::fail,
                  Reason::time_limit,
                  "time limit reached in post_vm",
                  static_cast<int>(ExitCode::time_limit)});
    } else if (!status->success()) {
        const auto headline = "post_vm: " + status->describe() + "; it says above why";
        if (outcome.host_share.mean < session::least_share) { // what it judges is worth nothing
            end_with(outcome.record,
                     {Verdict::inconclusive,
                      Reason::host_busy,
                      headline + "; but " + session::describe_share(outcome.host_share),
                      static_cast<int>(ExitCode::harness)});
        } else {
            end_with(
                outcome.record,
                {Verdict::fail, Reason::post_vm, headline, static_cast<int>(ExitCode::failed)});
        }
    }
    return {};
}

} // namespace ktstr::protocol
