#include "core/design_fields.hpp"

#include "core/catalog.hpp"
#include "core/number_format.hpp"
#include "units/parse_quantity.hpp"

namespace wafercast {
namespace {

namespace dim = dimension;

constexpr double kNoLimit = 1e30;
constexpr double kMaxCount = 1e9;
constexpr double kMaxParts = 1e4;              ///< of one kind in a package
constexpr double kShortestSide = 1e-6;         ///< [m]; a die is cut, not etched
constexpr double kStrongestClustering = 0.05;  ///< alpha to which yields are integrated
constexpr double kSmallestShare = 1e-6;        ///< of a time or a cost that is divided by it
constexpr double kSlowest = 1.0;               ///< [Hz], [byte/s]
constexpr double kShortestLife = 3600.0;       ///< [s]
constexpr std::string_view kFormatChoices =
    "fp32|tf32|bf16|fp16|fp8|fp6|fp4|int8|int4|ternary|int3";

constexpr std::string_view kStackChoices = "vllm|trtllm|sglang|deepspeed|llamacpp";

constexpr FieldInfo plain_text(std::string_view label, std::string_view help) {
    return {.help = help, .label = label};
}
constexpr FieldInfo id_text(std::string_view label, std::string_view help) {
    return {.help = help, .label = label, .is_id = true};
}
constexpr FieldInfo choice(std::string_view choices, std::string_view label,
                           std::string_view help) {
    return {.help = help, .label = label, .choices = choices, .is_id = true};
}
/// A bare id of a catalog entry.
constexpr FieldInfo entry_id(std::string_view kind, std::string_view label, std::string_view help) {
    return {.catalog_kind = kind, .help = help, .label = label, .is_id = true};
}
/// "catalog:ID".
constexpr FieldInfo catalog_id(std::string_view kind, std::string_view label,
                               std::string_view help) {
    return {
        .catalog_kind = kind, .help = help, .label = label, .catalog_prefix = true, .is_id = true};
}
constexpr FieldInfo number(Dimension dimension, std::string_view unit, double minimum,
                           double maximum, std::string_view label, std::string_view help) {
    return {.dimension = dimension,
            .unit = unit,
            .minimum = minimum,
            .maximum = maximum,
            .help = help,
            .label = label};
}
constexpr FieldInfo whole_number(double minimum, double maximum, std::string_view label,
                                 std::string_view help) {
    return {.minimum = minimum, .maximum = maximum, .whole = true, .help = help, .label = label};
}
constexpr FieldInfo from_catalog(FieldInfo info, std::string_view kind, std::string_view field) {
    info.catalog_kind = kind;
    info.catalog_field = field;
    return info;
}
constexpr FieldInfo optional(FieldInfo info) {
    info.optional = true;
    return info;
}
constexpr FieldInfo with_keyword(FieldInfo info, std::string_view keyword) {
    info.keyword = keyword;
    return info;
}

/// Calls visit(path, info, member) for every field, in file order. `D` is Design or const Design.
template <class D, class Visit>
class FieldTable {
public:
    FieldTable(D& design, Visit& visit) : design_{design}, visit_{visit} {}

    void walk() {
        static constexpr auto title = plain_text("Title", "What this design is, in a few words");
        static constexpr auto status = optional(
            plain_text("Status", "\"unvalidated\" where no measurement stands behind the design"));
        visit_("title", title, design_.title);
        visit_("status", status, design_.status);
        for (auto& block : design_.blocks) {
            walk_block(block, "blocks." + block.id + ".");
        }
        for (auto& net : design_.nets) {
            static constexpr auto bandwidth = number(
                dim::bandwidth, "GB/s", 0.0, kNoLimit, "Bandwidth",
                "Data rate this connection carries, per direction; between dies it needs D2D PHYs");
            visit_("nets." + net.from + "." + net.to + ".bandwidth", bandwidth, net.bandwidth);
        }
        for (auto& die : design_.dies) {
            walk_die(die, "dies." + die.id + ".");
        }
        walk_package(design_.package);
        walk_device(design_.device);
        if (design_.system) {
            walk_system(*design_.system);
        }
        if (design_.edge) {
            walk_edge(*design_.edge);
        }
        if (design_.workload) {
            walk_workload(*design_.workload);
        }
        walk_serving(design_.serving);
        if (design_.functional) {
            walk_functional(*design_.functional);
        }
        walk_scenario(design_.scenario);
    }

private:
    template <class B>
    void walk_block(B& block, const std::string& at) {
        static constexpr auto kind =
            id_text("Kind", "What the block is: tensor-core-cluster, sram, hbm3-phy, uncore ...");
        static constexpr auto count =
            whole_number(0.0, kMaxCount, "Physical units",
                         "Units on the die; sets area and yield, and the sold units follow");
        static constexpr auto sold =
            optional(whole_number(0.0, kMaxCount, "Sold units",
                                  "Units enabled in the product; sets the rates; unset means all"));
        static constexpr auto rate =
            number(dim::operation_rate, "TFLOP/s", 0.0, kNoLimit, "Rate per unit",
                   "Peak dense rate of one unit at the device clock (one FMA is two operations)");
        static constexpr auto sram = number(dim::information, "KiB", 0.0, kNoLimit, "SRAM per unit",
                                            "On-chip memory inside one unit");
        static constexpr auto sram_bandwidth =
            number(dim::bandwidth, "GB/s", 0.0, kNoLimit, "SRAM bandwidth per unit",
                   "Rate at which one unit reads its own SRAM at the device clock");
        static constexpr auto unit_area = from_catalog(
            number(dim::area, "mm2", kAboveZero, 1.0, "Area per unit", "Silicon area of one unit"),
            "blocks", "area");
        static constexpr auto area =
            with_keyword(from_catalog(number(dim::area, "mm2", kAboveZero, 1.0, "Area",
                                             "Silicon area of the whole block; \"rest\" is what "
                                             "the published outline leaves"),
                                      "blocks", "area"),
                         "rest");
        static constexpr auto capacity = number(dim::information, "MB", 0.0, kNoLimit, "Capacity",
                                                "Memory of the block on the die; sets area");
        static constexpr auto sold_capacity =
            optional(number(dim::information, "MB", 0.0, kNoLimit, "Sold capacity",
                            "Memory of the block enabled in the product; unset means all"));
        static constexpr auto bandwidth = number(
            dim::bandwidth, "GB/s", 0.0, kNoLimit, "Bandwidth",
            "Rate of the memory block at the device clock, or of all PHYs of the block together");
        static constexpr auto repairable = optional(
            number(dim::none, "", 0.0, 1.0, "Repairable share",
                   "Share of the block's area in which a defect can be repaired or fused off"));
        static constexpr auto power = optional(
            number(dim::power, "W", 0.0, 1e7, "Fixed power",
                   "Power of the whole block at the device clock, for blocks without a rate"));
        static constexpr auto process =
            optional(entry_id("process_nodes", "Area stated at",
                              "Node at which the block's area is stated; unset: the die's own"));
        visit_(at + "kind", kind, block.kind);
        visit_(at + "count", count, block.count);
        visit_(at + "sold", sold, block.sold);
        for (std::size_t i = 0; i < kNumberFormatCount; ++i) {
            visit_(at + "per_unit." + std::string{kNumberFormatNames[i]} + "_dense", rate,
                   block.per_unit.dense_rate[i]);
        }
        visit_(at + "per_unit.sram", sram, block.per_unit.sram);
        visit_(at + "per_unit.sram_bandwidth", sram_bandwidth, block.per_unit.sram_bandwidth);
        visit_(at + "per_unit.area", unit_area, block.per_unit.area);
        visit_(at + "area", area, block.area);
        visit_(at + "capacity", capacity, block.capacity);
        visit_(at + "sold_capacity", sold_capacity, block.sold_capacity);
        visit_(at + "bandwidth", bandwidth, block.bandwidth);
        visit_(at + "repairable", repairable, block.repairable);
        visit_(at + "power", power, block.power);
        visit_(at + "process", process, block.process);
    }

    template <class T>
    void walk_die(T& die, const std::string& at) {
        static constexpr auto process =
            entry_id("process_nodes", "Process", "Process node the die is made on");
        static constexpr auto blocks = id_text("Blocks", "Blocks on this die");
        static constexpr auto width = optional(
            number(dim::length, "mm", kShortestSide, 1.0, "Width",
                   "Side of the die without scribe; with both sides the outline is calibrated"));
        static constexpr auto height = optional(
            number(dim::length, "mm", kShortestSide, 1.0, "Height",
                   "Other side of the die; setting one side alone keeps the content's area"));
        static constexpr auto yield_model =
            id_text("Yield model", "How defects become yield, e.g. negative-binomial");
        static constexpr auto test =
            catalog_id("tests", "Test", "Wafer sort and final test: cost and coverage");
        static constexpr auto nre =
            catalog_id("nre", "Non-recurring cost", "Design, masks, software and IP of this die");
        static constexpr auto defect_density =
            optional(number(dim::per_area, "/cm2", 0.0, 1e8, "Defect density",
                            "Killer defects per area; unset: the node's"));
        static constexpr auto clustering =
            optional(number(dim::none, "", kStrongestClustering, 1e6, "Clustering",
                            "Clustering parameter alpha of the defects; unset: the node's"));
        static constexpr auto reuse =
            optional(number(dim::none, "", 1.0, 1e6, "Shared by products",
                            "Products that share this die's non-recurring cost"));
        visit_(at + "process", process, die.process);
        visit_(at + "blocks", blocks, die.blocks);
        visit_(at + "width", width, die.width);
        visit_(at + "height", height, die.height);
        visit_(at + "yield_model", yield_model, die.yield_model);
        visit_(at + "test", test, die.test);
        visit_(at + "nre", nre, die.nre);
        visit_(at + "defect_density", defect_density, die.defect_density);
        visit_(at + "clustering", clustering, die.clustering);
        visit_(at + "reuse", reuse, die.reuse);
    }

    template <class P>
    void walk_package(P& package) {
        static constexpr auto technology = entry_id("packages", "Packaging technology",
                                                    "How dies and memory are joined, e.g. cowos-s");
        static constexpr auto d2d =
            optional(entry_id("links", "Die-to-die link",
                              "Link between dies of the package; unset: the technology's own"));
        static constexpr auto die_count =
            whole_number(1.0, kMaxParts, "Dies in the package", "Dies of this kind in one package");
        static constexpr auto on = optional(
            id_text("Stacked on", "Die it is stacked on; unset: on the package's carrier"));
        static constexpr auto stack =
            entry_id("memories", "Memory", "Memory stack or module, e.g. hbm3-16gb");
        static constexpr auto stack_count =
            whole_number(0.0, kMaxParts, "Memory stacks", "Stacks or modules of this kind");
        static constexpr auto pin_rate =
            optional(number(dim::bandwidth, "Gb/s", kSlowest, kNoLimit, "Pin rate",
                            "Data rate of one pin; unset: the memory's rated one"));
        visit_("package.technology", technology, package.technology);
        visit_("package.d2d", d2d, package.d2d);
        for (auto& die : package.dies) {
            visit_("package.dies." + die.die + ".count", die_count, die.count);
            visit_("package.dies." + die.die + ".on", on, die.on);
        }
        for (auto& memory : package.memory) {
            const std::string at = "package.memory." + memory.id + ".";
            visit_(at + "stack", stack, memory.stack);
            visit_(at + "count", stack_count, memory.count);
            visit_(at + "pin_rate", pin_rate, memory.pin_rate);
        }
    }

    template <class T>
    void walk_device(T& device) {
        static constexpr auto clock = number(dim::frequency, "GHz", kSlowest, 1e12, "Clock",
                                             "Clock of the device; rates and powers follow it");
        static constexpr auto vdd =
            optional(number(dim::voltage, "V", kAboveZero, 20.0, "Supply voltage",
                            "Core voltage; unset: the node's nominal one"));
        static constexpr auto power_limit = number(dim::power, "W", kAboveZero, 1e7, "Power limit",
                                                   "Board power limit; above it the clock falls");
        static constexpr auto price =
            optional(from_catalog(number(dim::money, "USD", 0.0, kNoLimit, "Price",
                                         "What an owner pays for one accelerator"),
                                  "accelerators", "price"));
        static constexpr auto rental =
            optional(from_catalog(number(dim::money_per_time, "USD/h", 0.0, kNoLimit, "Rental",
                                         "What a renter pays for one device-hour"),
                                  "accelerators", "rental"));
        static constexpr auto fabric =
            entry_id("fabrics", "Fabric", "Compute fabric: energy per operation and per bit");
        static constexpr auto family =
            entry_id("families", "Family",
                     "Device family and software stack: launch times and efficiencies");
        static constexpr auto vendor =
            entry_id("vendors", "Vendor", "Vendor: gross margin between cost and price");
        visit_("device.clock", clock, device.clock);
        visit_("device.vdd", vdd, device.vdd);
        visit_("device.power_limit", power_limit, device.power_limit);
        visit_("device.price", price, device.price);
        visit_("device.rental", rental, device.rental);
        visit_("device.fabric", fabric, device.fabric);
        visit_("device.family", family, device.family);
        visit_("device.vendor", vendor, device.vendor);
    }

    template <class S>
    void walk_system(S& system) {
        static constexpr auto accelerators =
            whole_number(1.0, 1e6, "Accelerators per server", "Accelerators that share one server");
        static constexpr auto links = optional(entry_id(
            "links", "Scale-up link", "Link between the accelerators of one domain, e.g. nvlink4"));
        static constexpr auto scale_out =
            optional(entry_id("links", "Scale-out link", "Link between servers"));
        static constexpr auto server =
            catalog_id("servers", "Server", "Chassis, host and network: price and power");
        static constexpr auto facility = catalog_id(
            "facilities", "Facility", "Data centre: overhead power, building, finance, lifetime");
        visit_("system.accelerators_per_server", accelerators, system.accelerators_per_server);
        visit_("system.links", links, system.links);
        visit_("system.scale_out", scale_out, system.scale_out);
        visit_("system.server", server, system.server);
        visit_("system.facility", facility, system.facility);
    }

    template <class T>
    void walk_edge(T& edge) {
        static constexpr auto share = number(dim::none, "", kSmallestShare, 1.0, "Device share",
                                             "Share of the part's cost that this workload bears");
        static constexpr auto life =
            number(dim::time, "yr", kShortestLife, kNoLimit, "Life", "How long the device is used");
        static constexpr auto active = number(dim::none, "", kSmallestShare, 1.0, "Active time",
                                              "Share of its life in which it generates tokens");
        static constexpr auto battery =
            optional(catalog_id("batteries", "Battery", "Battery: capacity, price and cycles"));
        visit_("edge.device_share", share, edge.device_share);
        visit_("edge.life", life, edge.life);
        visit_("edge.active_time", active, edge.active_time);
        visit_("edge.battery", battery, edge.battery);
    }

    template <class W>
    void walk_workload(W& workload) {
        static constexpr auto model = entry_id("models", "Model", "Language model that is served");
        static constexpr auto weights =
            choice(kFormatChoices, "Weights", "Number format of the weights");
        static constexpr auto activations =
            choice(kFormatChoices, "Activations", "Number format of the activations");
        static constexpr auto kv =
            choice(kFormatChoices, "KV cache", "Number format of keys and values");
        static constexpr auto attention = optional(
            choice(kFormatChoices, "Attention weights",
                   "Number format of the weights around attention; unset: that of the weights"));
        static constexpr auto experts =
            optional(choice(kFormatChoices, "Expert weights",
                            "Number format of routed experts; unset: that of the weights"));
        static constexpr auto head = optional(
            choice(kFormatChoices, "Head weights",
                   "Number format of embedding and classifier; unset: that of the weights"));
        static constexpr auto input =
            whole_number(1.0, 1e8, "Input tokens", "Prompt length of one request");
        static constexpr auto output =
            whole_number(1.0, 1e8, "Output tokens", "Tokens generated for one request");
        visit_("workload.model", model, workload.model);
        visit_("workload.precision.weights", weights, workload.weight_format);
        visit_("workload.precision.activations", activations, workload.activation_format);
        visit_("workload.precision.kv", kv, workload.kv_format);
        visit_("workload.precision.attention", attention, workload.attention_format);
        visit_("workload.precision.experts", experts, workload.expert_format);
        visit_("workload.precision.head", head, workload.head_format);
        visit_("workload.input_tokens", input, workload.input_tokens);
        visit_("workload.output_tokens", output, workload.output_tokens);
    }

    template <class S>
    void walk_serving(S& serving) {
        static constexpr auto batching =
            id_text("Batching", "How requests share an instance: static, continuous ...");
        static constexpr auto mapping = optional(
            choice("search", "Mapping",
                   "\"search\" finds the cheapest split over accelerators that meets the limits"));
        static constexpr auto tensor = optional(
            whole_number(1.0, 1e6, "Tensor parallel", "Accelerators that split each matrix"));
        static constexpr auto pipeline =
            optional(whole_number(1.0, 1e6, "Pipeline parallel", "Stages that split the layers"));
        static constexpr auto expert = optional(
            whole_number(1.0, 1e6, "Expert parallel", "Accelerators that split the experts"));
        static constexpr auto data = optional(
            whole_number(1.0, 1e6, "Data parallel",
                         "Groups of accelerators that attend to different sequences; unset: as "
                         "many as split the experts"));
        static constexpr auto context =
            optional(whole_number(1.0, 1e6, "Context parallel",
                                  "Accelerators that share the tokens of a KV cache in decode"));
        static constexpr auto overlap =
            optional(number(dim::none, "", 0.0, 1.0, "Overlap",
                            "Share of communication that runs beside computation; unset: none"));
        static constexpr auto stack = optional(
            choice(kStackChoices, "Stack", "Serving software; unset: the family's usual one"));
        static constexpr auto batch = optional(whole_number(
            1.0, 1e8, "Batch",
            "Most sequences in flight per instance; unset: what fits and meets the limits"));
        visit_("serving.batching", batching, serving.batching);
        visit_("serving.mapping", mapping, serving.mapping);
        visit_("serving.tensor_parallel", tensor, serving.tensor_parallel);
        visit_("serving.pipeline_parallel", pipeline, serving.pipeline_parallel);
        visit_("serving.expert_parallel", expert, serving.expert_parallel);
        static constexpr auto prefill = optional(choice(
            "separate|chunked", "Prefill",
            "Prompts in passes of their own, or in chunks beside decoding; unset: separate"));
        static constexpr auto chunk = optional(whole_number(
            16.0, 1e7, "Chunk tokens", "Tokens of a step when prefill is chunked; unset: 2048"));
        static constexpr auto prefill_instances =
            optional(whole_number(1.0, 1e5, "Prefill instances",
                                  "Instances that only prefill; unset: prompts and decoding share "
                                  "instances"));
        static constexpr auto decode_instances = optional(
            whole_number(1.0, 1e5, "Decode instances",
                         "Instances that only decode, beside those that prefill; unset: 1"));
        static constexpr auto hit =
            optional(number(dim::none, "", 0.0, 0.999, "Prefix cache hit",
                            "Share of prompt tokens whose keys a prefix cache holds; unset: 0"));
        static constexpr auto drafts =
            optional(whole_number(0.0, 64.0, "Draft tokens",
                                  "Tokens proposed in a decode step and verified together: "
                                  "speculation or MTP; unset: 0"));
        static constexpr auto acceptance = optional(
            number(dim::none, "", 0.0, 1.0, "Draft acceptance",
                   "Probability that a proposed token is accepted; unset: the functional run's"));
        static constexpr auto draft_cost = optional(
            number(dim::none, "", 0.0, 1.0, "Draft cost",
                   "Time of one drafted token over that of a decode step; unset: one layer "
                   "of the model's"));
        static constexpr auto memory_share =
            optional(number(dim::none, "", kSmallestShare, 1.0, "Memory share",
                            "Share of a device's memory that weights, activations and KV may take; "
                            "unset: 1"));
        visit_("serving.data_parallel", data, serving.data_parallel);
        visit_("serving.context_parallel", context, serving.context_parallel);
        visit_("serving.overlap", overlap, serving.overlap);
        visit_("serving.stack", stack, serving.stack);
        visit_("serving.batch", batch, serving.batch);
        visit_("serving.prefill", prefill, serving.prefill);
        visit_("serving.chunk_tokens", chunk, serving.chunk_tokens);
        visit_("serving.prefill_instances", prefill_instances, serving.prefill_instances);
        visit_("serving.decode_instances", decode_instances, serving.decode_instances);
        visit_("serving.prefix_cache_hit", hit, serving.prefix_cache_hit);
        visit_("serving.draft_tokens", drafts, serving.draft_tokens);
        visit_("serving.draft_acceptance", acceptance, serving.draft_acceptance);
        visit_("serving.draft_cost", draft_cost, serving.draft_cost);
        visit_("serving.memory_share", memory_share, serving.memory_share);
    }

    template <class F>
    void walk_functional(F& functional) {
        static constexpr auto model =
            optional(plain_text("Model file", "\"builtin:tiny\" or the path of a model to run"));
        static constexpr auto text =
            optional(plain_text("Text", "\"builtin:tiny\" or the path of a text to measure on"));
        static constexpr auto weights =
            optional(choice(kFormatChoices, "Weights",
                            "Number format of the candidate's weights; unset: the workload's"));
        static constexpr auto tokens =
            whole_number(1.0, 1e8, "Tokens", "Tokens of the text that are measured");
        visit_("functional.model", model, functional.model);
        visit_("functional.text", text, functional.text);
        visit_("functional.weights", weights, functional.weights);
        visit_("functional.tokens", tokens, functional.tokens);
    }

    template <class S>
    void walk_scenario(S& scenario) {
        static constexpr auto year =
            number(dim::none, "", 1990.0, 2100.0, "Year",
                   "Year at which dated prices and defect densities are read");
        static constexpr auto perspective = choice(
            "builder|owner|renter|api", "Perspective",
            "Whose cost: builder at cost, owner at its price, renter, api at the posted price");
        static constexpr auto utilisation =
            number(dim::none, "", kSmallestShare, 1.0, "Utilisation",
                   "Demand over capacity, averaged over time");
        static constexpr auto ttft = optional(number(dim::time, "s", kAboveZero, 1e9, "TTFT limit",
                                                     "Longest time from request to first token"));
        static constexpr auto tpot =
            optional(number(dim::time, "ms", kAboveZero, 1e9, "TPOT limit",
                            "Longest time per output token after the first"));
        static constexpr auto volume =
            number(dim::none, "", 1.0, 1e12, "Volume",
                   "Devices over which the non-recurring cost is spread");
        static constexpr auto electricity =
            from_catalog(number(dim::money_per_energy, "USD/kWh", 0.0, kNoLimit, "Electricity",
                                "Price of electricity"),
                         "electricity", "price");
        static constexpr auto refresh =
            optional(number(dim::time, "month", kShortestLife, kNoLimit, "Model refresh",
                            "How often burned-in weights are replaced; unset: never"));
        static constexpr auto refresh_nre =
            optional(number(dim::money, "MUSD", 0.0, kNoLimit, "Refresh cost",
                            "Non-recurring cost of one refresh of burned-in weights"));
        static constexpr auto api =
            optional(catalog_id("api_prices", "Posted price",
                                "Price list to compare with; unset: the workload's model"));
        visit_("scenario.year", year, scenario.year);
        visit_("scenario.perspective", perspective, scenario.perspective);
        visit_("scenario.utilisation", utilisation, scenario.utilisation);
        visit_("scenario.limits.ttft", ttft, scenario.ttft_limit);
        visit_("scenario.limits.tpot", tpot, scenario.tpot_limit);
        visit_("scenario.volume", volume, scenario.volume);
        visit_("scenario.electricity", electricity, scenario.electricity);
        visit_("scenario.model_refresh", refresh, scenario.model_refresh);
        visit_("scenario.refresh_nre", refresh_nre, scenario.refresh_nre);
        visit_("scenario.api", api, scenario.api);
    }

    D& design_;
    Visit& visit_;
};

/// Gathers references of one kind.
template <class Ref, class Number, class Text, class List>
struct Gather {
    std::vector<Ref> found;

    void operator()(std::string path, const FieldInfo& info, Number& field) {
        found.push_back(
            {.path = std::move(path), .kind = FieldKind::kNumber, .info = &info, .number = &field});
    }
    void operator()(std::string path, const FieldInfo& info, Text& field) {
        found.push_back(
            {.path = std::move(path), .kind = FieldKind::kText, .info = &info, .text = &field});
    }
    void operator()(std::string path, const FieldInfo& info, List& field) {
        found.push_back(
            {.path = std::move(path), .kind = FieldKind::kTextList, .info = &info, .list = &field});
    }
};

std::string number_text(const Setting& setting, const FieldInfo& info) {
    if (!setting.keyword.empty()) {
        return setting.keyword;
    }
    if (!setting.catalog_id.empty()) {
        return "catalog:" + setting.catalog_id;
    }
    if (!setting.value) {
        return {};
    }
    // A person's own words stay while they still mean the value.
    const auto written = parse_quantity(setting.text);
    if (written && written->value == *setting.value && written->dimension == info.dimension) {
        return setting.text;
    }
    return quantity_text(*setting.value, info.unit);
}

}  // namespace

std::vector<FieldRef> fields(Design& design) {
    Gather<FieldRef, Setting, std::string, std::vector<std::string>> gather;
    FieldTable{design, gather}.walk();
    return std::move(gather.found);
}

std::vector<ConstFieldRef> fields(const Design& design) {
    Gather<ConstFieldRef, const Setting, const std::string, const std::vector<std::string>> gather;
    FieldTable{design, gather}.walk();
    return std::move(gather.found);
}

Result<FieldRef> find_field(Design& design, std::string_view path) {
    const std::string wanted = lower(path);
    std::vector<std::string> known;
    for (auto& field : fields(design)) {
        if (lower(field.path) == wanted) {
            return std::move(field);
        }
        known.push_back(field.path);
    }
    const std::string near = nearest(path, known);
    return Failure{"design.unknown_field",
                   "no field '" + std::string{path} + "' in this design" +
                       (near.empty() ? "" : ", did you mean '" + near + "'?")};
}

std::string field_text(const ConstFieldRef& field) {
    if (field.number != nullptr) {
        return number_text(*field.number, *field.info);
    }
    if (field.text != nullptr) {
        return (field.info->catalog_prefix && !field.text->empty() ? "catalog:" : "") + *field.text;
    }
    std::string joined;
    for (const auto& item : *field.list) {
        joined += (joined.empty() ? "" : ", ") + item;
    }
    return joined;
}

}  // namespace wafercast
