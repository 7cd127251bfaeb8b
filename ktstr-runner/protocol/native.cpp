#include "ktstr-runner/protocol/native.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <string_view>

namespace ktstr::protocol {

namespace {

struct Advice {
    int code;
    std::string_view hint;
};

constexpr std::array advice{
    Advice{ENOEXEC, "it is not a program of this machine; is it built for another architecture?"},
    Advice{EACCES,  "it is not executable, or stands on a file system mounted noexec"           },
};

} // namespace

Error exec_natively(const std::vector<std::string>& argv) {
    std::vector<char*> pointers;
    for (const auto& word : argv) {
        pointers.push_back(
            const_cast<char*>(word.c_str())); // execve takes char* const[] and writes nothing
    }
    pointers.push_back(nullptr);
    ::execve(argv.front().c_str(), pointers.data(), environ);
    const int code = errno;
    auto error = Error::from_errno("cannot start " + argv.front());
    std::error_code ignored;
    if (code == ENOENT && std::filesystem::exists(argv.front(), ignored)) {
        return std::move(error).hint(
            "the file is there: its dynamic loader is not; `readelf -l` names it");
    }
    const auto known = std::ranges::find(advice, code, &Advice::code);
    return known == advice.end() ? error : std::move(error).hint(std::string(known->hint));
}

} // namespace ktstr::protocol
