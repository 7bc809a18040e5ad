// Madam (Bernstein et al. 2020, "Learning compositional functions via multiplicative weight updates"), with the
// constants named as in its reference: p_scale is weight_scale, g_bound is gradient_bound.
#pragma once

#include <cmath>
#include <cstdint>

#include "nero/nero.h"
#include "rules/adam.h"
#include "rules/exp.h"
#include "rules/hd.h"

namespace nero {

struct MadamStep {
  double gradient_scale;
  double beta, fresh;
  double root_correction;  ///< sqrt(1 - beta^t)
  float rate;
  float gradient_bound;
  float bound;  ///< weights are held within +-bound
};

NERO_HD inline MadamStep make_madam_step(const nero_madam_hyper &hyper, double rate, double gradient_scale,
                                         double bound, int64_t step) {
  return {gradient_scale,           hyper.beta,
          1 - hyper.beta,           std::sqrt(moment_correction(hyper.beta, step)),
          static_cast<float>(rate), static_cast<float>(hyper.gradient_bound),
          static_cast<float>(bound)};
}

NERO_HD inline float clamped(float x, float bound) { return x > bound ? bound : (x < -bound ? -bound : x); }

/// root is the square root of the second moment: its range is the gradient's own.
NERO_HD inline float madam_element(float w, float raw_g, float &root, const MadamStep &s) {
  const double g = static_cast<double>(raw_g) * s.gradient_scale;
  const double r = NERO_SQRT(s.beta * (static_cast<double>(root) * root) + s.fresh * (g * g));
  root = static_cast<float>(r);
  const float turn = r > 0 || r != r ? clamped(static_cast<float>(g * s.root_correction / r), s.gradient_bound) : 0;
  const float sign = w > 0 ? 1.0f : (w < 0 ? -1.0f : 0.0f);
  return clamped(w * exp_float(-s.rate * turn * sign), s.bound);
}

}  // namespace nero
