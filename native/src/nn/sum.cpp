// z = x + y: joins branches.
#include "nn/elements.h"
#include "nn/layer.h"

namespace nero::nn {

namespace {

class Sum final : public Layer {
 public:
  explicit Sum(int64_t width) : width_(width) {}

  int64_t width() const override { return width_; }

  void plan(Engine &, const std::vector<Source> &sources, const Target &target) override {
    sources_[0] = sources[0];
    sources_[1] = sources[1];
    target_ = target;
  }

  void forward(Engine &e) override {
    const float *x = sources_[0].value;
    const float *y = sources_[1].value;
    float *z = target_.value;
    each_element(e.batch * width_, [=](int64_t i) { z[i] = x[i] + y[i]; });
  }

  void backward(Engine &e) override {
    const float *dz = target_.gradient;
    for (const Source &source : sources_) {
      float *d = source.gradient;
      if (d != nullptr) each_element(e.batch * width_, [=](int64_t i) { d[i] = dz[i]; });
    }
  }

 private:
  int64_t width_;
  Source sources_[2]{};
  Target target_{};
};

}  // namespace

std::unique_ptr<Layer> make_sum(int64_t width) { return std::make_unique<Sum>(width); }

}  // namespace nero::nn
