// Where an attempt's machine comes from: a template of the store, or power-on. A template is a gain
// in time and no more: whatever is wrong with the store costs a boot and a line, never a verdict.
#pragma once

#include "ktstr-runner/session/session.hpp"
#include "ktstr-runner/templates/store.hpp"

#include <functional>
#include <optional>
#include <string>

namespace ktstr::session {

struct Origin {
    std::optional<templates::Store> store; // absent: no templates
    std::string key;
    std::optional<templates::Use> use; // restore this one
    std::optional<FileLock> maker;     // or boot, and save the machine under the key
    std::vector<std::string> notes;    // for people: why it is neither, what was damaged
};

// Layer 0 is the machine that is booted from the spec and no more, layer 1 the one in which the
// request's setup has run.
enum class TemplateLayer { booted, set_up };

// Looks for the template, or gets the right to make it; while another makes it, calls `wait` again
// and again until that says no. The key is taken as it is if it is known.
void find_origin(Origin& origin,
                 const Request& request,
                 TemplateLayer layer,
                 const std::function<bool()>& wait);

// All that the setup is and consumes, as it is now: what is only known at the hand-over is not in
// it.
Result<std::string> setup_identity(const Setup& setup, const std::filesystem::path& cache);

Result<std::string> template_key(const Request& request, TemplateLayer layer);

} // namespace ktstr::session
