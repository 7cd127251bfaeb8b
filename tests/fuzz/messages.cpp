// A guest's messages: the first byte says which, the rest is its text. What is taken must go out
// and come in again as the same.
#include "guest/wire/messages.hpp"

#include <string>

namespace {

template <class T> void try_message(std::string_view text) {
    const auto message = ktstr::wire::parse<T>(text);
    if (!message) {
        return;
    }
    const auto once = ktstr::wire::dump(*message);
    const auto again = ktstr::wire::parse<T>(once);
    if (!again || ktstr::wire::dump(*again) != once) {
        __builtin_trap();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
    switch (data[0] % 6) {
    case 0:
        try_message<ktstr::wire::Hello>(text);
        break;
    case 1:
        try_message<ktstr::wire::Started>(text);
        break;
    case 2:
        try_message<ktstr::wire::FileBegin>(text);
        break;
    case 3:
        try_message<ktstr::wire::Diagnosis>(text);
        break;
    case 4:
        try_message<ktstr::wire::Report>(text);
        break;
    default:
        try_message<ktstr::wire::Story>(text);
        break;
    }
    return 0;
}
