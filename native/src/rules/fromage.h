// Fromage (Bernstein et al. 2020, "On the distance between two neural networks and the stability of learning").
#pragma once

#include <cmath>

#include "nero/nero.h"
#include "rules/hd.h"

namespace nero {

struct FromageStep {
  double rate;
  double gradient_scale;
  double shrink;  ///< 1 / sqrt(1 + rate^2)
};

NERO_HD inline FromageStep make_fromage_step(double rate, double gradient_scale) {
  return {rate, gradient_scale, 1 / std::sqrt(1 + rate * rate)};
}

/// The factor of the raw gradient.
NERO_HD inline double fromage_ratio(double weight_norm2, double scaled_gradient_norm2, const FromageStep &s) {
  const bool both = weight_norm2 > 0 && scaled_gradient_norm2 > 0;
  return s.rate * s.gradient_scale * (both ? std::sqrt(weight_norm2) / std::sqrt(scaled_gradient_norm2) : 1);
}

/// The shrinking with |w| held to bound. The norm after the step follows from the sums before it:
/// |w - ratio g|^2 = ww - 2 ratio wg + ratio^2 gg.
NERO_HD inline double fromage_bounded_shrink(double weight_norm2, double scaled_gradient_norm2, double product,
                                             double ratio, double bound, const FromageStep &s) {
  const double raw_gg = scaled_gradient_norm2 / (s.gradient_scale * s.gradient_scale);
  const double norm2 = weight_norm2 - 2 * ratio * product + ratio * ratio * raw_gg;
  const double norm = s.shrink * std::sqrt(norm2 > 0 ? norm2 : 0);
  return norm > bound ? s.shrink * bound / norm : s.shrink;
}

/// A gradient so small that its ratio leaves the floats is multiplied in double.
NERO_HD inline bool fromage_needs_double(double ratio) { return ratio > 1e30 || ratio < 1e-30; }

NERO_HD inline float fromage_element_double(float w, float raw_g, double ratio, double shrink) {
  return static_cast<float>((static_cast<double>(w) - ratio * static_cast<double>(raw_g)) * shrink);
}

NERO_HD inline float fromage_element(float w, float raw_g, float ratio, float shrink) {
  return (w - ratio * raw_g) * shrink;
}

}  // namespace nero
