// Lists of CPUs as the kernel writes them: "0-3,8" (cpuset(7), "List format").
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::host {

using CpuList = std::vector<unsigned>; // ascending, each once

// An empty text is an empty list; absent when it is no list.
std::optional<CpuList> parse_cpu_list(std::string_view text);

std::string cpu_list_text(std::span<const unsigned> cpus);

bool contains(const CpuList& list, unsigned cpu);

// In both.
CpuList common(const CpuList& one, const CpuList& other);

// In `list`, and not in `others`.
CpuList without(const CpuList& list, const CpuList& others);

// Sorts, and drops what is there twice.
CpuList as_cpu_list(std::vector<unsigned> cpus);

} // namespace ktstr::host
