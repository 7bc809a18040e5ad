// What a caller says of one step.
#pragma once

#include "nero/nero.h"

namespace nero {

struct Terms {
  nero_non_finite non_finite;
  double learning_rate;
  double gradient_scale;
};

/// Checks learning rate and gradient scale.
Terms checked_terms(double learning_rate, double gradient_scale, nero_non_finite non_finite);

}  // namespace nero
