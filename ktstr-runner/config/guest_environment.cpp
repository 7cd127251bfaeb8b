#include "ktstr-runner/config/guest_environment.hpp"

#include "ktstr-runner/base/text.hpp"

#include <algorithm>
#include <array>

namespace ktstr::config {

namespace {

constexpr std::string_view no_desktop = "there is no desktop in the machine";
constexpr std::string_view no_socket = "its socket or process is on the host";
constexpr std::string_view host_service = "belongs to the service or session that started nextest";
constexpr std::string_view host_loader =
    "names libraries or files of the host that are not in the machine";
constexpr std::string_view build_only = "concerns builds, and nothing is built in the machine";
constexpr std::string_view runs_as_root = "tests run as root in the machine";
constexpr std::string_view terminal_only = "describes the terminal of the host";
constexpr std::string_view own_tmp = "the machine has its own /tmp";

constexpr std::array rules{
    EnvRule{"HOME",                            "/root",   runs_as_root                                                 },
    EnvRule{"USER",                            "root",    runs_as_root                                                 },
    EnvRule{"LOGNAME",                         "root",    runs_as_root                                                 },
    EnvRule{"SHELL",                           "/bin/sh", "the shell that the machine has"                             },
    EnvRule{"MAIL",                            "",        runs_as_root                                                 },
    EnvRule{"SUDO_*",                          "",        runs_as_root                                                 },
    EnvRule{"OLDPWD",                          "",        "nothing has changed directory in the machine yet"           },
    EnvRule{"SHLVL",                           "",        "counts shells of the host"                                  },
    EnvRule{"_",                               "",        "names the command that the host's shell ran"                },
    EnvRule{"TMPDIR",                          "",        own_tmp                                                      },
    EnvRule{"TMP",                             "",        own_tmp                                                      },
    EnvRule{"TEMP",                            "",        own_tmp                                                      },
    EnvRule{"TEMPDIR",                         "",        own_tmp                                                      },
    EnvRule{"HOSTNAME",                        "",        "the machine has its own name"                               },
    EnvRule{"KTSTR_*",                         "",        "steers the tool on the host"                                },
    EnvRule{"ACTIONS_RUNTIME_TOKEN",           "",        "opens the caches and artifacts of a CI job"                 },
    EnvRule{
            "CARGO_TARGET_*_RUNNER",           "",        "the runner is on the host; a nested cargo would look for it"},
    EnvRule{"CARGO_MAKEFLAGS",                 "",        "the job server's pipes are on the host"                     },
    EnvRule{"MAKEFLAGS",                       "",        "the job server's pipes are on the host"                     },
    EnvRule{"MFLAGS",                          "",        "the job server's pipes are on the host"                     },
    EnvRule{"RUSTC_WRAPPER",                   "",        build_only                                                   },
    EnvRule{"RUSTC_WORKSPACE_WRAPPER",         "",        build_only                                                   },
    EnvRule{"CARGO_BUILD_RUSTC_WRAPPER",       "",        build_only                                                   },
    EnvRule{"__CARGO_LLVM_COV_RUSTC_WRAPPER*", "",        build_only                                                   },
    EnvRule{"LD_PRELOAD",                      "",        host_loader                                                  },
    EnvRule{"LD_AUDIT",                        "",        host_loader                                                  },
    EnvRule{"LD_DEBUG_OUTPUT",                 "",        host_loader                                                  },
    EnvRule{"LD_PROFILE*",                     "",        host_loader                                                  },
    EnvRule{"DISPLAY",                         "",        no_desktop                                                   },
    EnvRule{"WAYLAND_DISPLAY",                 "",        no_desktop                                                   },
    EnvRule{"XAUTHORITY",                      "",        no_desktop                                                   },
    EnvRule{"WINDOWID",                        "",        no_desktop                                                   },
    EnvRule{"DESKTOP_SESSION",                 "",        no_desktop                                                   },
    EnvRule{"XDG_RUNTIME_DIR",                 "",        no_socket                                                    },
    EnvRule{"XDG_SESSION_*",                   "",        no_desktop                                                   },
    EnvRule{"XDG_CURRENT_DESKTOP",             "",        no_desktop                                                   },
    EnvRule{"XDG_SEAT*",                       "",        no_desktop                                                   },
    EnvRule{"XDG_VTNR",                        "",        no_desktop                                                   },
    EnvRule{"DBUS_*",                          "",        no_socket                                                    },
    EnvRule{"SSH_*",                           "",        no_socket                                                    },
    EnvRule{"GPG_AGENT_INFO",                  "",        no_socket                                                    },
    EnvRule{"GNOME_KEYRING_*",                 "",        no_socket                                                    },
    EnvRule{"DOCKER_HOST",                     "",        no_socket                                                    },
    EnvRule{"TMUX*",                           "",        no_socket                                                    },
    EnvRule{"STY",                             "",        no_socket                                                    },
    EnvRule{"NOTIFY_SOCKET",                   "",        host_service                                                 },
    EnvRule{"LISTEN_PID",                      "",        host_service                                                 },
    EnvRule{"LISTEN_FDS",                      "",        host_service                                                 },
    EnvRule{"LISTEN_FDNAMES",                  "",        host_service                                                 },
    EnvRule{"WATCHDOG_*",                      "",        host_service                                                 },
    EnvRule{"INVOCATION_ID",                   "",        host_service                                                 },
    EnvRule{"JOURNAL_STREAM",                  "",        host_service                                                 },
    EnvRule{"MANAGERPID",                      "",        host_service                                                 },
    EnvRule{"SYSTEMD_EXEC_PID",                "",        host_service                                                 },
    EnvRule{"LS_COLORS",                       "",        terminal_only                                                },
    EnvRule{"TERM_PROGRAM*",                   "",        terminal_only                                                },
    EnvRule{"COLUMNS",                         "",        terminal_only                                                },
    EnvRule{"LINES",                           "",        terminal_only                                                },
    EnvRule{"VTE_VERSION",                     "",        terminal_only                                                },
};

constexpr std::array<std::string_view, 6> system_path{
    "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"};

bool fits(std::string_view pattern, std::string_view name) {
    const auto star = pattern.find('*');
    if (star == std::string_view::npos) {
        return name == pattern;
    }
    const auto head = pattern.substr(0, star);
    const auto tail = pattern.substr(star + 1);
    return name.size() >= head.size() + tail.size() && name.starts_with(head) &&
           name.ends_with(tail);
}

std::string guest_path(std::string_view host) {
    auto folders = host.empty() ? std::vector<std::string>{} : split(host, ':');
    for (const auto folder : system_path) {
        if (std::ranges::find(folders, folder) == folders.end()) {
            folders.emplace_back(folder);
        }
    }
    return join(folders, ":");
}

} // namespace

std::span<const EnvRule> guest_env_rules() {
    return rules;
}

std::vector<std::string> guest_environment(const std::vector<std::string>& host,
                                           const std::string& cwd) {
    std::vector<std::string> out;
    std::string_view path;
    for (const std::string_view entry : host) {
        const auto equals = entry.find('=');
        if (equals == std::string_view::npos || equals == 0) {
            continue; // not a variable that any program could read
        }
        const auto name = entry.substr(0, equals);
        if (name == "PATH") {
            path = entry.substr(equals + 1);
        } else if (name != "PWD" && std::ranges::none_of(rules, [&](const EnvRule& rule) {
                       return fits(rule.pattern, name);
                   })) {
            out.emplace_back(entry);
        }
    }
    for (const auto& rule : rules) {
        if (!rule.value.empty()) {
            out.push_back(std::string(rule.pattern) + "=" + std::string(rule.value));
        }
    }
    out.push_back("PATH=" + guest_path(path));
    out.push_back("PWD=" + cwd);
    return out;
}

} // namespace ktstr::config
