// `wafercast eval`: the JSON contract, the identities of its numbers, and how it fails.
#include <cmath>
#include <gtest/gtest.h>

#include "cli/program.hpp"

namespace wafercast::cli_test {
namespace {

/// Largest relative gap between a node and the sum of its children.
double largest_gap(const Json& tree, const char* amount) {
    double gap = 0.0;
    double sum = 0.0;
    for (const Json& child : tree["children"]) {
        sum += child[amount].get<double>();
        gap = std::max(gap, largest_gap(child, amount));
    }
    const double value = tree[amount].get<double>();
    if (!tree["children"].empty()) {
        gap = std::max(gap, std::abs(sum - value) / std::max(std::abs(value), 1e-300));
    }
    return gap;
}

/// Every key of `contract` is in `json`; what is not null has the contract's type.
void expect_shape(const Json& contract, const Json& json, const std::string& path) {
    if (contract.is_object()) {
        ASSERT_TRUE(json.is_object()) << path;
        for (const auto& [key, value] : contract.items()) {
            ASSERT_TRUE(json.contains(key)) << path << '.' << key;
            expect_shape(value, json[key], path + "." + key);
        }
    } else if (contract.is_array()) {
        ASSERT_TRUE(json.is_array()) << path;
        for (const Json& item : json) {
            expect_shape(contract[0], item, path + "[]");
        }
    } else if (contract.is_number()) {
        EXPECT_TRUE(json.is_number()) << path << " is " << json;
    } else if (contract.is_string()) {
        EXPECT_TRUE(json.is_string()) << path << " is " << json;
    } else if (contract.is_boolean()) {
        EXPECT_TRUE(json.is_boolean()) << path << " is " << json;
    }
}

// The contract's own example, with one element in each list.
const char* const kContract = R"({
 "schema": "", "design": "", "feasible": true, "perspective": "", "year": 0,
 "token_economics": { "usd_per_mtok": 0, "usd_per_mtok_input": 0, "usd_per_mtok_output": 0,
   "usd_per_mtok_output_all_in": 0, "joules_per_token": 0, "it_joules_per_token": 0,
   "tokens_per_second": 0, "tokens_per_second_per_accelerator": 0, "accelerators": 0,
   "tokens_per_second_per_user": 0, "ttft_s": 0, "tpot_s": 0, "utilisation": 0, "mfu": 0, "mbu": 0 },
 "perspectives": { "builder": { "usd_per_mtok": 0 }, "owner": { "usd_per_mtok": 0 },
   "renter": { "usd_per_mtok": 0 }, "api": { "usd_per_mtok": 0, "implied_margin": 0 } },
 "bands": { "usd_per_mtok": { "p10": 0, "p50": 0, "p90": 0 },
   "tokens_per_second": { "p10": 0, "p50": 0, "p90": 0 } },
 "functional": { "label": "", "kl": 0, "perplexity": 0, "run_id": "", "statistics": "" },
 "dies": [ { "name": "", "process": "", "area_mm2": 0, "count": 0, "gross_dies_per_wafer": 0,
   "yield": 0, "sellable_yield": 0, "cost_usd": 0 } ],
 "package": { "type": "", "yield": 0, "cost_usd": 0 },
 "device": { "clock_hz": 0, "peak_flops": { "bf16": 0, "fp8": 0 }, "memory_bytes": 0,
   "memory_bytes_per_s": 0, "power_w": 0 },
 "accelerator_cost_usd": 0, "nre_usd": 0,
 "cost_tree": { "label": "", "usd": 0, "children": [ { "label": "", "usd": 0 } ] },
 "energy_tree": { "label": "", "joules": 0, "children": [ { "label": "", "joules": 0 } ] },
 "inference": { "prefill_s": 0, "decode_step_s": 0, "bound": "",
   "operators": [ { "name": "", "seconds": 0, "flops": 0, "bytes": 0, "bound": "" } ] },
 "violations": [ { "constraint": "", "value": 0, "limit": 0, "unit": "" } ],
 "assumptions": [ { "path": "", "value": "", "low": "", "high": "", "source": "",
   "confidence": "" } ] })";

Json evaluate(const std::string& name, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"eval", design(name), "--format", "json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Ran ran = run(arguments);
    EXPECT_TRUE(ran.code == 0 || ran.code == 1) << name << ": " << ran.code << ' ' << ran.err;
    return Json::parse(ran.out);
}

TEST(Evaluate, JsonHasEveryFieldOfTheContract) {
    const Json json = evaluate("h100-sxm");
    expect_shape(Json::parse(kContract), json, "");
    EXPECT_EQ(json["schema"], "wafercast.evaluation/1");
    EXPECT_EQ(json["perspective"], "owner");
    EXPECT_EQ(json["functional"]["label"], "measured");
    EXPECT_EQ(json["functional"]["statistics"], "measured");
    EXPECT_EQ(json["cost_tree"]["label"], "usd_per_mtok");
    EXPECT_EQ(json["energy_tree"]["label"], "joules_per_token");
    EXPECT_FALSE(json["inference"]["operators"].empty());
    EXPECT_FALSE(json["assumptions"].empty());
    const auto& band = json["bands"]["usd_per_mtok"];
    EXPECT_LT(band["p10"].get<double>(), band["p50"].get<double>());
    EXPECT_LT(band["p50"].get<double>(), band["p90"].get<double>());
}

TEST(Evaluate, TreesSumAndTokensAccountForTheCostOfEveryShippedDesign) {
    for (const std::string& name : shipped_designs()) {
        const Json json = evaluate(name, {"--samples", "0", "--no-functional"});
        if (json["token_economics"].is_null()) {
            EXPECT_TRUE(json["perspectives"].is_null()) << name;
            EXPECT_TRUE(json["inference"].is_null()) << name;
            continue;
        }
        EXPECT_LT(largest_gap(json["cost_tree"], "usd"), 1e-9) << name;
        EXPECT_LT(largest_gap(json["energy_tree"], "joules"), 1e-9) << name;
        const Json& t = json["token_economics"];
        const double mtok = t["usd_per_mtok"].get<double>();
        EXPECT_NEAR(json["cost_tree"]["usd"].get<double>() / mtok, 1.0, 1e-9) << name;
        EXPECT_NEAR(
            json["energy_tree"]["joules"].get<double>() / t["joules_per_token"].get<double>(), 1.0,
            1e-9)
            << name;
        // Shipped designs with a workload state how many tokens go in and come out.
        const std::string text = read_file(design(name));
        const auto tokens = [&](const std::string& key) {
            const auto at = text.find("\n" + key + " = ");
            return at == std::string::npos ? 0.0 : std::stod(text.substr(at + key.size() + 4));
        };
        const double in = tokens("input_tokens");
        const double out = tokens("output_tokens");
        ASSERT_GT(out, 0.0) << name;
        const double cost = mtok * (in + out);
        EXPECT_NEAR((in * t["usd_per_mtok_input"].get<double>() +
                     out * t["usd_per_mtok_output"].get<double>()) /
                        cost,
                    1.0, 1e-12)
            << name;
        EXPECT_NEAR(out * t["usd_per_mtok_output_all_in"].get<double>() / cost, 1.0, 1e-12) << name;
        EXPECT_NEAR(t["tokens_per_second_per_accelerator"].get<double>() *
                        t["accelerators"].get<double>() / t["tokens_per_second"].get<double>(),
                    1.0, 1e-12)
            << name;
        EXPECT_NEAR(t["tokens_per_second_per_user"].get<double>() * t["tpot_s"].get<double>(), 1.0,
                    1e-12)
            << name;
        EXPECT_LE(t["it_joules_per_token"].get<double>(), t["joules_per_token"].get<double>())
            << name;
        EXPECT_EQ(json["perspectives"][json["perspective"].get<std::string>()]["usd_per_mtok"],
                  t["usd_per_mtok"])
            << name;
    }
}

TEST(Evaluate, ACostOnlyDesignHasNoTokenEconomics) {
    const Json json = evaluate("epyc-zen1");
    EXPECT_TRUE(json["token_economics"].is_null());
    EXPECT_TRUE(json["perspectives"].is_null());
    EXPECT_TRUE(json["inference"].is_null());
    EXPECT_GT(json["dies"][0]["cost_usd"].get<double>(), 0.0);
}

TEST(Evaluate, TheSameSeedGivesTheSameBytesOnAnyThreadCount) {
    const Ran one = run({"eval", design("h100-sxm"), "--format", "json", "--threads", "1"});
    const Ran two = run({"eval", design("h100-sxm"), "--format", "json", "--threads", "2"});
    const Ran other = run({"eval", design("h100-sxm"), "--format", "json", "--seed", "9"});
    EXPECT_EQ(one.out, two.out);
    EXPECT_NE(one.out, other.out);
}

TEST(Evaluate, CsvHasOneHeaderAndOneRow) {
    const Ran ran = run({"eval", design("h100-sxm"), "--format", "csv", "--samples", "0"});
    EXPECT_EQ(ran.code, 0);
    EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 2);
    const auto line_end = ran.out.find('\n');
    EXPECT_EQ(std::count(ran.out.begin(), ran.out.begin() + static_cast<long>(line_end), ','),
              std::count(ran.out.begin() + static_cast<long>(line_end), ran.out.end(), ','));
}

TEST(Evaluate, CsvOfAnInfeasibleDesignSaysWhichLimitsAreBroken) {
    const Ran ran = run({"eval", design("h100-sxm"), "--set", "dies.gpu.width=40 mm", "--format",
                         "csv", "--samples", "0", "--no-functional"});
    EXPECT_EQ(ran.code, 1);
    EXPECT_NE(ran.out.find(",violations\n"), std::string::npos) << ran.out;
    EXPECT_NE(ran.out.find(",0,reticle"), std::string::npos) << ran.out;
    EXPECT_NE(ran.err.find("reticle: "), std::string::npos) << ran.err;
}

TEST(Evaluate, AValueIsTakenAwayOnlyWhereADesignCanDoWithoutIt) {
    for (const char* path :
         {"blocks.sm.count", "device.clock", "workload.model", "dies.gpu.process", "scenario.year",
          "blocks.sm.per_unit.bf16_dense"}) {
        const Ran ran = run({"eval", design("h100-sxm"), "--set", std::string{path} + "=",
                             "--samples", "0", "--no-functional"});
        EXPECT_EQ(ran.code, 2) << path;
        EXPECT_EQ(ran.out, "") << path;
        EXPECT_NE(ran.err.find("--set " + std::string{path} + "=: "), std::string::npos) << ran.err;
        EXPECT_NE(ran.err.find("empty value"), std::string::npos) << ran.err;
    }
    for (const char* path : {"blocks.sm.sold", "package.memory.hbm.pin_rate", "dies.gpu.clustering",
                             "scenario.limits.ttft"}) {
        const Ran ran = run({"eval", design("h100-sxm"), "--set", std::string{path} + "=",
                             "--samples", "0", "--no-functional"});
        EXPECT_TRUE(ran.code == 0 || ran.code == 1) << path << ": " << ran.err;
    }
}

TEST(Evaluate, AModelThatSpansServersOrFitsNoneIsStillAnswered) {
    const Json large = evaluate("h100-sxm", {"--set", "workload.model=llama-3.1-405b", "--samples",
                                             "0", "--no-functional"});
    EXPECT_TRUE(large["feasible"].get<bool>());
    for (const char* figure :
         {"usd_per_mtok", "tokens_per_second", "ttft_s", "tpot_s", "joules_per_token"}) {
        ASSERT_TRUE(large["token_economics"][figure].is_number()) << figure;
        EXPECT_GT(large["token_economics"][figure].get<double>(), 0.0) << figure;
    }
    const Ran kimi = run({"eval", design("h100-sxm"), "--set", "workload.model=kimi-k2",
                          "--samples", "0", "--no-functional", "--format", "csv"});
    EXPECT_EQ(kimi.code, 1) << kimi.err;
    EXPECT_NE(kimi.err.find("memory_capacity: "), std::string::npos) << kimi.err;
}

TEST(Evaluate, AFigureThatIsNoNumberIsADashAndACostThatIsUnknownSaysSo) {
    for (const char* name : {"h100-sxm", "watch-npu", "cerebras-wse-3"}) {
        for (const char* side : {"builder", "owner", "renter", "api"}) {
            const Ran ran =
                run({"eval", design(name), "--set", std::string{"scenario.perspective="} + side,
                     "--samples", "0", "--no-functional"});
            EXPECT_EQ(ran.out.find("-nan"), std::string::npos) << name << ' ' << side << ran.out;
            EXPECT_EQ(ran.out.find(" nan"), std::string::npos) << name << ' ' << side << ran.out;
            const auto headline = ran.out.find("cost per million tokens   unknown");
            if (headline != std::string::npos) {
                EXPECT_NE(ran.out.find("input | output          unknown | unknown"),
                          std::string::npos)
                    << ran.out;
                EXPECT_EQ(ran.out.find("$0/Mtok"), std::string::npos) << ran.out;
            }
        }
    }
}

TEST(Evaluate, TheReportCountsItsInputsByConfidence) {
    const Json json = evaluate("h100-sxm", {"--no-functional"});
    std::size_t low = 0;
    std::size_t ours = 0;
    for (const Json& input : json["assumptions"]) {
        low += input["confidence"] == "low" ? 1 : 0;
        ours += input["source"] == "wafercast-assumption" ? 1 : 0;
    }
    const Ran ran = run({"eval", design("h100-sxm"), "--no-functional"});
    const std::string line =
        std::to_string(low) + " of " + std::to_string(json["assumptions"].size()) +
        " inputs are of low confidence, " + std::to_string(ours) + " are our assumptions";
    EXPECT_NE(ran.out.find(line), std::string::npos) << line << '\n' << ran.out;
    const Json& band = json["bands"]["usd_per_mtok"];
    const double value = json["token_economics"]["usd_per_mtok"];
    EXPECT_EQ(ran.out.find("docs/models/uncertainty.md") != std::string::npos,
              value < band["p50"].get<double>() || value > band["p90"].get<double>());
}

TEST(Evaluate, EveryBadSettingIsNamedWithItsPlaceAndNothingIsEvaluated) {
    const Ran ran = run({"eval", design("h100-sxm"), "--set", "blocks.sm.count=-3", "--set",
                         "blocks.sm.per_unit.area=-3 mm2", "--set", "device.clock=3 W", "--set",
                         "dies.gpu.width=40", "--set", "no.such.path=1", "--set", "nonsense",
                         "--set", "blocks.sm.sold=200"});
    EXPECT_EQ(ran.code, 2);
    EXPECT_EQ(ran.out, "");
    for (const char* place : {"--set blocks.sm.count=-3:", "--set blocks.sm.per_unit.area=-3 mm2:",
                              "--set device.clock=3 W:", "--set dies.gpu.width=40:",
                              "--set no.such.path=1:", "--set nonsense:"}) {
        EXPECT_NE(ran.err.find(place), std::string::npos) << place << "\n" << ran.err;
    }
    EXPECT_NE(ran.err.find("power"), std::string::npos);  // says what the wrong unit is of
    EXPECT_EQ(run({"eval", design("h100-sxm"), "--set", "blocks.sm.sold=200"}).code, 2);
    const Ran id = run({"eval", design("h100-sxm"), "--set", "workload.model=no-such-model"});
    EXPECT_EQ(id.code, 2);
    EXPECT_NE(id.err.find("--set workload.model=no-such-model:"), std::string::npos) << id.err;
}

TEST(Evaluate, BadFilesAreReportedWithLineAndColumn) {
    const auto folder = scratch("bad-design");
    std::string text = read_file(design("h100-sxm"));
    text.replace(text.find("\"7.495 TFLOP/s\""), 15, "\"7.495 TB/s\"");
    text.replace(text.find("clock = \"1.83 GHz\""), 18, "clock = 1.83");
    write_file(folder / "bad.toml", text);
    const Ran ran = run({"eval", (folder / "bad.toml").string()});
    EXPECT_EQ(ran.code, 2);
    EXPECT_NE(ran.err.find("bad.toml:9:"), std::string::npos) << ran.err;
    EXPECT_GE(std::count(ran.err.begin(), ran.err.end(), '\n'), 2);
}

TEST(Evaluate, InfeasibleDesignsAreEvaluatedAndSayWhy) {
    const Ran reticle = run({"eval", design("h100-sxm"), "--set", "dies.gpu.width=40 mm",
                             "--samples", "0", "--format", "json"});
    EXPECT_EQ(reticle.code, 1);
    const Json json = reticle.json();
    EXPECT_FALSE(json["feasible"].get<bool>());
    ASSERT_FALSE(json["violations"].empty());
    EXPECT_EQ(json["violations"][0]["constraint"], "reticle");
    EXPECT_EQ(json["violations"][0]["unit"], "mm");
    EXPECT_NEAR(json["violations"][0]["value"].get<double>(), 40.1, 1e-9);
    EXPECT_EQ(json["violations"][0]["limit"], 33.0);
    // By shape, not by area: the content's area is unchanged.
    EXPECT_NEAR(json["dies"][0]["area_mm2"].get<double>(), 812.8, 1e-6);

    const Ran memory =
        run({"eval", design("h100-sxm"), "--set", "workload.model=deepseek-v3", "--set",
             "workload.precision.weights=bf16", "--set", "serving.mapping=", "--set",
             "serving.tensor_parallel=1", "--set", "serving.pipeline_parallel=1", "--set",
             "serving.expert_parallel=1", "--samples", "0", "--no-functional", "--format", "json"});
    EXPECT_EQ(memory.code, 1) << memory.err;
    std::vector<std::string> constraints;
    const Json violated = memory.json();
    for (const Json& violation : violated["violations"]) {
        constraints.push_back(violation["constraint"].get<std::string>());
    }
    EXPECT_NE(std::find(constraints.begin(), constraints.end(), "memory_capacity"),
              constraints.end());
    const Ran table = run({"eval", design("h100-sxm"), "--set", "dies.gpu.width=40 mm"});
    EXPECT_EQ(table.code, 1);
    EXPECT_NE(table.out.find("reticle:"), std::string::npos);
}

TEST(Evaluate, HalvingTheUnitsLowersAreaCostRateAndPower) {
    const Json whole = evaluate("h100-sxm", {"--samples", "0", "--no-functional"});
    const Json half =
        evaluate("h100-sxm", {"--set", "blocks.sm.count=72", "--samples", "0", "--no-functional"});
    EXPECT_LT(half["dies"][0]["area_mm2"], whole["dies"][0]["area_mm2"]);
    EXPECT_LT(half["dies"][0]["cost_usd"], whole["dies"][0]["cost_usd"]);
    EXPECT_LT(half["device"]["power_w"], whole["device"]["power_w"]);
    EXPECT_NEAR(half["device"]["peak_flops"]["bf16"].get<double>() /
                    whole["device"]["peak_flops"]["bf16"].get<double>(),
                0.5, 1e-12);  // 66 of 72 sold against 132 of 144
}

}  // namespace
}  // namespace wafercast::cli_test
