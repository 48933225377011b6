#include "validation/kernel_suite.hpp"

namespace wafercast {

Result<KernelRows> read_experts_rows(const ReferenceTable& table) {
    KernelRows read;
    read.quantity = "latency_ms";
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
        read.skipped.push_back({i, "not predicted yet"});
    }
    return read;
}

}  // namespace wafercast
