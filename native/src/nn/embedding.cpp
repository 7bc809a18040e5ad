// Rows of a table, one for each token of the input.
#include <algorithm>

#include "nn/elements.h"
#include "nn/primitive.h"

namespace nero::nn {

namespace {

class Embedding final : public Layer {
 public:
  Embedding(int64_t tokens, int64_t vocabulary, int64_t width)
      : tokens_(tokens), vocabulary_(vocabulary), width_(width) {}

  Shape shape() const override { return Shape::vector(tokens_ * width_); }
  bool has_parameters() const override { return true; }
  dnnl::memory::desc layout(Engine &e, const std::vector<dnnl::memory::desc> &) override { return plain(e, shape()); }

  void plan(Engine &e, const std::vector<Source> &sources, const Target &target) override {
    inputs_ = sources[0].value;
    ids_.resize(static_cast<size_t>(e.batch * tokens_));
    target_ = target;
    weights_ = Buffer(vocabulary_ * width_);
    gradients_ = Buffer(vocabulary_ * width_);
  }

  void take_inputs(int64_t count) override {
    for (int64_t i = 0; i < count * tokens_; i++) {
      const float id = read_once(inputs_[i]);
      // A NaN is not within either.
      if (id >= 0 && id < static_cast<float>(vocabulary_) && id == static_cast<float>(static_cast<int64_t>(id))) {
        ids_[static_cast<size_t>(i)] = static_cast<int32_t>(id);
        continue;
      }
      throw Failure(
          NERO_ERROR_ARGUMENT,
          text("token %lld of row %lld is %g, it must be a whole number within 0 and %lld", (long long)(i % tokens_),
               (long long)(i / tokens_), static_cast<double>(id), (long long)vocabulary_ - 1));
    }
  }

  void forward(Engine &e) override {
    const int64_t count = e.count * tokens_;
#pragma omp parallel for if (count * width_ >= kElementsWorthThreads)
    for (int64_t i = 0; i < count; i++) {
      const float *row = weights_.data() + ids_[static_cast<size_t>(i)] * width_;
      std::copy(row, row + width_, target_.value + i * width_);
    }
    std::fill(target_.value + count * width_, target_.value + e.batch * tokens_ * width_, 0.0f);
  }

  /// A few columns at a time, over the tokens in their order, so that sums do not depend on the number of threads.
  void backward(Engine &e) override {
    constexpr int64_t kColumns = 16;
    const int64_t count = e.count * tokens_;
    std::fill(gradients_.data(), gradients_.data() + vocabulary_ * width_, 0.0f);
#pragma omp parallel for if (count * width_ >= kElementsWorthThreads)
    for (int64_t from = 0; from < width_; from += kColumns) {
      const int64_t columns = std::min(kColumns, width_ - from);
      for (int64_t i = 0; i < count; i++) {
        float *sum = gradients_.data() + ids_[static_cast<size_t>(i)] * width_ + from;
        const float *dy = target_.gradient + i * width_ + from;
        for (int64_t k = 0; k < columns; k++) sum[k] += dy[k];
      }
    }
  }

  std::vector<LayerParameter> parameters() const override {
    return {{NERO_NN_ROLE_EMBEDDING, {vocabulary_, width_}, weights_.data(), gradients_.data()}};
  }

 private:
  int64_t tokens_, vocabulary_, width_;
  const float *inputs_ = nullptr;
  std::vector<int32_t> ids_;  // of the call under way, checked
  Target target_{};
  Buffer weights_, gradients_;
};

}  // namespace

std::unique_ptr<Layer> make_embedding(int64_t tokens, int64_t vocabulary, int64_t width) {
  return std::make_unique<Embedding>(tokens, vocabulary, width);
}

}  // namespace nero::nn
