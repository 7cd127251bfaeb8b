#include "guest/scheduler/make_cgroups.hpp"

#include "guest/base/text.hpp"

#include <sys/stat.h>

namespace ktstr::guest {

namespace {

// One by one: a controller that cannot be had must not take the others with it.
void give_on_controllers(const std::string& directory) {
    const auto list = read_file(directory + "/cgroup.controllers", 4096).value_or("");
    std::string_view rest = trimmed(list);
    while (!rest.empty()) {
        const auto end = rest.find(' ');
        write_file(directory + "/cgroup.subtree_control", '+' + std::string(rest.substr(0, end)));
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
}

} // namespace

Problem make_cgroup(std::string_view path, const std::string& root) {
    auto directory = root;
    give_on_controllers(directory);
    while (!path.empty()) {
        const auto end = path.find('/');
        const auto name = path.substr(0, end);
        path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
        if (name.empty() || name == ".") {
            continue;
        }
        if (name == "..") {
            return "a cgroup's path has no \"..\"";
        }
        directory += '/' + std::string(name);
        if (::mkdir(directory.c_str(), 0755) != 0 && errno != EEXIST) {
            return errno_text("cannot make the cgroup " + directory);
        }
        give_on_controllers(directory);
    }
    return std::nullopt;
}

} // namespace ktstr::guest
