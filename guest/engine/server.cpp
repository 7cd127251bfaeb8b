#include "guest/engine/server.hpp"

#include "guest/engine/control.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace ktstr::guest {

namespace {

constexpr std::size_t facts_piece = 256U << 10;
constexpr std::size_t longest_story = 900U << 10; // a frame is 1 MiB
constexpr std::size_t most_result_bytes = 32U << 20;
constexpr std::uint64_t longest_delay_ns = 10'000'000; // of a scheduler's start

std::string kernel_release() {
    utsname name{};
    ::uname(&name);
    return name.release;
}

std::uint64_t number_in(std::string_view text) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

} // namespace

EngineServer::EngineServer(Fd control, Fd listener, RunScenario run, const SchedulerPlaces& places)
    : control_(std::move(control)), listener_(std::move(listener)), run_(std::move(run)),
      schedulers_(places), kernel_(places.sched_ext) {}

void EngineServer::serve() {
    control_.send(control::ready);
    while (!is_over()) {
        wait(-1);
        look_at_control();
        if (!client_.is_open()) {
            accept_client();
        }
        serve_client();
    }
    if (finishing_) {
        finish();
    }
}

// For as long as nobody has anything to say: a machine may be saved meanwhile.
void EngineServer::wait(int timeout_ms) const {
    std::array<pollfd, 3> wait{
        {
         {.fd = control_.fd(), .events = POLLIN},
         {.fd = client_.fd(), .events = POLLIN},
         {.fd = client_.is_open() ? -1 : listener_.get(), .events = POLLIN},
         }
    };
    ::poll(wait.data(), wait.size(), timeout_ms);
}

void EngineServer::look_at_control() {
    control_.receive();
    while (auto line = control_.next()) {
        obey_control(*line);
    }
}

void EngineServer::obey_control(const std::string& line) {
    if (line == control::finish) {
        finishing_ = true;
    } else if (line == control::give_up) {
        give_up_ = true;
    } else if (line.starts_with(control::vary)) {
        varied_.emplace(number_in(line.substr(std::string_view(control::vary).size())));
    } else if (line.starts_with(control::attach)) {
        const auto what =
            wire::parse<wire::Scheduler>(line.substr(std::string_view(control::attach).size()));
        give_up_ = false;
        delay_start();
        const auto problem = what ? schedulers_.attach(*what, [this] { return agent_gives_up(); })
                                  : Problem("the scheduler cannot be read");
        wire::Story story{.schedulers = schedulers_.stories(), .problem = problem.value_or("")};
        control_.send(control::attached + bounded_story(std::move(story), longest_story));
        programs_.look();
    }
}

void EngineServer::accept_client() {
    Fd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (client) {
        client_ = LineSocket(std::move(client));
    }
}

void EngineServer::serve_client() {
    client_.receive();
    while (!is_over()) {
        const auto line = client_.next();
        if (!line) {
            return;
        }
        answer(*line);
    }
}

void EngineServer::answer(const std::string& line) {
    const auto parsed = parse_request(line);
    if (!parsed.request) {
        client_.send(error_answer(parsed.id, parsed.error));
        return;
    }
    const auto& request = *parsed.request;
    switch (request.kind) {
    case Request::Kind::hello:
        greet(request);
        break;
    case Request::Kind::scenario:
        run_scenario(request);
        break;
    case Request::Kind::verdict:
        verdict_ = *request.verdict;
        client_.send(ok_answer(request.id));
        if (verdict_.last && !running_) {
            release_scheduler(); // while the program ends
        }
        break;
    case Request::Kind::scheduler:
        if (const auto problem = scheduler(request.text, request.scheduler)) {
            client_.send(error_answer(request.id, *problem));
        } else {
            client_.send(ok_answer(request.id));
        }
        break;
    case Request::Kind::answer: // of a scenario that is over
        break;
    }
}

void EngineServer::greet(const Request& request) {
    if (request.text != KTSTR_VERSION) {
        client_.send(error_answer(request.id,
                                  "the crate ktstr is version " + request.text.substr(0, 64) +
                                      ", the runner and its engine are " KTSTR_VERSION
                                      " (use the same version of both)"));
        return;
    }
    std::optional<AttachedScheduler> attached;
    if (const auto* const current = schedulers_.attached()) {
        attached = {
            .name = current->what().name, .pid = current->pid(), .args = current->what().argv};
    }
    client_.send(hello_answer(request.id, kernel_release(), attached));
}

void EngineServer::run_scenario(const Request& request) {
    if (!run_) {
        client_.send(error_answer(request.id, "this engine was built without workloads"));
        return;
    }
    programs_.look();
    running_ = true;
    const auto ran = run_(request.text, *this);
    running_ = false;
    programs_.look();
    if (!ran.error.empty()) {
        client_.send(error_answer(request.id, ran.error));
        return;
    }
    std::size_t kept = ran.result.size();
    for (const auto& result : results_) {
        kept += result.size();
    }
    if (kept <= most_result_bytes) {
        results_.push_back(ran.result);
    } else {
        ++results_left_out_;
    }
    client_.send(result_answer(request.id, ran.result));
}

std::optional<std::string> EngineServer::scheduler(std::string_view order, std::string_view with) {
    give_up_ = false;
    programs_.look(); // those of one that goes are gone then
    delay_start();
    obeying_ = true;
    auto problem = schedulers_.obey(order, with, [this] { return cancelled(); });
    obeying_ = false;
    return problem;
}

void EngineServer::delay_start() {
    if (varied_) {
        sleep_ns(varied_->below(longest_delay_ns));
    }
}

std::uint64_t EngineServer::varied() {
    return varied_ ? varied_->next() : 0;
}

std::vector<workload::ProgramCost> EngineServer::program_costs() {
    programs_.look();
    std::vector<workload::ProgramCost> costs;
    for (const auto& program : programs_.all()) {
        costs.push_back(
            {.id = program.id, .run_cnt = program.run_cnt, .run_time_ns = program.run_time_ns});
    }
    return costs;
}

std::string EngineServer::scheduler_name() const {
    const auto* const current = schedulers_.attached();
    return current != nullptr ? current->what().name : "";
}

bool EngineServer::agent_gives_up() {
    control_.receive();
    while (const auto line = control_.next()) {
        finishing_ |= *line == control::finish;
        give_up_ |= *line == control::give_up;
    }
    return is_over() || give_up_;
}

// At the end of all the scheduler goes first: one that starves the workers would keep them from
// dying, and us from telling that it did.
bool EngineServer::cancelled() {
    client_.receive();
    const bool over = agent_gives_up() || !client_.is_open();
    if (finishing_ && !obeying_) {
        release_scheduler();
    }
    return over;
}

void EngineServer::release_scheduler() {
    if (!events_) {
        programs_.look();
        events_ = kernel_.events();
    }
    schedulers_.finish(); // again, when one was attached behind the last word
}

void EngineServer::send_event(const std::string& json) {
    client_.send(json);
}

// Anything but an answer to an event and the test's word has to wait for its turn, which this
// client knows.
std::optional<std::string> EngineServer::next_answer(std::int64_t until_ns) {
    while (!cancelled()) {
        const auto line = client_.next();
        if (line) {
            auto parsed = parse_request(*line);
            if (parsed.request && parsed.request->kind == Request::Kind::answer) {
                return std::move(parsed.request->text);
            }
            if (parsed.request && parsed.request->kind == Request::Kind::verdict) {
                answer(*line);
            } else {
                client_.send(error_answer(parsed.id, "a scenario is running"));
            }
        }
        const auto left_ns = until_ns - monotonic_ns();
        if (left_ns <= 0) {
            return std::nullopt;
        }
        if (!line) {
            wait(static_cast<int>(std::min<std::int64_t>(left_ns / 1'000'000 + 1, 1000)));
        }
    }
    return std::nullopt;
}

// What clients had sent before their end counts: a verdict, even when its sender did not wait for
// the answer, nor for its turn.
void EngineServer::take_last_words() {
    constexpr int most_clients = 16; // as many as may wait (listen_at)
    for (int i = 0; i <= most_clients && (i == 0 || client_.is_open()); ++i) {
        client_.receive();
        while (const auto line = client_.next()) {
            auto parsed = parse_request(*line);
            if (parsed.request && parsed.request->kind == Request::Kind::verdict) {
                verdict_ = std::move(*parsed.request->verdict);
            }
        }
        client_.close();
        accept_client();
    }
}

void EngineServer::finish() {
    take_last_words();
    release_scheduler();
    const auto facts = facts_text(results_, programs_.all(), *events_, results_left_out_);
    for (std::size_t at = 0; at < facts.size(); at += facts_piece) {
        control_.send(control::facts + facts.substr(at, facts_piece));
    }
    control_.send(control::story + bounded_story({.schedulers = schedulers_.stories(),
                                                  .verdict = verdict_.verdict,
                                                  .details = verdict_.details,
                                                  .problem = schedulers_.problem()},
                                                 longest_story));
}

} // namespace ktstr::guest
