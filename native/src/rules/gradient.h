// What every rule does to a gradient before it enters a float moment.
#pragma once

#include "rules/hd.h"

namespace nero {

/// Finite and so large that its square, averaged, stays finite: a larger component acts as this in the moments.
constexpr float kLargestInMoments = 1e18f;
constexpr float kLargestFinite = 3.402823466e38f;

NERO_HD inline bool finite(float x) { return NERO_ABSF(x) <= kLargestFinite; }

/// g is made from raw_g by scaling and decay. A raw gradient that is not finite passes: the policy for it is the
/// caller's.
NERO_HD inline float bounded(float g, float raw_g) {
  const bool beyond = NERO_ABSF(g) > kLargestInMoments && finite(raw_g);
  return beyond ? NERO_COPYSIGNF(kLargestInMoments, g) : g;
}

/// old_part + new_part for a momentum buffer, held within the finite floats while the raw gradient is finite.
NERO_HD inline float bounded_sum(float old_part, float new_part, float raw_g) {
  const float sum = old_part + new_part;
  const bool beyond = !finite(sum) && sum == sum && finite(raw_g);
  return beyond ? NERO_COPYSIGNF(kLargestFinite, sum) : sum;
}

}  // namespace nero
