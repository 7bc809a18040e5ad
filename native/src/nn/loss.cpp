#include "nn/loss.h"

#include <algorithm>
#include <cmath>

namespace nero::nn {

Loss softmax_cross_entropy(const float *logits, const int32_t *labels, int64_t classes, int64_t count, int64_t rows,
                           float *gradients) {
  Loss loss{0, 0};
  for (int64_t row = 0; row < count; row++) {
    const float *x = logits + row * classes;
    const int64_t best = std::max_element(x, x + classes) - x;
    const double highest = x[best];
    double sum = 0;
    for (int64_t c = 0; c < classes; c++) sum += std::exp(static_cast<double>(x[c]) - highest);
    loss.sum += std::log(sum) + highest - static_cast<double>(x[labels[row]]);
    loss.correct += best == labels[row] ? 1 : 0;
    if (gradients == nullptr) continue;
    for (int64_t c = 0; c < classes; c++) {
      const double probability = std::exp(static_cast<double>(x[c]) - highest) / sum;
      const double target = c == labels[row] ? 1 : 0;
      gradients[row * classes + c] = static_cast<float>((probability - target) / static_cast<double>(count));
    }
  }
  if (gradients != nullptr) std::fill(gradients + count * classes, gradients + rows * classes, 0.0f);
  return loss;
}

}  // namespace nero::nn
