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

}  // namespace nero
