// The memory of a graph, and the order in which it runs.
#pragma once

#include <vector>

#include "nn/gradients.h"
#include "nn/graph.h"

namespace nero::nn {

/// A graph whose layers have their layouts and their memory. Each reader of a tensor writes a gradient of its own;
/// where there are several, they are added in the order of the layers, so that the sum is the same every time.
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
    dnnl::memory::desc desc;
    float *value = nullptr;
    int node = -1;            // that makes it; -1: the input
    bool kept = false;        // someone needs the value as it is
    bool mutated = false;     // making it changes its gradient in place
    int lasting_readers = 0;  // that write a gradient of their own whatever happens
    std::vector<int> shares;  // gradients, one a reader, from the last reader to the first; see total
    int total = -1;           // which gradient holds the sum of the shares
  };
  enum class Role { runs, in_place, view };

  void fold_relus();
  void lay_out(Engine &engine);
  void place_values(float *inputs);
  void place_gradients();
  void share_gradient(const Graph::Node &node, size_t index, int32_t source);
  void add_up(const Memory &memory) const;

  float *take(int64_t count);
  Memory &memory(int32_t tensor) { return memory_[static_cast<size_t>(tensor)]; }
  const Memory &memory(int32_t tensor) const { return memory_[static_cast<size_t>(tensor)]; }
  /// Backward runs the nodes in reverse; the loss is at time 0.
  int time(size_t node) const { return static_cast<int>(graph_.nodes().size() - node); }

  const Graph &graph_;
  std::vector<Buffer> buffers_;
  std::vector<Memory> memory_;
  std::vector<Role> roles_;                // of the nodes
  std::vector<std::vector<int>> written_;  // gradients of each node's sources
  Gradients gradients_;
  const float *logits_ = nullptr;
  float *logit_gradients_ = nullptr;
};

}  // namespace nero::nn
