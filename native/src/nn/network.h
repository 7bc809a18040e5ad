// Layers one after another, then softmax cross-entropy.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "nero/nero_nn.h"
#include "nn/layer.h"

namespace nero::nn {

class Network {
 public:
  explicit Network(const nero_nn_options &options);

  void add_linear(int64_t outputs, bool bias);
  void add_relu(double scale);
  void plan();

  void describe(nero_nn_buffers &buffers);
  void describe(int64_t index, nero_nn_parameter &parameter);
  void run(int64_t count, bool backward, nero_nn_result &result);

  std::atomic<bool> &busy() { return busy_; }

 private:
  struct Placed {
    LayerParameter parameter;
    int64_t layer;
  };

  void require_unplanned() const;
  void require_planned() const;
  int64_t width() const;

  nero_nn_options options_;
  Engine engine_;
  std::vector<std::unique_ptr<Layer>> layers_;
  std::vector<Placed> parameters_;
  Buffer inputs_;
  std::vector<int32_t> labels_;
  float *logits_ = nullptr;
  float *logit_gradients_ = nullptr;
  bool planned_ = false;
  std::atomic<bool> busy_{false};
};

}  // namespace nero::nn

struct nero_nn_network {
  uint64_t magic;
  nero::nn::Network network;
};
