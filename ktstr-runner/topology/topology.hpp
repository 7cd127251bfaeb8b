// Topology: the shape of a machine's processors, written {n}n{l}l{c}c{t}t (nodes, LLCs in all,
// cores per LLC, threads per core), for example 2n4l4c2t. A value. LLCs are spread evenly over the
// nodes, unless those of each are given: 3n2+1+0l4c2t, where the last node has memory alone.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace ktstr {

struct Topology {
    unsigned nodes = 1;
    unsigned llcs = 1;
    unsigned cores = 2; // per LLC
    unsigned threads = 1;

    std::vector<unsigned> uneven; // LLCs of each node; empty when they are spread evenly

    unsigned vcpus() const { return llcs * cores * threads; }

    unsigned llcs_of(unsigned node) const { return uneven.empty() ? llcs / nodes : uneven[node]; }

    unsigned node_of(unsigned llc) const;

    std::string text() const;

    // "1n2l4c2t", "2n3+1l4c2t", or a plain number of CPUs ("4" = 1n1l4c1t). Refuses zeros, LLCs
    // that do not divide by nodes, and more than 1024 vCPUs, each with its own message.
    static Result<Topology> parse(std::string_view text);

    bool operator==(const Topology&) const = default;
};

} // namespace ktstr
