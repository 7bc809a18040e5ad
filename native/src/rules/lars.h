// LARS (You et al. 2017, Algorithm 1), and apex LARC and pytorch_optimizer's LARS around SGD with momentum.
#pragma once

#include <cmath>

#include "nero/nero.h"
#include "rules/gradient.h"
#include "rules/hd.h"

namespace nero {

struct LarsStep {
  double rate;
  double gradient_scale;
  double decay;
  float momentum;
  bool nesterov;
  bool adapt;  ///< false: neither ratio nor decay
};

NERO_HD inline LarsStep make_lars_step(const nero_lars_hyper &hyper, double rate, double gradient_scale,
                                       double weight_decay_factor, nero_layout layout) {
  const bool adapt = hyper.variant != NERO_LARS_PYTORCH_OPTIMIZER || layout != NERO_VECTOR;
  return {rate,
          gradient_scale,
          hyper.weight_decay * weight_decay_factor,
          static_cast<float>(hyper.momentum),
          hyper.nesterov != 0,
          adapt};
}

/// What enters the momentum, and what leaves it: b <- momentum b + gradient g + decay w; w <- w - rate b, or with
/// Nesterov's look ahead w - rate (gradient g + decay w + momentum b).
struct LarsFactors {
  double gradient;  ///< of the raw gradient; the smallest gradients take factors that no float holds
  float decay;
  float rate;
  bool nesterov;
};

NERO_HD inline LarsFactors lars_factors(double weight_norm2, double scaled_gradient_norm2, const nero_lars_hyper &hyper,
                                        const LarsStep &s) {
  const double weight_norm = std::sqrt(weight_norm2);
  const double gradient_norm = std::sqrt(scaled_gradient_norm2);
  const bool both = weight_norm > 0 && gradient_norm > 0;
  const auto rate = static_cast<float>(s.rate);
  if (!s.adapt) return {s.gradient_scale, 0, rate, s.nesterov};
  if (hyper.variant == NERO_LARS_PYTORCH_OPTIMIZER) {
    const double ratio = both ? hyper.trust * weight_norm / gradient_norm : 1;
    return {ratio * s.gradient_scale, static_cast<float>(ratio * s.decay), rate, s.nesterov};
  }
  const bool larc = hyper.variant != NERO_LARS_PAPER;
  const double below = gradient_norm + s.decay * weight_norm + (larc ? hyper.epsilon : 0);
  const double local = hyper.trust * weight_norm / below;
  if (!larc) {
    // The rate is inside the momentum. Without both norms there is no local rate, and the plain one serves.
    const double inside = s.rate * (both ? local : 1);
    return {inside * s.gradient_scale, static_cast<float>(inside * s.decay), 1, s.nesterov};
  }
  // apex: where a norm is 0 the gradient passes as it is, and the decay is left out for that step.
  if (!both) return {s.gradient_scale, 0, rate, s.nesterov};
  double factor = local;
  if (hyper.variant == NERO_LARS_LARC_CLIP) factor = s.rate > 0 && local < s.rate ? local / s.rate : 1;
  return {factor * s.gradient_scale, static_cast<float>(factor * s.decay), rate, s.nesterov};
}

NERO_HD inline float lars_element(float w, float raw_g, float &buffer, float momentum, const LarsFactors &f) {
  const float fresh = static_cast<float>(f.gradient * static_cast<double>(raw_g)) + f.decay * w;
  const float b = bounded_sum(momentum * buffer, fresh, raw_g);
  buffer = b;
  return w - f.rate * (f.nesterov ? fresh + momentum * b : b);
}

}  // namespace nero
