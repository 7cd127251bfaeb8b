// A library that is loaded when it is first needed, and not with the program: what a program does
// not use it does not pay for. It stays until the process ends.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <string>

namespace ktstr {

class DynamicLibrary final {
public:
    // By the name that a program linked with it would have: "libgit2.so.1.5". `purpose` ends the
    // error: "which knows the files of a package".
    static Result<DynamicLibrary> load(const std::string& name, const std::string& purpose);

    // Sets `function`; an error when the library has none of that name.
    template <class Function> Result<> find(const char* symbol, Function& function) const {
        TRY_ASSIGN(void* const found, address_of(symbol));
        function = reinterpret_cast<Function>(found); // dlsym(3): POSIX allows it
        return {};
    }

private:
    DynamicLibrary(std::string name, void* handle) : name_(std::move(name)), handle_(handle) {}

    Result<void*> address_of(const char* symbol) const;

    std::string name_;
    void* handle_;
};

} // namespace ktstr
