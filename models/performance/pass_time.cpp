#include "performance/pass_time.hpp"

#include <algorithm>

namespace wafercast {
namespace {

/// Adds up operators; what they take in all is known when the last one is in.
class Sum {
public:
    void add(const Operator& op, const OperatorCost& cost) {
        sum_.flops += cost.flops;
        sum_.clocked += cost.clocked;
        sum_.bytes += cost.bytes;
        sum_.compute_joules += cost.compute_joules;
        sum_.on_chip_joules += cost.on_chip_joules;
        sum_.memory_joules += cost.memory_joules;
        sum_.network_joules += cost.network_joules;
        sum_.latency += cost.latency;
        sum_.network += cost.network;
        const double work = cost.seconds - cost.latency - cost.network;
        (cost.compute > cost.memory ? sum_.compute : sum_.memory) += work;
        if (!op.in_layer) {
            (op.kind == OperatorKind::kGather ? sum_.first : sum_.last) += cost.seconds;
        } else if (op.kind == OperatorKind::kCollective) {
            communication_ += cost.seconds;
            on_wires_ += cost.network;
        } else {
            computation_ += cost.seconds;
        }
    }

    PassTime finish(double overlap) {
        sum_.communication = communication_;
        sum_.hidden = overlap * std::min(communication_, computation_);
        sum_.layers = computation_ + communication_ - sum_.hidden;
        if (sum_.hidden > 0.0) {
            const double share = sum_.hidden / communication_;
            sum_.network -= share * on_wires_;
            sum_.latency -= share * (communication_ - on_wires_);
        }
        return sum_;
    }

private:
    PassTime sum_;
    double communication_ = 0.0;  ///< of the layers
    double on_wires_ = 0.0;       ///< of it
    double computation_ = 0.0;
};

/// Fields of a shape as a cache's key has them. A field that is added to a shape must be added
/// here.
class KeyWriter {
public:
    explicit KeyWriter(OperatorCache::Key& key) : key_{key} {}

    void operator()(const PointwiseShape& s) {
        static_assert(sizeof(PointwiseShape) == 48);
        put(s.rows, s.width, s.bytes_in, s.bytes_out, code(s.kind) + 64.0 * code(s.cold));
    }
    void operator()(const GemmShape& s) {
        static_assert(sizeof(GemmShape) == 72);
        put(s.m, s.n, s.k, s.weight_bits, s.batches, s.weight_copies, formats(s.weights, s.inputs),
            flags(s.weights_cold, s.narrowed_before, s.constant_weights, s.sparse_weights));
    }
    void operator()(const AttentionShape& s) {
        static_assert(sizeof(AttentionShape) == 80);
        put(s.sequences, s.queries, s.past, s.heads, s.kv_heads, s.head_dim, s.value_dim, s.window,
            formats(s.inputs, s.kv) + 4096.0 * code(s.causal) + 8192.0 * code(s.cold));
    }
    void operator()(const LatentAttentionShape& s) {
        static_assert(sizeof(LatentAttentionShape) == 80);
        put(s.sequences, s.queries, s.past, s.heads, s.rank, s.rope_dim, s.nope_dim, s.value_dim,
            formats(s.inputs, s.kv) + 4096.0 * code(s.cold));
    }
    void operator()(const ExpertsShape& s) {
        static_assert(sizeof(ExpertsShape) == 112);
        put(s.tokens, s.hidden, s.inner, s.experts, s.top_k, s.tensor, s.expert, s.weight_bits,
            s.routing.power, s.load, formats(s.weights, s.inputs),
            flags(s.gated, s.weights_cold, s.exchanged, s.fused, s.coarse_blocks,
                  s.routing.balanced, s.routing.in_order));
    }
    void operator()(const CollectiveShape& s) {
        static_assert(sizeof(CollectiveShape) == 48);
        put(s.ranks, s.bytes, s.element_bytes,
            code(s.kind) + 64.0 * code(s.code) + 4096.0 * code(s.across));
    }

private:
    template <class Enum>
    static double code(Enum value) {
        return static_cast<double>(static_cast<int>(value));
    }
    static double formats(NumberFormat a, NumberFormat b) { return code(a) + 64.0 * code(b); }

    template <class... Bools>
    static double flags(Bools... bits) {
        double sum = 0.0;
        ((sum = 2.0 * sum + (bits ? 1.0 : 0.0)), ...);
        return sum;
    }

    template <class... Numbers>
    void put(Numbers... numbers) {
        std::size_t i = kFirst;
        ((key_[i++] = numbers), ...);
        static_assert(kFirst + sizeof...(Numbers) <= std::tuple_size_v<OperatorCache::Key>);
    }

    static constexpr std::size_t kFirst = 2;
    OperatorCache::Key& key_;
};

double number_of(const DeviceModel& model, const Operator& op) {
    const KernelDevice& device = device_of(model, op);
    return &device == &model.weights ? model.weights_number
           : &device == &model.kv    ? model.kv_number
                                     : model.activations_number;
}

}  // namespace

PassTime time_pass_plainly(const DeviceModel& model, const OperatorList& list) {
    Sum sum;
    for (const Operator& op : list) {
        sum.add(op, time_operator(model, op));
    }
    return sum.finish(model.overlap);
}

PassTime time_pass(const DeviceModel& model, const OperatorList& list, OperatorCache& cache) {
    Sum sum;
    for (const Operator& op : list) {
        OperatorCache::Key key{};
        key[0] = number_of(model, op);
        key[1] = static_cast<double>(static_cast<int>(op.kind)) +
                 64.0 * static_cast<double>(op.shape.index());
        std::visit(KeyWriter{key}, op.shape);
        const KernelTime& kernel =
            cache.get(key, [&] { return kernel_time(device_of(model, op), op); });
        sum.add(op, cost_operator(model, op, kernel));
    }
    return sum.finish(model.overlap);
}

double exposed_share(const PassTime& pass) {
    return pass.communication > 0.0 ? 1.0 - pass.hidden / pass.communication : 1.0;
}

}  // namespace wafercast
