// Dropout. What is dropped follows from the layer's seed, the step and the element's place, so nothing is kept for
// backward, which draws it again.
#include "nn/elements.h"
#include "nn/philox.h"
#include "nn/primitive.h"

namespace nero::nn {

namespace {

class Dropout final : public Layer {
 public:
  Dropout(const Shape &shape, double probability, uint64_t seed)
      : shape_(shape),
        threshold_(static_cast<uint64_t>(probability * 4294967296.0)),
        scale_(static_cast<float>(1 / (1 - probability))),
        seed_(seed) {}

  Shape shape() const override { return shape_; }
  Sharing sharing() const override { return Sharing::in_place; }

  void plan(Engine &, const std::vector<Source> &sources, const Target &target) override {
    source_ = sources[0];
    target_ = target;
    count_ = floats(target.desc);
  }

  void forward(Engine &e) override {
    if (e.training) {
      drop(source_.value, target_.value, e.step);
    } else if (source_.value != target_.value) {
      const float *x = source_.value;
      float *y = target_.value;
      each_element(count_, [=](int64_t i) { y[i] = x[i]; });
    }
  }

  void backward(Engine &e) override {
    if (source_.gradient != nullptr) drop(target_.gradient, source_.gradient, e.step);
  }

 private:
  /// A product, so that a NaN stays one.
  void drop(const float *from, float *to, int64_t step) const {
    const int64_t whole = count_ / 4;
#pragma omp parallel for if (count_ >= kElementsWorthThreads)
    for (int64_t i = 0; i < whole; i++) four(from, to, i, 4, step);
    if (count_ % 4 != 0) four(from, to, whole, count_ % 4, step);
  }

  void four(const float *from, float *to, int64_t i, int64_t count, int64_t step) const {
    const auto words = philox(seed_, static_cast<uint64_t>(i), static_cast<uint64_t>(step));
    for (int64_t k = 0; k < count; k++) {
      to[4 * i + k] = from[4 * i + k] * (words[static_cast<size_t>(k)] < threshold_ ? 0.0f : scale_);
    }
  }

  Shape shape_;
  uint64_t threshold_;
  float scale_;
  uint64_t seed_;
  int64_t count_ = 0;
  Source source_{};
  Target target_{};
};

}  // namespace

std::unique_ptr<Layer> make_dropout(const Shape &source, double probability, uint64_t seed) {
  return std::make_unique<Dropout>(source, probability, seed);
}

}  // namespace nero::nn
