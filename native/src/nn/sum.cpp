// z = x + y: joins branches.
#include "nn/elements.h"
#include "nn/primitive.h"

namespace nero::nn {

namespace {

class Sum final : public Layer {
 public:
  explicit Sum(const Shape &shape) : shape_(shape) {}

  Shape shape() const override { return shape_; }
  bool passes_gradients() const override { return true; }

  void plan(Engine &e, const std::vector<Source> &sources, const Target &target) override {
    target_ = target;
    for (size_t i = 0; i < 2; i++) {
      relaid_[i] = Relaid::of_source(e, sources[i].desc, sources[i].value, target.desc);
      // Where source and target lie alike, the plan may have given both the same gradient.
      if (sources[i].gradient != nullptr && sources[i].gradient != target.gradient) {
        copies_[i] = reorder(e, target.desc, target.gradient, sources[i].desc, sources[i].gradient);
      }
    }
  }

  void forward(Engine &e) override {
    for (const Relaid &one : relaid_) one.run(e);
    const float *x = relaid_[0].data();
    const float *y = relaid_[1].data();
    float *z = target_.value;
    each_element(floats(target_.desc), [=](int64_t i) { z[i] = x[i] + y[i]; });
  }

  void backward(Engine &e) override {
    for (const Primitive &copy : copies_) {
      if (copy) copy.execute(e.stream);
    }
  }

 private:
  Shape shape_;
  Relaid relaid_[2];
  Primitive copies_[2];
  Target target_{};
};

}  // namespace

std::unique_ptr<Layer> make_sum(const Shape &source) { return std::make_unique<Sum>(source); }

}  // namespace nero::nn
