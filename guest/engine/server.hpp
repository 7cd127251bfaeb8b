// The engine's work: the scheduler under test, the test's scenarios, and what is told of both.
#pragma once

#include "guest/engine/line_socket.hpp"
#include "guest/engine/protocol.hpp"
#include "guest/engine/schedulers.hpp"
#include "guest/scheduler/bpf_programs.hpp"
#include "guest/wire/random.hpp"
#include "guest/workload/run.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::guest {

using RunScenario =
    std::function<workload::Ran(std::string_view scenario, workload::Surroundings& around)>;

class EngineServer final : private workload::Surroundings {
public:
    // `control`: to the agent; `listener`: a listening socket, for one client at a time.
    EngineServer(Fd control, Fd listener, RunScenario run, const SchedulerPlaces& places);

    // Until the agent says "finish" or is gone.
    void serve();

private:
    // workload::Surroundings
    std::optional<std::string> scheduler(std::string_view order, std::string_view with) override;
    std::string scheduler_name() const override;
    std::vector<workload::ProgramCost> program_costs() override;
    bool cancelled() override;
    void send_event(const std::string& json) override;
    std::optional<std::string> next_answer(std::int64_t until_ns) override;
    std::uint64_t varied() override;

    void wait(int timeout_ms) const;
    bool agent_gives_up();
    void look_at_control();
    void obey_control(const std::string& line);
    void accept_client();
    void serve_client();
    void answer(const std::string& line);
    void run_scenario(const Request& request);
    void greet(const Request& request);
    void delay_start();
    void release_scheduler();
    void take_last_words();
    void finish();

    bool is_over() const { return finishing_ || !control_.is_open(); }

    LineSocket control_;
    Fd listener_;
    LineSocket client_;
    RunScenario run_;
    Schedulers schedulers_;
    SchedExt kernel_;
    BpfPrograms programs_;
    std::optional<wire::Random> varied_; // absent: nothing is
    std::vector<std::string> results_;
    std::size_t results_left_out_ = 0; // that were too much to keep
    Verdict verdict_;
    bool finishing_ = false;
    bool give_up_ = false;                                      // on what is being attached
    bool obeying_ = false;                                      // an order about the scheduler
    bool running_ = false;                                      // a scenario
    std::optional<std::map<std::string, std::int64_t>> events_; // as the scheduler was released
};

} // namespace ktstr::guest
