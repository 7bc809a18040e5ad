// Softmax cross-entropy over a few classes: too small for a primitive of its own to pay.
#pragma once

#include <cstdint>

namespace nero::nn {

struct Loss {
  double sum;
  int64_t correct;
};

/// Loss of the first count of rows; gradients, if not null, of its mean. Rows behind count get zero gradients.
Loss softmax_cross_entropy(const float *logits, const int32_t *labels, int64_t classes, int64_t count, int64_t rows,
                           float *gradients);

}  // namespace nero::nn
