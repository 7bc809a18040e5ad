// One node of a network's graph.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "dnnl.hpp"
#include "nn/buffer.h"

namespace nero::nn {

struct LayerParameter {
  bool matrix;
  int64_t neurons;
  int64_t fan_in;
  float *weights;
  float *gradients;
};

/// Where and for how many rows layers run.
struct Engine {
  dnnl::engine engine;
  dnnl::stream stream;
  int64_t batch;
};

/// What a layer reads: activations, and where its share of the loss's gradient for them goes. That is null where nobody
/// asks for it.
struct Source {
  const float *value;
  float *gradient;
};

/// What a layer makes: activations, and the loss's gradient for them, which is there when backward runs.
struct Target {
  float *value;
  float *gradient;
};

class Layer {
 public:
  virtual ~Layer() = default;

  /// Floats of a row that it makes.
  virtual int64_t width() const = 0;
  virtual bool has_parameters() const { return false; }
  /// Whether its target may be the very memory of its only source, whose maker then has no use for it any more.
  virtual bool in_place() const { return false; }

  /// Makes parameters and primitives, for good.
  virtual void plan(Engine &engine, const std::vector<Source> &sources, const Target &target) = 0;
  /// In the order of the layers; the last work may still be under way in the engine's stream.
  virtual void forward(Engine &engine) = 0;
  /// In reverse; writes the gradients of sources and parameters, whatever they held.
  virtual void backward(Engine &engine) = 0;
  virtual std::vector<LayerParameter> parameters() const { return {}; }
};

std::unique_ptr<Layer> make_linear(int64_t inputs, int64_t outputs, bool bias);
std::unique_ptr<Layer> make_relu(int64_t width, float scale);
std::unique_ptr<Layer> make_sum(int64_t width);

}  // namespace nero::nn
