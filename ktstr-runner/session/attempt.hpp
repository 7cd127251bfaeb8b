// Attempt: the state of one session while it runs. One function per step of the story; session.cpp
// tells it in order.
#pragma once

#include "ktstr-runner/machine/window/channel.hpp"
#include "ktstr-runner/session/host_cpus.hpp"
#include "ktstr-runner/session/host_share.hpp"
#include "ktstr-runner/session/kernel_symbols.hpp"
#include "ktstr-runner/session/live_files.hpp"
#include "ktstr-runner/session/measurements.hpp"
#include "ktstr-runner/session/origin.hpp"
#include "ktstr-runner/session/output.hpp"
#include "ktstr-runner/session/phases.hpp"
#include "ktstr-runner/session/returned_files.hpp"
#include "ktstr-runner/session/session.hpp"
#include "ktstr-runner/session/signals.hpp"
#include "ktstr-runner/session/verdict.hpp"

#include <memory>
#include <optional>
#include <string>

namespace ktstr::session {

class Attempt final {
public:
    explicit Attempt(Request request);

    // Each returns when its step is done or the machine's story is over (then over() says so).
    Result<> create();
    Result<> boot();
    Result<> keep();
    Result<> set_up();
    Result<> load();
    // A restored machine that did not come so far as to start the program is booted instead.
    bool template_failed(bool told) const;
    Result<> start_over();
    Result<> hand_over();
    Result<> follow();

    bool over() const;
    Outcome conclude(std::optional<Error> error);

private:
    // Waits for a frame, a signal, stdin or the machine's end, at most a poll interval, and handles
    // what came.
    Result<> turn();
    int poll_timeout_ms() const;
    Result<> take_cpus();
    bool has_own_cpus() const;
    void settle();
    bool restore(Origin& origin, machine::Restored use);
    bool fork(Origin& origin, TemplateLayer layer);
    bool take_fork(Origin& origin, const std::string& name, std::string_view subject);
    Result<> load_for_others(Clock::duration left);
    std::string loaded_name(const Origin& origin) const;
    void count_use(const Origin& origin);
    void go_on_with(std::unique_ptr<machine::Machine> machine, machine::Channel::Position position);
    Result<> stand_still(TemplateLayer layer);
    Result<> check_key(const Origin& origin, TemplateLayer layer) const;
    void serve_as(TemplateLayer layer);
    Result<> serve(Origin& origin, const std::string& name);
    Result<> power_on();
    void give_template_up(const std::string& why);
    bool wait_for_maker(Deadline patience);
    void save_as(TemplateLayer layer);
    void begin_where_clones_do(Origin& origin);
    Result<> stand_by();
    Result<> save(const Origin& origin, TemplateLayer layer);
    Result<> write_payload(const machine::Payload& payload);
    bool fill_in(wire::Job& job);
    bool fill_in_what_is_fixed(wire::Job& job);
    Result<> go_on();
    Result<> await_standstill();
    void begin_boot();
    Result<> take_frames();
    Result<> take(const wire::Frame& frame);
    void log(const wire::Frame& frame);
    void record_inputs();
    void record_frames();
    bool stands_where_asked() const;
    Result<> look();
    Result<> look_with_gdb(const KernelSymbols& symbols);
    Result<> take_hello(const wire::Frame& frame);
    Result<> take_started(const wire::Frame& frame);
    void take_trace(std::string_view text);
    Result<> end_trace(const wire::Frame& frame);
    void no_trace(std::string_view why);
    void count_trace();
    std::int64_t failed_at() const;
    Result<> take_signals();
    Result<> feed_input();
    Result<> watch_time();
    void watch_host();
    void weigh_the_host();
    void learn_of_ending();
    void look_for_oops();
    void take_live_files();
    void count_files();
    Result<> request_stop(const std::string& reason);
    void suspend();
    void shift_deadlines(Clock::duration by);
    bool boot_is_late();
    bool wants_input() const;
    std::string_view console_of_interest() const;

    Request request_;
    Outcome outcome_;
    PhaseClock phases_;
    Facts facts_;
    std::optional<SignalWatch> signals_;
    HostCpus cpus_; // until the machine has ended
    std::unique_ptr<machine::Machine> machine_;
    std::optional<machine::Channel> channel_;
    Origin booted_;                   // the template of the booted machine
    Origin set_up_;                   // and of the one in which the setup has run
    std::optional<FileLock> serving_; // of the nearest layer's: its server of forks is made here
    Origin* restored_ = nullptr; // the one of them that the machine was restored or forked from
    std::string program_;        // what its tests have in common; empty: nothing that is known
    bool loads_ = false;         // it is this test's turn to load it for the others
    bool loaded_ = false;        // the payload is in the machine
    std::optional<wire::Loaded> loaded_answer_;
    bool setup_started_ = false;
    std::optional<wire::Report> setup_report_;
    std::string setup_said_; // when it failed to attach a scheduler
    std::optional<Clock::time_point> setup_deadline_;
    bool lost_ = false;     // the machine serves forks, and gave none
    bool stuck_ = false;    // restored, and does not start the program
    bool standing_ = false; // the guest is ready to be saved
    bool paused_ = true;    // as it is created, restored and saved
    Output out_;
    Output err_;
    ReturnedFiles files_;
    LiveFiles live_files_;
    std::optional<wire::Started> begun_; // the job
    std::optional<wire::Launched> launched_;
    std::optional<TraceFile> trace_; // while it comes
    bool trace_is_told_ = false;     // that it is there, or why not
    Measurements measurements_;
    std::optional<sidecar::FrameLog> said_; // by a deterministic guest, since it has its job
    HostShare host_share_;
    Clock::time_point boot_begun_;
    Clock::time_point boot_deadline_; // when the boot is looked at again
    std::optional<Clock::time_point>
        stop_deadline_; // after a stop: when we wait no longer for the guest
    bool goodbye_ = false;
    bool gave_up_ = false;
    bool input_ended_ = false;
    std::string pending_input_;
    std::uint64_t console_at_ready_ = 0; // bytes that had come when the boot was done
};

} // namespace ktstr::session
