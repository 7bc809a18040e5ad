// y = scale * max(x, 0) in place. oneDNN's ReLU has no scale in its backward pass, and a second primitive for it would
// read the activations once more.
#include "nn/layer.h"

namespace nero::nn {

namespace {

class Relu final : public Layer {
 public:
  Relu(int64_t width, float scale) : width_(width), scale_(scale) {}

  int64_t outputs() const override { return width_; }

  Ends plan(Engine &, float *input, float *input_gradient) override {
    values_ = input;
    gradients_ = input_gradient;
    return {input, input_gradient};
  }

  void forward(Engine &e) override {
    const int64_t count = e.batch * width_;
#pragma omp parallel for simd
    for (int64_t i = 0; i < count; i++) values_[i] = values_[i] > 0 ? scale_ * values_[i] : 0;
  }

  void backward(Engine &e) override {
    const int64_t count = e.batch * width_;
#pragma omp parallel for simd
    for (int64_t i = 0; i < count; i++) gradients_[i] = values_[i] > 0 ? scale_ * gradients_[i] : 0;
  }

 private:
  int64_t width_;
  float scale_;
  float *values_ = nullptr;
  float *gradients_ = nullptr;
};

}  // namespace

std::unique_ptr<Layer> make_relu(int64_t width, float scale) { return std::make_unique<Relu>(width, scale); }

}  // namespace nero::nn
