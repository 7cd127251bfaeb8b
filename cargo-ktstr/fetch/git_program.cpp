#include "cargo-ktstr/fetch/git_program.hpp"

#include "cargo-ktstr/net/redact.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace ktstr::fetch {

namespace {

constexpr auto short_limit = std::chrono::minutes{5};
constexpr auto silence_limit = std::chrono::minutes{10};
constexpr std::size_t most_output = std::size_t{64} << 20; // of ls-remote: some 600 000 refs
constexpr std::size_t most_said = 4096;
constexpr std::uint64_t largest_pack = std::uint64_t{32} << 30; // all of linux-next's has some 8 GB
constexpr std::uint64_t left_to_others = std::uint64_t{256} << 20;

std::vector<std::string> command(std::vector<std::string> arguments) {
    std::vector<std::string> out{"git",
                                 "-c",
                                 "core.hooksPath=/dev/null",
                                 "-c",
                                 "core.fsmonitor=false",
                                 "-c",
                                 "core.askPass=",
                                 "-c",
                                 "credential.helper=",
                                 "-c",
                                 "gc.auto=0",
                                 "-c",
                                 "maintenance.auto=false",
                                 "-c",
                                 "advice.detachedHead=false",
                                 // In bytes per second, and seconds.
                                 "-c",
                                 "http.lowSpeedLimit=1024",
                                 "-c",
                                 "http.lowSpeedTime=30"};
    out.insert(out.end(),
               std::make_move_iterator(arguments.begin()),
               std::make_move_iterator(arguments.end()));
    return out;
}

// Variables of git can name programs and other repositories: none is kept but those that say which
// certificates to trust.
std::vector<std::string> clean_environment() {
    auto out = environment();
    std::erase_if(out, [](const std::string& item) {
        const auto name = std::string_view(item).substr(0, item.find('='));
        const bool kept = name == "GIT_SSL_CAINFO" || name == "GIT_SSL_CAPATH";
        return (name.starts_with("GIT_") && !kept) || name == "SSH_ASKPASS" || name == "LC_ALL" ||
               name == "LANGUAGE";
    });
    out.insert(out.end(),
               {"LC_ALL=C.UTF-8",
                "GIT_CONFIG_NOSYSTEM=1",
                "GIT_CONFIG_GLOBAL=/dev/null",
                "GIT_TERMINAL_PROMPT=0",
                "GIT_SSH_COMMAND=ssh -o BatchMode=yes",
                "GIT_ALLOW_PROTOCOL=https:http:git:ssh:file",
                "GIT_PROTOCOL_FROM_USER=0",
                "GIT_NO_LAZY_FETCH=1",
                "GIT_LFS_SKIP_SMUDGE=1"});
    return out;
}

Error git_failed(const ExitStatus& status, const std::string& said) {
    const auto words = net::redacted_text(printable_lines(said));
    return Error(ErrorKind::environment,
                 words.empty() ? "git: " + status.describe() : "git: " + words);
}

// git's words for people, line by line: progress comes with carriage returns.
class Said final {
public:
    explicit Said(Progress& progress) : progress_(&progress) {}

    void add(std::string_view text) {
        for (const char c : text) {
            if (c == '\r' || c == '\n') {
                take(c);
            } else if (line_.size() < most_said) {
                line_ += c;
            }
        }
    }

    // The last lines that were no progress.
    const std::string& rest() const { return rest_; }

private:
    void take(char end) {
        progress_->update("git: " + printable(trim(line_)));
        if (end == '\n' && line_.find('%') == std::string::npos && !trim(line_).empty()) {
            rest_ += line_ + '\n';
            rest_.erase(0, rest_.size() - std::min(rest_.size(), most_said));
        }
        line_.clear();
    }

    Progress* progress_;
    std::string line_;
    std::string rest_;
};

// Until git closes the pipe. False when it says nothing for too long.
Result<bool> listen(int pipe, Said& said) {
    std::array<char, 4096> buffer{};
    for (;;) {
        pollfd ready{.fd = pipe, .events = POLLIN, .revents = 0};
        const int count = ::poll(&ready, 1, Deadline::in(silence_limit).poll_timeout());
        if (count == 0) {
            return false;
        }
        const auto n = count < 0 ? -1 : ::read(pipe, buffer.data(), buffer.size());
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return fail(Error::from_errno("listen to git"));
        }
        if (n == 0) {
            return true;
        }
        said.add(std::string_view(buffer.data(), static_cast<std::size_t>(n)));
    }
}

} // namespace

Result<GitProgram> GitProgram::find() {
    if (!find_program("git")) {
        return fail(Error(ErrorKind::environment, "there is no git, which fetches repositories")
                        .hint("install the package git"));
    }
    return GitProgram();
}

Result<std::string> GitProgram::run(std::vector<std::string> arguments) const {
    TRY_ASSIGN(auto ended,
               run_captured(
                   {
                       .argv = command(std::move(arguments)),
                       .environment = clean_environment(),
                   },
                   Deadline::in(short_limit),
                   most_output));
    if (!ended.status.success()) {
        return fail(git_failed(ended.status, ended.err));
    }
    if (ended.out.size() >= most_output) {
        return fail(ErrorKind::environment, "git says more than " + human_bytes(most_output));
    }
    return std::move(ended.out);
}

Result<std::uint64_t> GitProgram::room_in(const std::filesystem::path& folder) {
    std::error_code error;
    const auto space = std::filesystem::space(folder, error);
    if (error) {
        return fail(ErrorKind::environment, folder.string() + ": " + error.message());
    }
    if (space.available <= left_to_others) {
        return fail(
            Error(ErrorKind::environment,
                  fmt::format("{} has {} left, too little to fetch a repository",
                              folder.string(),
                              human_bytes(space.available)))
                .hint("`cargo ktstr kernel clean` removes kernels, or set KTSTR_CACHE_DIR"));
    }
    return std::min<std::uint64_t>(space.available - left_to_others, largest_pack);
}

Result<> GitProgram::run_long(std::vector<std::string> arguments, Progress& progress) const {
    return run_telling({.argv = command(std::move(arguments)), .environment = clean_environment()},
                       progress);
}

Result<> GitProgram::run_transfer(std::vector<std::string> arguments,
                                  std::uint64_t most_bytes,
                                  Progress& progress) const {
    auto done = run_telling({.argv = command(std::move(arguments)),
                             .environment = clean_environment(),
                             .most_file_bytes = most_bytes},
                            progress);
    if (done) {
        return done;
    }
    if (done.error().one_line().find(std::strerror(EFBIG)) == std::string::npos) {
        return done;
    }
    return fail(
        std::move(done)
            .error()
            .context(fmt::format("the repository has more than the {} that it may take here",
                                 human_bytes(most_bytes)))
            .hint("name a branch or a tag of a server that gives one commit alone, or make "
                  "room"));
}

Result<> GitProgram::run_telling(Spawn spawn, Progress& progress) {
    TRY_ASSIGN(auto pipe, make_pipe());
    spawn.out = pipe.write.get();
    spawn.err = pipe.write.get();
    TRY_ASSIGN(auto child, Child::spawn(spawn));
    pipe.write.reset();
    Said said(progress);
    TRY_ASSIGN(const bool ended, listen(pipe.read.get(), said));
    if (!ended) {
        return fail(ErrorKind::environment,
                    fmt::format("git said nothing for {}", human_time(silence_limit)));
    }
    TRY_ASSIGN(const auto status, child.wait());
    if (!status.success()) {
        return fail(git_failed(status, said.rest()));
    }
    return {};
}

} // namespace ktstr::fetch
