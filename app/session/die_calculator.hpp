#pragma once

#include <optional>
#include <string>
#include <vector>

#include "evaluate/evaluation.hpp"
#include "session/session.hpp"
#include "wafer/best_offset.hpp"

namespace wafercast {

/// A die without an accelerator around it: what does one good die cost? Lengths in [m].
struct DieQuestion {
    std::string process;
    std::optional<double> width;
    std::optional<double> height;
    std::optional<double> area;  ///< [m2]; alone: a square die; with one side: the other follows
    std::string yield_model = "negative-binomial";
    std::optional<double> defect_density;  ///< [1/m2] instead of the node's
    std::optional<double> clustering;      ///< [-]
    std::optional<double> layers;          ///< [-] over which the faults are spread
    std::optional<double> wafer_price;     ///< [USD]
    std::string test;  ///< tests; empty: no sort, every bad die is known for free
    double year = 2026.0;
    int samples = 256;  ///< draws behind the bands; 0: no bands
};

/// A range about a value; both ends equal the value when nothing is uncertain.
struct DieRange {
    double low = 0.0, value = 0.0, high = 0.0;
};

struct DieAnswer {
    std::string process;
    double width = 0.0, height = 0.0;
    WaferPlacement placement;  ///< the map at its best offset: what place_dies draws
    double scribe = 0.0, edge = 0.0;
    double field_use = 0.0;  ///< die area of a full exposure over the field's
    double wafer_use = 0.0;  ///< area of whole dies over the wafer's
    double defect_density = 0.0, clustering = 0.0, layers = 0.0;
    double expected_faults = 0.0;
    DieRange yield;
    double good_dies = 0.0;  ///< whole dies x yield
    DieRange wafer_price;
    DieRange cost_per_good_die;  ///< not finite when no die fits
    double sort_cost = 0.0;      ///< per whole die
    std::vector<Violation> violations;
    std::vector<ScalarOrigin> assumptions;
};

/// Places, yields and prices one kind of die with the chain's own models; repair is left out. The
/// ranges are P10 and P90 of the catalog's ranges taken together. Every problem of the question at
/// once.
Result<DieAnswer> answer(const DieQuestion& question, const Catalog& catalog,
                         const ModelSet& models, std::uint64_t seed);

}  // namespace wafercast
