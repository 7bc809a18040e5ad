#include "nn/graph.h"

#include "runtime/failure.h"

namespace nero::nn {

namespace {

/// Any more would be a loop gone wild.
constexpr size_t kMostTensors = 1 << 16;

}  // namespace

const Graph::Tensor &Graph::tensor(const char *name, int32_t index) const {
  if (index < 0 || index >= tensors()) {
    throw Failure(NERO_ERROR_NOT_FOUND, text("%s is tensor %d, there are only 0 to %d", name, index, tensors() - 1));
  }
  return tensor(index);
}

int32_t Graph::add(std::unique_ptr<Layer> layer, std::vector<int32_t> sources) {
  if (tensors_.size() >= kMostTensors) {
    throw Failure(NERO_ERROR_SIZE, text("a network has at most %zu tensors", kMostTensors));
  }
  Tensor made{layer->shape(), 0, layer->has_parameters()};
  for (const int32_t source : sources) made.wants_gradient |= tensor(source).wants_gradient;
  nodes_.reserve(nodes_.size() + 1);
  tensors_.push_back(made);
  nodes_.push_back({std::move(layer), std::move(sources), tensors() - 1});
  for (const int32_t source : nodes_.back().sources) tensors_[static_cast<size_t>(source)].uses++;
  return tensors() - 1;
}

void Graph::set_logits(int32_t index) {
  tensor("logits", index);
  if (logits_ >= 0) throw Failure(NERO_ERROR_SEQUENCE, text("the network has its loss already, of tensor %d", logits_));
  tensors_[static_cast<size_t>(index)].uses++;
  logits_ = index;
}

void Graph::require_complete() const {
  if (logits_ < 0) throw Failure(NERO_ERROR_SEQUENCE, "the network has no loss yet");
  for (int32_t i = 0; i < tensors(); i++) {
    if (tensor(i).uses == 0) {
      throw Failure(NERO_ERROR_SEQUENCE, text("tensor %d is read by no layer, so it cannot lead to the loss", i));
    }
  }
}

}  // namespace nero::nn
