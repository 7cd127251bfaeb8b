// Progress of a long step, on stderr: one line kept up to date on a terminal, a line now and then
// elsewhere.
#pragma once

#include "ktstr-runner/base/deadline.hpp"

#include <chrono>
#include <string_view>

namespace ktstr {

class Progress final {
public:
    explicit Progress(std::chrono::seconds interval = std::chrono::seconds{20});
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    // Announces a step; time counts from here.
    void step(std::string_view what);
    // Where the step is, with the time added; shown at once or dropped, as suits the output.
    void update(std::string_view where);
    // A line that stays.
    void note(std::string_view line);

    std::chrono::nanoseconds elapsed() const { return Clock::now() - begun_; }

private:
    void clear();

    bool terminal_;
    std::chrono::seconds interval_;
    Clock::time_point begun_ = Clock::now();
    Clock::time_point shown_ = begun_;
    bool dirty_ = false; // the cursor stands in an unfinished line
};

} // namespace ktstr
