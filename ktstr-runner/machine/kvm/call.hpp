// ioctl(2) on KVM's descriptors, with the request's name in the error.
// Documentation/virt/kvm/api.rst.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <sys/ioctl.h>

#include <cstdint>
#include <string_view>

namespace ktstr::machine::kvm {

// What ioctl returned. `argument` is a pointer, or a value.
template <class T>
Result<int> call(int fd, unsigned long request, T argument, std::string_view name) {
    const int result = ::ioctl(fd, request, argument);
    if (result < 0) {
        return fail(Error::from_errno(std::string(name) + " fails"));
    }
    return result;
}

} // namespace ktstr::machine::kvm

#define KTSTR_KVM(fd, request, argument)                                                           \
    ::ktstr::machine::kvm::call(fd, request, argument, #request)
