#include "ktstr-runner/base/dynamic_library.hpp"

#include <dlfcn.h>

namespace ktstr {

namespace {

std::string reason() {
    const char* const why = ::dlerror();
    return why != nullptr ? why : "unknown";
}

Error cannot_load(const std::string& name, std::string why, const std::string& purpose) {
    return Error(ErrorKind::environment, std::move(why))
        .context("cannot load " + name + purpose)
        .hint("install the package of that very version, with which ktstr was built");
}

} // namespace

Result<DynamicLibrary> DynamicLibrary::load(const std::string& name, const std::string& purpose) {
    void* const handle = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
        return fail(cannot_load(name, reason(), ", " + purpose));
    }
    return DynamicLibrary(name, handle);
}

Result<void*> DynamicLibrary::address_of(const char* symbol) const {
    void* const found = ::dlsym(handle_, symbol);
    if (found == nullptr) {
        return fail(cannot_load(name_, reason(), ""));
    }
    return found;
}

} // namespace ktstr
