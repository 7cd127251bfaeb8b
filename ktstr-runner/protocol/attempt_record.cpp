#include "ktstr-runner/protocol/attempt_record.hpp"

#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/base/time_stamp.hpp"
#include "ktstr-runner/host/processor.hpp"
#include "ktstr-runner/sidecar/run_directory.hpp"

namespace ktstr::protocol {

sidecar::Record identity(const config::TestNames& names, const variants::VariantName& variant) {
    sidecar::Record record;
    record.run_id = env("NEXTEST_RUN_ID").value_or("");
    record.package = names.package;
    record.binary_id = names.binary_id;
    record.test = to_utf8(names.test);
    record.own_name = to_utf8(variant.test);
    if (variant.cell) {
        record.preset = variant.cell->preset;
        record.flag_profile = variant.cell->profile;
    }
    record.attempt =
        static_cast<unsigned>(parse_u64(env("NEXTEST_ATTEMPT").value_or("1")).value_or(1));
    // From 0 (nexte.st, "Environment variables").
    const auto repetition = parse_u64(env("NEXTEST_STRESS_CURRENT").value_or(""));
    record.repetition = repetition ? static_cast<unsigned>(*repetition) + 1 : 0;
    record.profile = env("NEXTEST_PROFILE").value_or("default");
    record.started_at_ns = wall_clock_ns();
    record.host_cpu = host::processor_model();
    return record;
}

void put_identity(const sidecar::Record& from, sidecar::Record& to) {
    to.run_id = from.run_id;
    to.package = from.package;
    to.binary_id = from.binary_id;
    to.test = from.test;
    to.own_name = from.own_name;
    to.preset = from.preset;
    to.flag_profile = from.flag_profile;
    to.attempt = from.attempt;
    to.repetition = from.repetition;
    to.profile = from.profile;
    to.host_cpu = from.host_cpu;
    to.started_at_ns = from.started_at_ns;
}

Result<std::filesystem::path> record_directory(const std::filesystem::path& binary) {
    if (const auto directory = env("KTSTR_RUN_DIR"); directory && !directory->empty()) {
        return std::filesystem::path(*directory);
    }
    // <target>/[<triple>/]<cargo profile>/deps/<binary>: the target directory is the outermost one
    // with cargo's tag.
    auto target = binary.parent_path();
    for (auto folder = binary.parent_path(); folder.has_relative_path();
         folder = folder.parent_path()) {
        std::error_code ignored;
        if (std::filesystem::exists(folder / "CACHEDIR.TAG", ignored)) {
            target = folder;
            break;
        }
    }
    return sidecar::run_directory(target, env("NEXTEST_RUN_ID").value_or("no-nextest-run"));
}

} // namespace ktstr::protocol
