#include "ktstr-runner/host/leases.hpp"

#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iterator>

namespace ktstr::host {

namespace {

std::int64_t utc_seconds() {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

LeaseNote note_of(const LeaseWish& wish) {
    return {.pid = ::getpid(), .test = wish.test, .since = utc_seconds()};
}

std::vector<Taken> taken_by(std::span<const LeaseEntry> exclusive) {
    std::vector<Taken> taken;
    for (const auto& entry : exclusive) {
        taken.push_back({.llcs = entry.note.llcs, .housekeeping = entry.note.housekeeping});
    }
    return taken;
}

LeaseHolder holder(const LeaseEntry& entry) {
    return {.kind = entry.kind, .number = entry.number, .note = entry.note};
}

void append(std::span<const LeaseEntry> entries, std::vector<LeaseHolder>& to) {
    std::ranges::transform(entries, std::back_inserter(to), holder);
}

// Waits until one of these has let its file go. They are closed then: who looks again must not
// find our locks.
Result<Waited> wait_for_owner(const std::vector<LeaseEntry>& entries, const LeaseWish& wish) {
    std::vector<Wanted> wanted;
    for (const auto& entry : entries) {
        wanted.push_back({.fd = entry.file.get(), .operation = LOCK_SH});
    }
    return wait_for_one(wanted, wish.patience);
}

// A place in the queue, and what has to be seen from it.
class Queue final {
public:
    explicit Queue(const LeaseWish& wish) : wish_(wish) {}

    // Whom to wait for before CPUs may be chosen: who came before us. Of many, the last: he goes
    // when he is served, or dead, and then we look again. Nobody: it is our turn.
    Result<std::vector<LeaseEntry>> before(const Gate& gate) {
        TRY_ASSIGN(auto waiting, gate.entries(LeaseKind::waiting));
        if (ticket_) {
            std::erase_if(waiting,
                          [&](const LeaseEntry& one) { return one.number >= ticket_->number(); });
        }
        return waiting;
    }

    // Lines up, once.
    Result<> take_ticket(const Gate& gate, unsigned vcpus) {
        if (!ticket_) {
            auto note = note_of(wish_);
            note.vcpus = vcpus;
            TRY_ASSIGN(ticket_, gate.add(LeaseKind::waiting, note));
        }
        return {};
    }

    // One waiter watches one before him, so that a release wakes one; only the first of the queue
    // watches all that hold something, for he cannot know who is done first.
    Result<Waited> wait(std::vector<LeaseEntry> waiting, std::vector<LeaseEntry> holders) {
        std::vector<LeaseHolder> told;
        append(holders, told);
        append(waiting, told);
        wish_.waits_for(told);
        if (!waiting.empty()) {
            waiting.erase(waiting.begin(), std::prev(waiting.end()));
            return wait_for_owner(waiting, wish_);
        }
        return wait_for_owner(holders, wish_);
    }

    std::optional<std::uint64_t> number() const {
        return ticket_ ? std::optional(ticket_->number()) : std::nullopt;
    }

    // Served: the next may choose.
    void leave() { ticket_.reset(); }

private:
    const LeaseWish& wish_;
    std::optional<LeaseFile> ticket_;
};

struct Claim {
    ExclusiveLease lease;
    LeaseNote note;
    std::vector<LeaseEntry> sharers; // who had shares of it before
};

bool overlaps(const LeaseNote& shared, const LeaseNote& exclusive) {
    return shared.llcs.empty() || !common(shared.llcs, exclusive.llcs).empty();
}

Result<Claim> claim(const Gate& gate, const LeaseWish& wish, Placement placement) {
    auto note = note_of(wish);
    note.llcs = placement.llcs;
    note.cpus = placement.cpus;
    note.housekeeping = placement.housekeeping;
    TRY_ASSIGN(auto sharers, gate.entries(LeaseKind::shared));
    std::erase_if(sharers, [&](const LeaseEntry& one) { return !overlaps(one.note, note); });
    note.clearing = !sharers.empty();
    TRY_ASSIGN(auto file, gate.add(LeaseKind::exclusive, note));
    const auto number = file.number();
    return Claim{
        .lease = {.file = std::move(file), .ticket = number, .placement = std::move(placement)},
        .note = std::move(note),
        .sharers = std::move(sharers)
    };
}

// Nobody new comes in once a claim is there, so each that had a share is waited for once.
Result<Waited> wait_for_sharers(Claim& claimed, const LeaseWish& wish) {
    while (!claimed.sharers.empty()) {
        std::vector<LeaseHolder> told;
        append(claimed.sharers, told);
        wish.waits_for(told);
        TRY_ASSIGN(const auto waited,
                   wait_for_owner({std::make_move_iterator(claimed.sharers.begin()),
                                   std::make_move_iterator(claimed.sharers.begin() + 1)},
                                  wish));
        if (waited == Waited::gave_up) {
            return waited;
        }
        claimed.sharers.erase(claimed.sharers.begin());
    }
    if (claimed.note.clearing) { // behind the gate: whoever reads half a note reads another
        TRY_ASSIGN(const auto gate, Gate::enter(wish.directory, wish.patience));
        if (!gate) {
            return Waited::gave_up;
        }
        claimed.note.clearing = false;
        TRY(claimed.lease.file.write(claimed.note));
    }
    return Waited::had;
}

// LLCs of which some CPU is in the list.
std::vector<unsigned> llcs_of(const CpuTopology& topology, const CpuList& cpus) {
    std::vector<unsigned> ids;
    for (const auto& llc : topology.llcs) {
        if (!common(llc.cpus, cpus).empty()) {
            ids.push_back(llc.id);
        }
    }
    return ids;
}

} // namespace

Result<Leases> look_at_leases(const std::filesystem::path& directory) {
    Leases leases;
    std::error_code ignored;
    if (!std::filesystem::is_directory(directory, ignored)) {
        return leases;
    }
    TRY_ASSIGN(const auto gate, Gate::enter(directory, {}));
    for (const auto kind : lease_kinds) {
        TRY_ASSIGN(const auto entries, gate->entries(kind));
        append(entries,
               kind == LeaseKind::waiting     ? leases.waiting
               : kind == LeaseKind::exclusive ? leases.exclusive
                                              : leases.shared);
    }
    return leases;
}

std::string describe(const LeaseHolder& holder) {
    const auto& note = holder.note;
    const auto age = std::chrono::seconds(std::max<std::int64_t>(utc_seconds() - note.since, 0));
    std::string what;
    switch (holder.kind) {
    case LeaseKind::waiting:
        what = fmt::format("waits for {} CPUs", note.vcpus);
        break;
    case LeaseKind::exclusive:
        what = fmt::format(
            "has CPUs {} and {}", cpu_list_text(note.cpus), note.housekeeping.value_or(0));
        break;
    case LeaseKind::shared:
        what = note.cpus.empty() ? std::string("shares all CPUs")
                                 : "shares CPUs " + cpu_list_text(note.cpus);
        break;
    }
    return fmt::format(
        "pid {} (`{}`), which {} since {}", note.pid, printable(note.test), what, human_age(age));
}

Result<std::optional<ExclusiveLease>> lease_exclusively(const LeaseWish& wish, unsigned vcpus) {
    TRY_ASSIGN(const auto topology, wish.topology());
    Queue queue(wish);
    for (;;) {
        std::vector<LeaseEntry> waiting;
        std::vector<LeaseEntry> holders;
        std::optional<Claim> claimed;
        {
            TRY_ASSIGN(const auto gate, Gate::enter(wish.directory, wish.patience));
            if (!gate) {
                return std::nullopt;
            }
            TRY_ASSIGN(waiting, queue.before(*gate));
            TRY_ASSIGN(holders, gate->entries(LeaseKind::exclusive));
            const auto placement =
                waiting.empty() ? place(topology, taken_by(holders), vcpus) : std::nullopt;
            if (placement) {
                TRY_ASSIGN(claimed, claim(*gate, wish, *placement));
                claimed->lease.ticket = queue.number().value_or(claimed->lease.ticket);
                queue.leave();
            } else {
                TRY(queue.take_ticket(*gate, vcpus));
            }
        }
        if (claimed) {
            TRY_ASSIGN(const auto waited, wait_for_sharers(*claimed, wish));
            return waited == Waited::had ? std::optional(std::move(claimed->lease)) : std::nullopt;
        }
        TRY_ASSIGN(const auto waited, queue.wait(std::move(waiting), std::move(holders)));
        if (waited == Waited::gave_up) {
            return std::nullopt;
        }
    }
}

Result<std::optional<SharedLease>> lease_a_share(const LeaseWish& wish) {
    Queue queue(wish);
    // Read before the gate: others need not wait for it.
    std::optional<CpuTopology> topology;
    if (may_have(wish.directory, LeaseKind::exclusive)) {
        TRY_ASSIGN(topology, wish.topology());
    }
    for (;;) {
        std::vector<LeaseEntry> waiting;
        std::vector<LeaseEntry> holders;
        {
            TRY_ASSIGN(const auto gate, Gate::enter(wish.directory, wish.patience));
            if (!gate) {
                return std::nullopt;
            }
            TRY_ASSIGN(holders, gate->entries(LeaseKind::exclusive));
            auto note = note_of(wish);
            if (!holders.empty()) {
                if (!topology) {
                    TRY_ASSIGN(topology, wish.topology());
                }
                note.cpus = shared_cpus(*topology, taken_by(holders));
                note.llcs = llcs_of(*topology, note.cpus);
            }
            if (holders.empty() || !note.cpus.empty()) {
                TRY_ASSIGN(auto file, gate->add(LeaseKind::shared, note));
                return SharedLease{.file = std::move(file), .cpus = std::move(note.cpus)};
            }
            TRY_ASSIGN(waiting, queue.before(*gate));
            TRY(queue.take_ticket(*gate, 0));
        }
        TRY_ASSIGN(const auto waited, queue.wait(std::move(waiting), std::move(holders)));
        if (waited == Waited::gave_up) {
            return std::nullopt;
        }
    }
}

} // namespace ktstr::host
