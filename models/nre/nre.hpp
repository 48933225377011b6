#pragma once

#include "core/resolved_design.hpp"

namespace wafercast {

/// One-time cost of a die design that falls on this product: totals [USD] divided by the products
/// that share the die (reuse >= 1), before division by volume.
struct DieNre {
    double masks = 0.0;   ///< mask sets x price of the node's mask set
    double design = 0.0;  ///< design + software + IP
};

/// @cite feng-2022-chiplet-actuary for the split into mask, design and package NRE and for sharing
/// by reuse.
DieNre die_nre(const ResolvedDesign& design, const ResolvedDie& die);

/// NRE of the package design [USD]: one package a product, so the largest of what its dies' entries
/// name.
double package_nre(const ResolvedDesign& design);

}  // namespace wafercast
