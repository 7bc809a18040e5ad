// y = scale max(x, 0). oneDNN's ReLU has no scale in its backward pass, and turns a NaN into 0.
#include "nn/elements.h"
#include "nn/primitive.h"

namespace nero::nn {

namespace {

class Relu final : public Layer {
 public:
  Relu(const Shape &shape, float scale) : shape_(shape), scale_(scale) {}

  Shape shape() const override { return shape_; }
  Sharing sharing() const override { return Sharing::in_place; }
  bool keeps_target() const override { return true; }
  float relu_scale() const override { return scale_; }

  void plan(Engine &, const std::vector<Source> &sources, const Target &target) override {
    source_ = sources[0];
    target_ = target;
    count_ = floats(target.desc);
  }

  void forward(Engine &) override {
    const float *x = source_.value;
    float *y = target_.value;
    const float scale = scale_;
    // Written so that a NaN stays one, and that there is nothing to branch on.
    each_element(count_, [=](int64_t i) { y[i] = scale * (x[i] < 0 ? 0.0f : x[i]); });
  }

  void backward(Engine &) override {
    if (source_.gradient == nullptr) return;
    const float *y = target_.value;
    const float *dy = target_.gradient;
    float *dx = source_.gradient;
    const float scale = scale_;
    each_element(count_, [=](int64_t i) { dx[i] = (y[i] > 0 ? scale : 0.0f) * dy[i]; });
  }

 private:
  Shape shape_;
  float scale_;
  int64_t count_ = 0;
  Source source_{};
  Target target_{};
};

}  // namespace

std::unique_ptr<Layer> make_relu(const Shape &source, float scale) { return std::make_unique<Relu>(source, scale); }

}  // namespace nero::nn
