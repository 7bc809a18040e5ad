// Layer norm over vectors.
#include <cmath>

#include "nn/elements.h"
#include "nn/primitive.h"

namespace nero::nn {

namespace {

class LayerNorm final : public Layer {
 public:
  LayerNorm(int64_t width, double epsilon) : width_(width), epsilon_(epsilon) {}

  Shape shape() const override { return Shape::vector(width_); }
  bool has_parameters() const override { return true; }

  void plan(Engine &e, const std::vector<Source> &sources, const Target &target) override {
    source_ = sources[0];
    target_ = target;
    for (Buffer *b : {&gain_, &gain_gradient_, &bias_, &bias_gradient_}) *b = Buffer(width_);
    std::fill(gain_.data(), gain_.data() + width_, 1.0f);
    rows_.assign(static_cast<size_t>(e.batch), {0, 0});
  }

  void forward(Engine &e) override {
    const double n = static_cast<double>(width_);
    const float *gain = gain_.data(), *bias = bias_.data();
#pragma omp parallel for if (e.batch * width_ >= kElementsWorthThreads)
    for (int64_t r = 0; r < e.batch; r++) {
      const float *x = source_.value + r * width_;
      float *y = target_.value + r * width_;
      double sum = 0, squares = 0;
#pragma omp simd reduction(+ : sum)
      for (int64_t k = 0; k < width_; k++) sum += x[k];
      const double mean = sum / n;
#pragma omp simd reduction(+ : squares)
      for (int64_t k = 0; k < width_; k++) squares += (x[k] - mean) * (x[k] - mean);
      const Row row{static_cast<float>(mean), static_cast<float>(1 / std::sqrt(squares / n + epsilon_))};
      rows_[static_cast<size_t>(r)] = row;
#pragma omp simd
      for (int64_t k = 0; k < width_; k++) y[k] = (x[k] - row.mean) * row.inverse * gain[k] + bias[k];
    }
  }

  void backward(Engine &e) override {
    along_rows(e);
    if (source_.gradient == nullptr) return;
    const double n = static_cast<double>(width_);
    const float *gain = gain_.data();
#pragma omp parallel for if (e.batch * width_ >= kElementsWorthThreads)
    for (int64_t r = 0; r < e.batch; r++) {
      const float *x = source_.value + r * width_, *dy = target_.gradient + r * width_;
      float *dx = source_.gradient + r * width_;
      const Row row = rows_[static_cast<size_t>(r)];
      double sum = 0, along = 0;
#pragma omp simd reduction(+ : sum, along)
      for (int64_t k = 0; k < width_; k++) {
        const float g = gain[k] * dy[k];
        sum += g;
        along += g * ((x[k] - row.mean) * row.inverse);
      }
      const auto mean = static_cast<float>(sum / n), slope = static_cast<float>(along / n);
#pragma omp simd
      for (int64_t k = 0; k < width_; k++) {
        dx[k] = row.inverse * (gain[k] * dy[k] - mean - (x[k] - row.mean) * row.inverse * slope);
      }
    }
  }

  std::vector<LayerParameter> parameters() const override {
    return {{NERO_NN_ROLE_GAIN, {width_}, gain_.data(), gain_gradient_.data()},
            {NERO_NN_ROLE_BIAS, {width_}, bias_.data(), bias_gradient_.data()}};
  }

 private:
  struct Row {
    float mean, inverse;
  };

  /// Gradients of gain and bias: sums over the rows in their order, a few columns at a time.
  void along_rows(const Engine &e) {
    constexpr int64_t kColumns = 64;
#pragma omp parallel for if (e.batch * width_ >= kElementsWorthThreads)
    for (int64_t from = 0; from < width_; from += kColumns) {
      const int64_t columns = std::min(kColumns, width_ - from);
      double sum[kColumns] = {}, along[kColumns] = {};
      for (int64_t r = 0; r < e.batch; r++) {
        const float *x = source_.value + r * width_ + from, *dy = target_.gradient + r * width_ + from;
        const Row row = rows_[static_cast<size_t>(r)];
#pragma omp simd
        for (int64_t k = 0; k < columns; k++) {
          sum[k] += dy[k];
          along[k] += dy[k] * ((x[k] - row.mean) * row.inverse);
        }
      }
      for (int64_t k = 0; k < columns; k++) {
        bias_gradient_.data()[from + k] = static_cast<float>(sum[k]);
        gain_gradient_.data()[from + k] = static_cast<float>(along[k]);
      }
    }
  }

  int64_t width_;
  double epsilon_;
  Source source_{};
  Target target_{};
  Buffer gain_, gain_gradient_, bias_, bias_gradient_;
  std::vector<Row> rows_;
};

}  // namespace

std::unique_ptr<Layer> make_layer_norm(int64_t width, double epsilon) {
  return std::make_unique<LayerNorm>(width, epsilon);
}

}  // namespace nero::nn
