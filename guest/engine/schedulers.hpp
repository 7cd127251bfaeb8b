// The schedulers of one test, one after the other: at most one is attached.
#pragma once

#include "guest/base/os.hpp"
#include "guest/scheduler/scheduler.hpp"
#include "guest/wire/messages.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::guest {

class Schedulers final {
public:
    explicit Schedulers(SchedulerPlaces places) : places_(std::move(places)) {}

    // Starts it and waits until it is attached; it is the one that "attach" starts again.
    Problem attach(const wire::Scheduler& what, const std::function<bool()>& give_up);

    // "detach", "attach", "restart", or "replace" by `scheduler`, JSON of a wire::Scheduler.
    Problem
    obey(std::string_view order, std::string_view scheduler, const std::function<bool()>& give_up);

    // The one that is attached now, as the kernel and its process say; null: none.
    const Scheduler* attached() const;

    // Stops the one that is there. What its loader has started and left lives on.
    void finish();

    // In the order they were started, at most 65. Of more the first that ended clean are left out.
    std::vector<wire::SchedulerStory> stories() const;

    // That stories of trouble had to be left out too; empty: none.
    std::string problem() const;

private:
    Problem detach();
    void conclude();
    void make_room();

    SchedulerPlaces places_;
    std::optional<wire::Scheduler> declared_;
    std::unique_ptr<Scheduler> current_;
    std::vector<wire::SchedulerStory> ended_;
    std::size_t lost_ = 0; // stories of trouble
};

// Story as JSON of at most `limit` bytes: its longest texts are cut in the middle until it fits.
std::string bounded_story(wire::Story story, std::size_t limit);

} // namespace ktstr::guest
