// Stochastic gradient descent with PyTorch's conventions for momentum, dampening and Nesterov's form.
#pragma once

#include <cstdint>

#include "nero/nero.h"
#include "rules/gradient.h"
#include "rules/hd.h"

namespace nero {

struct SgdStep {
  float rate;
  float gradient_scale;
  float decay;        ///< joins the gradient
  float decay_after;  ///< joins the momentum's result
  float momentum;
  float fresh;       ///< share of the gradient that enters the momentum: 1 at the first step, then 1 - dampening
  float look_ahead;  ///< Nesterov: the momentum that is added to the gradient
  bool has_momentum;
  bool nesterov;
};

NERO_HD inline SgdStep make_sgd_step(const nero_sgd_hyper &hyper, double rate, double gradient_scale,
                                     double weight_decay_factor, int64_t step) {
  const auto decay = static_cast<float>(hyper.weight_decay * weight_decay_factor);
  const bool after = hyper.weight_decay_after_momentum != 0;
  return {static_cast<float>(rate),
          static_cast<float>(gradient_scale),
          after ? 0 : decay,
          after ? decay : 0,
          static_cast<float>(hyper.momentum),
          step == 1 ? 1 : static_cast<float>(1 - hyper.dampening),
          static_cast<float>(hyper.momentum),
          hyper.momentum > 0,
          hyper.nesterov != 0};
}

NERO_HD inline float sgd_plain(float w, float raw_g, const SgdStep &s) {
  const float g = raw_g * s.gradient_scale;
  return w - s.rate * (g + (s.decay + s.decay_after) * w);
}

/// kFinite: the raw gradient is known to be.
template <bool kFinite = false>
NERO_HD inline float sgd_momentum(float w, float raw_g, float &buffer, const SgdStep &s) {
  const float g = raw_g * s.gradient_scale + s.decay * w;
  const float kept = s.momentum * buffer;
  const float b = kFinite ? bounded_sum_of_finite(kept, s.fresh * g) : bounded_sum(kept, s.fresh * g, raw_g);
  buffer = b;
  const float direction = s.nesterov ? g + s.look_ahead * b : b;
  return w - s.rate * (direction + s.decay_after * w);
}

}  // namespace nero
