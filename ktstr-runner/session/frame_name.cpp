#include "ktstr-runner/session/frame_name.hpp"

namespace ktstr::session {

std::string frame_name(wire::FrameType type) {
    switch (type) {
        using enum wire::FrameType;
    case hello:
        return "hello";
    case ready:
        return "ready";
    case standing:
        return "standing";
    case loaded:
        return "loaded";
    case attached:
        return "attached";
    case started:
        return "started";
    case launched:
        return "launched";
    case out:
        return "out";
    case err:
        return "err";
    case file_begin:
        return "file-begin";
    case file_data:
        return "file-data";
    case file_end:
        return "file-end";
    case file_pages:
        return "file-pages";
    case log:
        return "log";
    case diagnosis:
        return "diagnosis";
    case ask_time:
        return "ask-time";
    case story:
        return "story";
    case facts:
        return "facts";
    case report:
        return "report";
    case goodbye:
        return "goodbye";
    default: // the host's, and what a broken guest makes up
        return std::to_string(static_cast<unsigned>(type));
    }
}

} // namespace ktstr::session
