#include "nn/loss.h"

#include <algorithm>
#include <cmath>

#include "nn/elements.h"

namespace nero::nn {

SoftmaxCrossEntropy::SoftmaxCrossEntropy(int64_t rows, int64_t classes)
    : rows_(rows), classes_(classes), losses_(static_cast<size_t>(rows)), correct_(static_cast<size_t>(rows)) {}

Loss SoftmaxCrossEntropy::run(const float *logits, const int32_t *labels, int64_t count, float *gradients) {
  const int64_t classes = classes_;
  const double weight = 1.0 / static_cast<double>(count);
#pragma omp parallel for if (count * classes >= kElementsWorthThreads)
  for (int64_t row = 0; row < count; row++) {
    const float *x = logits + row * classes;
    const int64_t label = labels[row];
    const int64_t best = std::max_element(x, x + classes) - x;
    const double highest = x[best];
    float *g = gradients == nullptr ? nullptr : gradients + row * classes;
    double sum = 0;
    for (int64_t c = 0; c < classes; c++) {
      const double e = std::exp(x[c] - highest);
      sum += e;
      if (g != nullptr) g[c] = static_cast<float>(e);
    }
    const double loss = std::log(sum) + highest - x[label];
    losses_[static_cast<size_t>(row)] = loss;
    correct_[static_cast<size_t>(row)] = best == label && std::isfinite(loss);
    if (g == nullptr) continue;
    for (int64_t c = 0; c < classes; c++) g[c] = static_cast<float>(g[c] * (weight / sum));
    // From the loss, so that a probability near 1 loses no digits.
    g[label] = static_cast<float>(std::expm1(-loss) * weight);
  }
  if (gradients != nullptr) std::fill(gradients + count * classes, gradients + rows_ * classes, 0.0f);
  Loss total{0, 0};
  for (size_t row = 0; row < static_cast<size_t>(count); row++) {
    total.sum += losses_[row];
    total.correct += correct_[row];
  }
  return total;
}

}  // namespace nero::nn
