// The parts of a scenario that say what happens when: cgroups, ops, holds. All throw BadField.
#pragma once

#include "guest/workload/parse_work.hpp"

namespace ktstr::workload {

void check_cgroup_name(const std::string& name, const std::string& path);
std::vector<Op> to_ops(Fields& fields);            // of its field `ops`
std::vector<CgroupDef> to_cgroups(Fields& fields); // of its field `cgroups`
Step to_step(const Json& value, const std::string& path);

} // namespace ktstr::workload
