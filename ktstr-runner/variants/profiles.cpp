#include "ktstr-runner/variants/profiles.hpp"

#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cctype>
#include <iterator>
#include <optional>

namespace ktstr::variants {

namespace {

constexpr std::string_view no_flags = "default";

std::optional<std::size_t> place_of(std::span<const Flag> flags, std::string_view name) {
    const auto found = std::ranges::find(flags, name, &Flag::name);
    return found == flags.end() ? std::nullopt
                                : std::optional(static_cast<std::size_t>(found - flags.begin()));
}

Profile bit(std::size_t place) {
    return Profile{1} << place;
}

bool has(Profile profile, std::size_t place) {
    return (profile & bit(place)) != 0;
}

Error no_such_flag(std::span<const Flag> flags, std::string_view name) {
    std::vector<std::string_view> names;
    std::ranges::transform(flags, std::back_inserter(names), &Flag::name);
    auto error =
        Error(ErrorKind::usage, fmt::format("the scheduler has no flag `{}`", to_utf8(name)));
    const auto near = nearest(name, names);
    return std::move(error).hint(near ? fmt::format("did you mean `{}`?", *near)
                                 : names.empty()
                                     ? "it declares no flags"
                                     : fmt::format("it has {}", fmt::join(names, ", ")));
}

// Those that must be there, to the last that one of them needs.
Profile with_needs(std::span<const Flag> flags, Profile profile) {
    for (Profile before = 0; before != profile;) {
        before = profile;
        for (std::size_t i = 0; i < flags.size(); ++i) {
            for (const auto& need : has(profile, i) ? flags[i].needs : std::vector<std::string>{}) {
                profile |= bit(*place_of(flags, need));
            }
        }
    }
    return profile;
}

Profile set_of(std::span<const Flag> flags, std::span<const std::string> names) {
    Profile out = 0;
    for (const auto& name : names) {
        out |= bit(*place_of(flags, name));
    }
    return out;
}

bool is_name(std::string_view name) {
    return !name.empty() && name != no_flags && std::ranges::all_of(name, [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
    });
}

} // namespace

Result<> check_flags(std::span<const Flag> flags) {
    if (flags.size() > most_flags) {
        return fail(ErrorKind::usage,
                    fmt::format("{} flags are more than {}", flags.size(), most_flags));
    }
    for (std::size_t i = 0; i < flags.size(); ++i) {
        const auto& flag = flags[i];
        if (!is_name(flag.name)) {
            return fail(Error(ErrorKind::usage,
                              fmt::format("`{}` cannot be a flag's name", to_utf8(flag.name)))
                            .hint("letters, digits, `-`, `_` and `.`, and not `default`"));
        }
        if (place_of(flags, flag.name) != i) {
            return fail(ErrorKind::usage, fmt::format("the flag `{}` is there twice", flag.name));
        }
        for (const auto& need : flag.needs) {
            if (!place_of(flags, need)) {
                return fail(no_such_flag(flags, need)
                                .context(fmt::format("the flag `{}` has needs", flag.name)));
            }
        }
    }
    return {};
}

Result<> check_wishes(std::span<const Flag> flags, const FlagWishes& wishes) {
    for (const auto* names : {&wishes.required, &wishes.excluded}) {
        for (const auto& name : *names) {
            if (!place_of(flags, name)) {
                return fail(
                    no_such_flag(flags, name)
                        .context(names == &wishes.required ? "required_flags" : "excluded_flags"));
            }
        }
    }
    const auto required = with_needs(flags, set_of(flags, wishes.required));
    if (const auto both = required & set_of(flags, wishes.excluded); both != 0) {
        return fail(ErrorKind::usage,
                    fmt::format("required_flags bring `{}`, which excluded_flags exclude",
                                profile_name(flags, both)));
    }
    return {};
}

std::vector<Profile> profiles(std::span<const Flag> flags, const FlagWishes& wishes) {
    const auto required = with_needs(flags, set_of(flags, wishes.required));
    const auto excluded = set_of(flags, wishes.excluded);
    std::vector<Profile> out;
    for (Profile profile = 0; profile < bit(flags.size()); ++profile) {
        if ((profile & required) == required && (profile & excluded) == 0 &&
            with_needs(flags, profile) == profile) {
            out.push_back(profile);
        }
    }
    std::ranges::stable_sort(out, {}, [](Profile profile) { return std::popcount(profile); });
    return out;
}

std::string profile_name(std::span<const Flag> flags, Profile profile) {
    std::string name;
    for (std::size_t i = 0; i < flags.size(); ++i) {
        if (has(profile, i)) {
            name += (name.empty() ? "" : "+") + flags[i].name;
        }
    }
    return name.empty() ? std::string(no_flags) : name;
}

Result<Profile> profile_named(std::span<const Flag> flags, std::string_view name) {
    Profile profile = 0;
    if (name == no_flags) {
        return profile;
    }
    for (const auto& word : split(name, '+')) {
        const auto place = place_of(flags, word);
        if (!place) {
            return fail(no_such_flag(flags, word));
        }
        profile |= bit(*place);
    }
    if (profile_name(flags, profile) != name) { // one profile has one name
        return fail(Error(ErrorKind::usage, fmt::format("`{}` is no profile", to_utf8(name)))
                        .hint(fmt::format("did you mean `{}`?", profile_name(flags, profile))));
    }
    if (with_needs(flags, profile) != profile) {
        return fail(
            Error(ErrorKind::usage, fmt::format("the profile `{}` lacks what its flags need", name))
                .hint(fmt::format("did you mean `{}`?",
                                  profile_name(flags, with_needs(flags, profile)))));
    }
    return profile;
}

std::vector<std::string> profile_arguments(std::span<const Flag> flags, Profile profile) {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < flags.size(); ++i) {
        if (has(profile, i)) {
            out.insert(out.end(), flags[i].arguments.begin(), flags[i].arguments.end());
        }
    }
    return out;
}

} // namespace ktstr::variants
