// What every rule does to a gradient before it enters a float moment.
#pragma once

#include <cstdint>

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

/// Raw gradients below this magnitude need no bound, whose comparisons cost as much as a quotient does. 0 where weights
/// join the gradient: nothing is known of the sum then. Half of what the bound allows, so that no rounding matters.
NERO_HD inline float bounded_below(float gradient_scale, float coupled_decay) {
  if (coupled_decay != 0) return 0;
  const float most = kLargestInMoments / 2 / NERO_ABSF(gradient_scale);
  return most < kLargestFinite ? most : kLargestFinite;
}

/// old_part + new_part for a momentum buffer, held within the finite floats while the raw gradient is finite.
NERO_HD inline float bounded_sum(float old_part, float new_part, float raw_g) {
  const float sum = old_part + new_part;
  const bool beyond = !finite(sum) && sum == sum && finite(raw_g);
  return beyond ? NERO_COPYSIGNF(kLargestFinite, sum) : sum;
}

/// The same where the raw gradient is known to be finite.
NERO_HD inline float bounded_sum_of_finite(float old_part, float new_part) {
  const float sum = old_part + new_part;
  uint32_t bits;
  __builtin_memcpy(&bits, &sum, sizeof bits);
  // The largest finite float is the one before infinity.
  bits -= (bits & 0x7fffffffu) == 0x7f800000u ? 1 : 0;
  float bound;
  __builtin_memcpy(&bound, &bits, sizeof bound);
  return bound;
}

}  // namespace nero
