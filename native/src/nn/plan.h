// The memory of a graph, and the order in which it runs.
#pragma once

#include <vector>

#include "nn/graph.h"

namespace nero::nn {

/// A graph whose layers have their memory. Each reader of a tensor writes a gradient of its own; where there are
/// several, they are added in the order of the layers, so that the sum is the same every time.
class Plan {
 public:
  Plan(const Graph &graph, Engine &engine, float *inputs);

  void forward(Engine &engine) const;
  /// From the gradient of the logits, which the loss has written.
  void backward(Engine &engine) const;

  const float *logits() const { return logits_; }
  float *logit_gradients() const { return logit_gradients_; }

 private:
  struct Memory {
    float *value = nullptr;
    std::vector<float *> gradients;  // one a reader, the first of them the sum
  };

  float *take(int64_t count);

  const Graph &graph_;
  std::vector<Buffer> buffers_;
  std::vector<Memory> memory_;
  const float *logits_ = nullptr;
  float *logit_gradients_ = nullptr;
};

}  // namespace nero::nn
