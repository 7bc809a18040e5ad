// y = scale max(x, 0). oneDNN's ReLU has no scale in its backward pass, and a second primitive for it would read the
// activations once more.
#include "nn/elements.h"
#include "nn/layer.h"

namespace nero::nn {

namespace {

class Relu final : public Layer {
 public:
  Relu(int64_t width, float scale) : width_(width), scale_(scale) {}

  int64_t width() const override { return width_; }
  bool in_place() const override { return true; }

  void plan(Engine &, const std::vector<Source> &sources, const Target &target) override {
    source_ = sources[0];
    target_ = target;
  }

  void forward(Engine &e) override {
    const float *x = source_.value;
    float *y = target_.value;
    const float scale = scale_;
    // Written so that a NaN stays one, and that there is nothing to branch on.
    each_element(e.batch * width_, [=](int64_t i) { y[i] = scale * (x[i] < 0 ? 0.0f : x[i]); });
  }

  void backward(Engine &e) override {
    if (source_.gradient == nullptr) return;
    const float *y = target_.value;
    const float *dy = target_.gradient;
    float *dx = source_.gradient;
    const float scale = scale_;
    each_element(e.batch * width_, [=](int64_t i) { dx[i] = (y[i] > 0 ? scale : 0.0f) * dy[i]; });
  }

 private:
  int64_t width_;
  float scale_;
  Source source_{};
  Target target_{};
};

}  // namespace

std::unique_ptr<Layer> make_relu(int64_t width, float scale) { return std::make_unique<Relu>(width, scale); }

}  // namespace nero::nn
