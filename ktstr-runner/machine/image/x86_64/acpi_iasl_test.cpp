// ACPICA's own compiler reads our tables back: another mind on the same specification.
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/machine/image/x86_64/acpi.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>

namespace ktstr::machine::x86_64 {

using namespace std::chrono_literals;
using testing::HasSubstr;

namespace {

class Iasl : public testing::Test {
protected:
    void SetUp() override {
        if (!find_program("iasl")) {
            GTEST_SKIP() << "iasl is not installed (Debian: acpica-tools)";
        }
        auto made = TempDir::create("iasl");
        ASSERT_THAT(made, IsOk());
        dir.emplace(std::move(*made));
    }

    // The table as iasl's source text; it finds nothing to complain of.
    std::string read_back(const std::string& name, const Table& table) {
        const auto path = dir->path() / (name + ".dat");
        std::ofstream(path, std::ios::binary)
            .write(reinterpret_cast<const char*>(table.data()),
                   static_cast<std::streamsize>(table.size()));
        const auto ran = run_captured(
            {
                .argv = {"iasl", "-d", path.string()}
        },
            Deadline::in(60s));
        EXPECT_THAT(ran, IsOk());
        if (!ran) {
            return {};
        }
        EXPECT_TRUE(ran->status.success()) << ran->out << ran->err;
        for (const auto* const complaint : {"Error", "Warning", "Invalid", "incorrect"}) {
            EXPECT_THAT(ran->out + ran->err, testing::Not(HasSubstr(complaint)));
        }
        const auto text = read_file(dir->path() / (name + ".dsl"));
        EXPECT_THAT(text, IsOk());
        return text ? *text : std::string();
    }

    std::optional<TempDir> dir;
};

} // namespace

TEST_F(Iasl, ReadsTheDsdt) {
    const auto text = read_back("dsdt", dsdt());
    EXPECT_THAT(text, HasSubstr("Name (_S5, Package (0x04)"));
    EXPECT_THAT(text, HasSubstr("Device (COM1)"));
    EXPECT_THAT(text, HasSubstr("EisaId (\"PNP0501\")"));
    EXPECT_THAT(text, HasSubstr("0x03F8,             // Range Minimum"));
}

TEST_F(Iasl, ReadsTheFadt) {
    const auto text = read_back("fadt", fadt(0xe0030));
    EXPECT_THAT(text, HasSubstr("Hardware Reduced (V5) : 1"));
    EXPECT_THAT(text, HasSubstr("Reset Register Supported (V2) : 1"));
    EXPECT_THAT(text, HasSubstr("Sleep Control Register"));
}

TEST_F(Iasl, ReadsCpusAndNodes) {
    const auto topology = *Topology::parse("4n8l18c2t"); // 288 CPUs: some need an x2APIC
    const auto cpus = processors(topology);
    std::vector<NodeRange> memory;
    for (unsigned node = 0; node < topology.nodes; ++node) {
        memory.push_back({
            {std::uint64_t{node} << 30, 1 << 30},
            node
        });
    }
    const auto apic = read_back("madt", madt(cpus));
    EXPECT_THAT(apic, HasSubstr("Processor x2Apic ID"));
    EXPECT_THAT(apic, HasSubstr(fmt::format("Processor x2Apic ID : {:08X}", cpus.back().apic_id)));
    const auto affinity = read_back("srat", srat(cpus, memory));
    EXPECT_THAT(affinity, HasSubstr("Memory Affinity"));
    EXPECT_THAT(read_back("slit", slit(4)), HasSubstr("Localities"));
    EXPECT_THAT(read_back("hmat", hmat(std::array{0U, 1U, 3U}, 4)),
                HasSubstr("System Locality Latency and Bandwidth Information"));
}

} // namespace ktstr::machine::x86_64
