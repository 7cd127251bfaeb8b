#include "guest/engine/schedulers.hpp"

#include <algorithm>

namespace ktstr::guest {

namespace {

constexpr std::size_t most_stories = 64; // a test that restarts without end

void shorten(std::string& text, std::size_t limit) {
    if (text.size() <= limit) {
        return;
    }
    const auto left_out = text.size() - limit;
    text = text.substr(0, limit / 4) + "\n[" + std::to_string(left_out) +
           " bytes are left out here]\n" + text.substr(text.size() - (limit - limit / 4));
}

} // namespace

Problem Schedulers::attach(const wire::Scheduler& what, const std::function<bool()>& give_up) {
    if (attached() != nullptr) {
        return "scheduler " + current_->what().name + " is attached";
    }
    conclude();
    declared_ = what;
    current_ = std::make_unique<Scheduler>(what, places_);
    auto problem = current_->attach(give_up);
    if (problem) {
        conclude();
    }
    if (problem && problem->empty()) { // would read as none
        problem = "it did not attach";
    }
    return problem;
}

Problem Schedulers::obey(std::string_view order,
                         std::string_view scheduler,
                         const std::function<bool()>& give_up) {
    std::optional<wire::Scheduler> next = declared_;
    if (order == "replace") {
        next = wire::parse<wire::Scheduler>(scheduler);
        if (!next || (next->argv.empty() && next->enable.empty())) {
            return "the scheduler to replace it by cannot be read, or has no program";
        }
    }
    if (order == "detach" || order == "restart") {
        if (auto problem = detach()) {
            return problem;
        }
    } else if (order == "replace" && attached() != nullptr) {
        detach();
    }
    if (order == "detach") {
        return std::nullopt;
    }
    if (!next) {
        return "no scheduler was ever given to this test";
    }
    return attach(*next, give_up);
}

const Scheduler* Schedulers::attached() const {
    return current_ && current_->is_attached() ? current_.get() : nullptr;
}

Problem Schedulers::detach() {
    if (attached() != nullptr) {
        conclude();
        const auto& story = ended_.back();
        if (story.end == wire::SchedulerEnd::would_not_stop) {
            return "scheduler " + story.name + ": " + story.reason;
        }
        return std::nullopt;
    }
    conclude();
    if (ended_.empty()) {
        return "no scheduler is attached";
    }
    return "no scheduler is attached: " + ended_.back().name + " has left (" +
           ended_.back().reason + ')';
}

// It is kept: to let go of a loader is to kill what is left in its cgroup, and what that costs the
// last one need not pay.
void Schedulers::finish() {
    if (current_) {
        current_->detach();
        make_room();
    }
}

void Schedulers::conclude() {
    if (!current_) {
        return;
    }
    current_->detach();
    make_room();
    ended_.push_back(current_->story());
    current_.reset();
}

void Schedulers::make_room() {
    if (ended_.size() < most_stories) {
        return;
    }
    auto victim = std::ranges::find(ended_, wire::SchedulerEnd::clean, &wire::SchedulerStory::end);
    if (victim == ended_.end()) {
        ++lost_;
        victim = ended_.begin() + 1; // the first and the last ones say most
    }
    ended_.erase(victim);
}

std::string Schedulers::problem() const {
    if (lost_ == 0) {
        return {};
    }
    return "too many schedulers of one test ended in trouble: of " +
           std::to_string(ended_.size() + lost_) + " stories " + std::to_string(lost_) +
           " are left out";
}

std::vector<wire::SchedulerStory> Schedulers::stories() const {
    auto stories = ended_;
    if (current_) {
        stories.push_back(current_->story());
    }
    return stories;
}

std::string bounded_story(wire::Story story, std::size_t limit) {
    auto text = wire::dump(story);
    for (std::size_t longest = 256U << 10; text.size() > limit && longest > 256; longest /= 2) {
        for (auto& scheduler : story.schedulers) {
            shorten(scheduler.log, longest);
            shorten(scheduler.dump, longest);
            shorten(scheduler.message, longest);
            shorten(scheduler.reason, longest);
        }
        for (auto& detail : story.details) {
            shorten(detail, longest);
        }
        text = wire::dump(story);
    }
    return text;
}

} // namespace ktstr::guest
