// When a neuron can be put on a constraint, and when sums in float may be trusted.
#pragma once

#include <cstdint>

#include "rules/hd.h"

namespace nero {

/// A row whose centred norm is no more than rounding of the row itself has no direction to keep.
constexpr double kDegenerate = 16 * 1.1920929e-7;

/// NaN passes: where a gradient that is not finite propagates, so do its consequences.
NERO_HD inline bool can_be_balanced(double norm2, double norm2_before) {
  return !(norm2 <= kDegenerate * kDegenerate * norm2_before);
}

/// Squares of floats below this, summed, may have lost digits to underflow: count terms lose at most count * 1.2e-38.
constexpr double kSmallestSquare = 1.2e-30;

NERO_HD inline bool lost_to_range(double sum_of_squares, int64_t count) {
  return !(sum_of_squares <= 3e38) || sum_of_squares < static_cast<double>(count) * kSmallestSquare;
}

}  // namespace nero
