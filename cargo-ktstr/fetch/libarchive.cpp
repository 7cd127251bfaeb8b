#include "cargo-ktstr/fetch/libarchive.hpp"

#include "ktstr-runner/base/text.hpp"

namespace ktstr::fetch {

std::string archive_reason(archive* a) {
    const char* text = archive_error_string(a);
    return text != nullptr ? printable(text) : "unreadable";
}

Error bad_archive(std::string why) {
    return Error(ErrorKind::environment, std::move(why));
}

} // namespace ktstr::fetch
