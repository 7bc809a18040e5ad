// A graph with its loss, its buffers and its threads: what a nero_nn_network is.
#pragma once

#include <atomic>
#include <optional>

#include "nero/nero_nn.h"
#include "nn/loss.h"
#include "nn/plan.h"

namespace nero::nn {

/// Whether the processor multiplies bfloat16 in tiles.
bool has_bfloat16();

class Network {
 public:
  explicit Network(const nero_nn_options &options);

  int32_t add_linear(int32_t input, int64_t outputs, bool bias);
  int32_t add_relu(int32_t input, double scale);
  int32_t add_sum(int32_t first, int32_t second);
  int32_t add_convolution(int32_t input, const nero_nn_window &window, int64_t outputs, int64_t groups, bool bias);
  int32_t add_max_pool(int32_t input, const nero_nn_window &window);
  int32_t add_average_pool(int32_t input, const nero_nn_window &window);
  int32_t add_global_average_pool(int32_t input);
  int32_t add_batch_norm(int32_t input, double epsilon, double momentum);
  int32_t add_layer_norm(int32_t input, double epsilon);
  int32_t add_dropout(int32_t input, double probability, uint64_t seed);
  int32_t add_flatten(int32_t input);
  int32_t add_embedding(int32_t input, int64_t vocabulary, int64_t width);
  void add_loss(int32_t logits);
  void plan();

  void describe(nero_nn_buffers &buffers) const;
  void describe(int64_t index, nero_nn_parameter &parameter) const;
  void describe(int64_t index, nero_nn_state &state) const;
  int64_t step() const { return engine_.step; }
  void set_step(int64_t step);
  void run(int64_t count, bool backward, nero_nn_result &result);

  std::atomic<bool> &busy() { return busy_; }

 private:
  struct Placed {
    LayerParameter parameter;
    int64_t layer;
  };

  struct PlacedState {
    LayerState state;
    int64_t layer;
  };

  /// The shape of what a new layer reads, or a failure.
  const Shape &read(const char *name, int32_t tensor) const;
  const Shape &read_vector(const char *layer, const char *name, int32_t tensor) const;
  const Shape &read_image(const char *layer, int32_t tensor) const;
  Window within(const nero_nn_window &window, const Shape &image, int32_t tensor, bool pools) const;
  void require_unplanned() const;
  void require_planned() const;
  void take_labels(int64_t count);
  int64_t classes() const { return graph_.tensor(graph_.logits()).shape.channels; }

  nero_nn_options options_;
  int threads_;
  Engine engine_;
  Graph graph_;
  Buffer inputs_;
  std::vector<int32_t> labels_;        // the caller's to write, at any time
  std::vector<int32_t> taken_labels_;  // of the call under way, checked
  std::optional<Plan> plan_;
  SoftmaxCrossEntropy loss_;
  std::vector<Placed> parameters_;
  std::vector<PlacedState> states_;
  std::atomic<bool> busy_{false};
};

}  // namespace nero::nn

struct nero_nn_network {
  uint64_t magic;
  nero::nn::Network network;
};
