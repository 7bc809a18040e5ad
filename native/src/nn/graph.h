// Which layer reads and makes which tensor, before any memory is taken.
#pragma once

#include <memory>
#include <vector>

#include "nn/layer.h"

namespace nero::nn {

class Graph {
 public:
  struct Tensor {
    Shape shape;
    int uses;             // layers that read it, the loss included
    bool wants_gradient;  // some parameter lies before it
  };

  struct Node {
    std::unique_ptr<Layer> layer;
    std::vector<int32_t> sources;
    int32_t target;
  };

  explicit Graph(const Shape &input) : tensors_{{input, 0, false}} {}

  /// Adds a layer that reads sources, which exist; gives the tensor that it makes.
  int32_t add(std::unique_ptr<Layer> layer, std::vector<int32_t> sources);
  /// Ends the graph.
  void set_logits(int32_t tensor);

  /// The tensor of that number, or a failure that names the argument.
  const Tensor &tensor(const char *name, int32_t index) const;
  const Tensor &tensor(int32_t index) const { return tensors_[static_cast<size_t>(index)]; }
  int32_t tensors() const { return static_cast<int32_t>(tensors_.size()); }
  const std::vector<Node> &nodes() const { return nodes_; }
  int32_t logits() const { return logits_; }

  /// Whether there is a loss, and everything leads to it.
  void require_complete() const;

 private:
  std::vector<Tensor> tensors_;
  std::vector<Node> nodes_;
  int32_t logits_ = -1;
};

}  // namespace nero::nn
