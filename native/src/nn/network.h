// A graph with its loss, its buffers and its threads: what a nero_nn_network is.
#pragma once

#include <atomic>
#include <optional>

#include "nero/nero_nn.h"
#include "nn/loss.h"
#include "nn/plan.h"

namespace nero::nn {

class Network {
 public:
  explicit Network(const nero_nn_options &options);

  int32_t add_linear(int32_t input, int64_t outputs, bool bias);
  int32_t add_relu(int32_t input, double scale);
  int32_t add_sum(int32_t first, int32_t second);
  void add_loss(int32_t logits);
  void plan();

  void describe(nero_nn_buffers &buffers) const;
  void describe(int64_t index, nero_nn_parameter &parameter) const;
  void run(int64_t count, bool backward, nero_nn_result &result);

  std::atomic<bool> &busy() { return busy_; }

 private:
  struct Placed {
    LayerParameter parameter;
    int64_t layer;
  };

  void require_unplanned() const;
  void require_planned() const;
  void require_labels(int64_t count) const;
  int64_t classes() const { return graph_.tensor(graph_.logits()).width; }

  nero_nn_options options_;
  int threads_;
  Engine engine_;
  Graph graph_;
  Buffer inputs_;
  std::vector<int32_t> labels_;
  std::optional<Plan> plan_;
  SoftmaxCrossEntropy loss_;
  std::vector<Placed> parameters_;
  std::atomic<bool> busy_{false};
};

}  // namespace nero::nn

struct nero_nn_network {
  uint64_t magic;
  nero::nn::Network network;
};
