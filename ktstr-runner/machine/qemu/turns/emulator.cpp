#include "ktstr-runner/machine/qemu/turns/emulator.hpp"

#include <dlfcn.h>

namespace ktstr::machine::qemu::turns {

namespace {

constexpr int clock_virtual = 1; // QEMUClockType
constexpr int nanoseconds = 1;
constexpr int attribute_external = 1; // QEMU_TIMER_ATTR_EXTERNAL: not waited for in idleness

using Callback = void (*)(void*);

// Of QEMU 5.0 to 10.0: util/qemu-timer.c, system/runstate.c, qapi/qapi-util.c.
struct Emulator {
    void (*prepare_stop)();
    void (*request_stop)(int state);
    int (*parse_enum)(const void* lookup, const char* word, int otherwise, void* error);
    const void* run_states;
    std::int64_t (*clock_ns)(int clock);
    void (*init_timer)(
        void* timer, void* group, int clock, int scale, int attributes, Callback, void* subject);
    void (*set_timer_ns)(void* timer, std::int64_t at);
    void (*delete_timer)(void* timer);
};

Emulator emulator;

template <class Symbol> bool find(Symbol& symbol, const char* name) {
    symbol = reinterpret_cast<Symbol>(::dlsym(RTLD_DEFAULT, name));
    return symbol != nullptr;
}

} // namespace

const char* find_emulator() {
    auto& e = emulator;
    const char* name = nullptr;
    const auto has = [&name](auto& symbol, const char* wanted) {
        name = wanted;
        return find(symbol, wanted);
    };
    const bool has_all =
        has(e.prepare_stop, "qemu_system_vmstop_request_prepare") &&
        has(e.request_stop, "qemu_system_vmstop_request") && has(e.parse_enum, "qapi_enum_parse") &&
        has(e.run_states, "RunState_lookup") && has(e.clock_ns, "qemu_clock_get_ns") &&
        has(e.init_timer, "timer_init_full") && has(e.set_timer_ns, "timer_mod_ns") &&
        has(e.delete_timer, "timer_del");
    return has_all ? nullptr : name;
}

void request_stop() {
    emulator.prepare_stop();
    emulator.request_stop(emulator.parse_enum(emulator.run_states, "paused", -1, nullptr));
}

std::int64_t now() {
    return emulator.clock_ns(clock_virtual);
}

void Timer::set(std::int64_t at, bool idle_too, Rings rings) {
    rings_ = rings;
    if (!is_there_) {
        emulator.init_timer(
            static_cast<void*>(qemu_timer_),
            nullptr,
            clock_virtual,
            nanoseconds,
            idle_too ? 0 : attribute_external,
            [](void* self) { static_cast<Timer*>(self)->rings_(); },
            this);
        is_there_ = true;
    }
    emulator.set_timer_ns(static_cast<void*>(qemu_timer_), at);
}

void Timer::clear() {
    if (is_there_) {
        emulator.delete_timer(static_cast<void*>(qemu_timer_));
    }
}

} // namespace ktstr::machine::qemu::turns
