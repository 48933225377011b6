#pragma once

#include "registry/registry.hpp"

namespace wafercast {

struct DiesPerWafer;

// Closed forms for dies on a wafer, to compare with the placed map; the chain itself never uses
// them. Die sides include the scribe lane; lengths in [m], diameter > 2 edge; each clamps at 0. S =
// width x height, d = diameter, e = edge exclusion.

/// pi (d/2 - e)^2 / S - pi (d - 2e) / sqrt(2 S). @cite feng-2022-chiplet-actuary
double actuary_dies(double die_width, double die_height, double diameter, double edge);

/// d' pi (d' / (4 S) - 0.58 / sqrt(S)) with d' = d - 2e: the 0.58 fits exact counts of square dies
/// better than 1 / sqrt 2. @cite devries-2005
double de_vries_dies(double die_width, double die_height, double diameter, double edge);

/// pi d'^2 / (4 S) exp(-2 sqrt(S) / d') with d' = d - 2e. @cite ferris-prabhu-1989
double ferris_prabhu_dies(double die_width, double die_height, double diameter, double edge);

/// round((d - 2e) pi (d / (4 S) - 1 / sqrt(2 S))); published with e = 3 mm. @cite
/// google-chiplets-cost-model
double google_dies(double die_width, double die_height, double diameter, double edge);

/// pi (d/2)^2 / S - pi d / sqrt(2 S); ignores the edge. @cite sudarshan-2024-ecochip
double ecochip_dies(double die_width, double die_height, double diameter, double edge);

/// floor(pi r^2 / S - 2 pi r / sqrt(2 S)), r = d/2; ignores the edge. @cite iff-2023-rapidchiplet
double rapidchiplet_dies(double die_width, double die_height, double diameter, double edge);

/// Rows free to slide: for two centrings of the rows, floor((chord + c) / X) dies in each; the
/// larger sum.
/// @param dicing lane c inside die_width and die_height [m] @cite graening-2023-catch
double catch_free_rows_dies(double die_width, double die_height, double diameter, double edge,
                            double dicing);

/// Columns aligned: over all heights of the left column, rows that share its grid; keeps the
/// published treatment of the middle rows, which leaves out one lane. @cite graening-2023-catch
double catch_grid_dies(double die_width, double die_height, double diameter, double edge,
                       double dicing);

/// All of them; CATCH's two with its 0.13 mm lane.
void register_dies_per_wafer(Registry<DiesPerWafer>& dies_per_wafer);

}  // namespace wafercast
