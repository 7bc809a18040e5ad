// Softmax cross-entropy, with what oneDNN's logsoftmax has not: the loss in double, and its gradient in the same pass.
#pragma once

#include <cstdint>
#include <vector>

namespace nero::nn {

struct Loss {
  double sum;
  int64_t correct;
};

class SoftmaxCrossEntropy {
 public:
  SoftmaxCrossEntropy() = default;
  SoftmaxCrossEntropy(int64_t rows, int64_t classes);

  /// Loss of the first count rows; gradients, if not null, of its mean: zero behind count.
  Loss run(const float *logits, const int32_t *labels, int64_t count, float *gradients);

 private:
  int64_t rows_ = 0, classes_ = 0;
  std::vector<double> losses_;
  std::vector<char> correct_;
};

}  // namespace nero::nn
