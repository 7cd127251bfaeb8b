#include "ktstr-runner/session/inputs.hpp"

#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/host/file_digest.hpp"
#include "ktstr-runner/session/origin.hpp"

#include <fmt/format.h>

namespace ktstr::session {

namespace {

// Of the job what is neither the environment nor a limit of this attempt's.
std::string work_of(wire::Job job) {
    job.environment.clear();
    job.seed.clear();
    return wire::dump(job);
}

std::string shape_of(const machine::MachineSpec& spec) {
    return fmt::format("{}, {} bytes, window of {}{}",
                       spec.topology.text(),
                       spec.memory,
                       spec.window,
                       spec.kernel_arguments.empty() ? ""
                                                     : ", " + join(spec.kernel_arguments, " "));
}

// The memory: a machine that was made anew has the same. An emulator's state has the host's clock
// in it, which no guest sees.
std::string content_of(const templates::Meta& meta) {
    std::string text;
    for (const auto& file : meta.files) {
        if (file.name.starts_with("ram")) {
            text += fmt::format("{} {} {}\n", file.name, file.size, file.digest);
        }
    }
    return text;
}

} // namespace

Result<std::vector<std::string>> inputs_of(const Request& request,
                                           const templates::Meta* machine,
                                           const std::filesystem::path& cache) {
    const host::FactCache facts(cache);
    const auto digest_of = [&](const std::filesystem::path& path) {
        return host::file_digest(path, facts);
    };
    TRY_ASSIGN(const auto kernel, digest_of(request.spec.kernel));
    TRY_ASSIGN(const auto image, digest_of(request.spec.initramfs));
    TRY_ASSIGN(const auto program, digest_of(request.job.argv.at(0)));
    TRY_ASSIGN(const auto files, request.payload.identity(digest_of));
    TRY_ASSIGN(const auto emulator, digest_of(request.machine.emulator));
    std::vector<std::string> inputs{
        std::string("ktstr: ") + KTSTR_VERSION,
        fmt::format("emulator: {} {}", request.machine.emulator_version, emulator),
        "kernel: " + kernel,
        "agent and userland: " + image,
        "machine: " + shape_of(request.spec),
        "template: " + (machine != nullptr ? sha256_of(content_of(*machine)) : "none"),
        "test binary: " + program,
        "files: " + sha256_of(files),
        "environment: " + sha256_of(join(request.job.environment, std::string_view("\0", 1))),
        "job: " + sha256_of(work_of(request.job)),
        fmt::format("seed: {}", request.seed.value_or(0)),
    };
    if (request.setup) {
        TRY_ASSIGN(const auto setup, setup_identity(*request.setup, cache));
        inputs.push_back("setup: " + sha256_of(setup));
    }
    return inputs;
}

} // namespace ktstr::session
