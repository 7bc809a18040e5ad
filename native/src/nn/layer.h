// One layer of a network that is planned for a batch size.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "dnnl.hpp"

namespace nero::nn {

/// 64-byte aligned floats, zero at first.
class Buffer {
 public:
  explicit Buffer(int64_t count);
  float *data() const { return data_.get(); }

 private:
  struct Free {
    void operator()(float *data) const;
  };
  std::unique_ptr<float, Free> data_;
};

struct LayerParameter {
  bool matrix;
  int64_t neurons;
  int64_t fan_in;
  float *weights;
  float *gradients;
};

/// What layers share: where and in which order they run.
struct Engine {
  dnnl::engine engine;
  dnnl::stream stream;
  int64_t batch;
};

class Layer {
 public:
  virtual ~Layer() = default;
  virtual int64_t outputs() const = 0;
  /// input: [batch, inputs] activations that the layer before wrote; input_gradient: what it wants to know of the loss,
  /// null for the first layer. Returns where this layer's activations and their gradient lie.
  struct Ends {
    float *output;
    float *output_gradient;
  };
  virtual Ends plan(Engine &engine, float *input, float *input_gradient) = 0;
  virtual void forward(Engine &engine) = 0;
  virtual void backward(Engine &engine) = 0;
  virtual std::vector<LayerParameter> parameters() { return {}; }
};

std::unique_ptr<Layer> make_linear(int64_t inputs, int64_t outputs, bool bias);
std::unique_ptr<Layer> make_relu(int64_t width, float scale);

}  // namespace nero::nn
