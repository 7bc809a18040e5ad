// Batch norm, with a ReLU that follows. oneDNN's takes all rows of a batch, knows no scale of a ReLU and turns a NaN
// into 0. Sums are taken over a fixed number of rows at a time, so that they do not depend on the number of threads.
#include <cmath>

#include "nn/elements.h"
#include "nn/lanes.h"

namespace nero::nn {

namespace {

/// Rows whose sums are taken in one go.
constexpr int64_t kRows = 8;

/// What becomes of x in one channel: gain (x - mean) / deviation + bias.
struct Affine {
  float mean, slope, bias;
  float operator()(float x) const { return (x - mean) * slope + bias; }
};

class BatchNorm final : public Layer {
 public:
  BatchNorm(const Shape &shape, double epsilon, double momentum)
      : shape_(shape), epsilon_(epsilon), momentum_(momentum) {}

  Shape shape() const override { return shape_; }
  bool has_parameters() const override { return true; }
  bool absorb_relu(float scale) override {
    relu_ = true;
    scale_ = scale;
    return true;
  }

  void plan(Engine &e, const std::vector<Source> &sources, const Target &target) override {
    source_ = sources[0];
    target_ = target;
    lanes_ = Lanes(target.desc);
    const int64_t channels = shape_.channels;
    for (Buffer *b : {&gain_, &gain_gradient_, &bias_, &bias_gradient_, &running_mean_, &running_variance_}) {
      *b = Buffer(channels);
    }
    std::fill(gain_.data(), gain_.data() + channels, 1.0f);
    std::fill(running_variance_.data(), running_variance_.data() + channels, 1.0f);
    const auto slots = static_cast<size_t>(lanes_.groups() * kLanes);
    affine_.assign(slots, {0, 0, 0});
    deviation_.assign(slots, 0);
    shift_.assign(slots, {0, 0});
    sums_.assign(slots * static_cast<size_t>((e.batch + kRows - 1) / kRows), {0, 0});
  }

  void forward(Engine &e) override {
    if (e.training) {
      measure(e.count);
    } else {
      for_channels([&](int64_t channel, size_t slot) {
        settle(channel, slot, running_mean_.data()[channel], running_variance_.data()[channel]);
      });
    }
    for_rows(e.count, [&](int64_t group, int64_t at, int64_t pixels, auto width) {
      if (relu_) {
        apply<true>(group, at, pixels, width);
      } else {
        apply<false>(group, at, pixels, width);
      }
    });
    if (e.training) zero_behind(e, target_.value);
  }

  void backward(Engine &e) override {
    const double values = static_cast<double>(e.count * lanes_.pixels());
    sum(e.count, [&](int64_t group, int64_t at, int64_t pixels, auto width, Pair *out) {
      if (relu_) {
        slopes<true>(group, at, pixels, width, out);
      } else {
        slopes<false>(group, at, pixels, width, out);
      }
    });
    for_channels([&](int64_t channel, size_t slot) {
      const Pair total = totals(slot, e.count);
      const double inverse = 1 / deviation_[slot];
      bias_gradient_.data()[channel] = static_cast<float>(total.first);
      gain_gradient_.data()[channel] = static_cast<float>(total.second * inverse);
      shift_[slot] = {static_cast<float>(total.first / values),
                      static_cast<float>(total.second * inverse * inverse / values)};
    });
    if (source_.gradient == nullptr) return;
    for_rows(e.count, [&](int64_t group, int64_t at, int64_t pixels, auto width) {
      if (relu_) {
        descend<true>(group, at, pixels, width);
      } else {
        descend<false>(group, at, pixels, width);
      }
    });
    zero_behind(e, source_.gradient);
  }

  std::vector<LayerParameter> parameters() const override {
    return {{NERO_NN_ROLE_GAIN, {shape_.channels}, gain_.data(), gain_gradient_.data()},
            {NERO_NN_ROLE_BIAS, {shape_.channels}, bias_.data(), bias_gradient_.data()}};
  }
  std::vector<LayerState> states() const override {
    return {{NERO_NN_STATE_RUNNING_MEAN, shape_.channels, running_mean_.data()},
            {NERO_NN_STATE_RUNNING_VARIANCE, shape_.channels, running_variance_.data()}};
  }

 private:
  struct Pair {
    double first, second;
  };
  struct Shift {
    float first, second;
  };
  /// A number of lanes that the compiler knows, or does not.
  struct Full {
    static constexpr int64_t lanes = kLanes;
  };
  struct Single {
    static constexpr int64_t lanes = 1;
  };
  struct Some {
    int64_t lanes;
  };

  template <class Body>
  void with_width(int64_t group, const Body &body) const {
    const int64_t width = lanes_.width(group);
    if (width == kLanes) {
      body(Full{});
    } else if (width == 1) {
      body(Single{});
    } else {
      body(Some{width});
    }
  }

  template <class Body>
  void for_channels(const Body &body) const {
    for (int64_t group = 0; group < lanes_.groups(); group++) {
      for (int64_t k = 0; k < lanes_.width(group); k++) {
        const int64_t channel = lanes_.channel(group) + k;
        if (channel < shape_.channels) body(channel, static_cast<size_t>(group * kLanes + k));
      }
    }
  }

  /// Calls body for the pixels of each group of each of the first count rows.
  template <class Body>
  void for_rows(int64_t count, const Body &body) const {
    const int64_t groups = lanes_.groups();
#pragma omp parallel for if (count * shape_.floats() >= kElementsWorthThreads)
    for (int64_t i = 0; i < count * groups; i++) {
      const int64_t group = i % groups, at = i / groups * lanes_.row() + lanes_.offset(group);
      with_width(group, [&](auto width) { body(group, at, lanes_.pixels(), width); });
    }
  }

  /// The same, adding up a pair of numbers for each lane.
  template <class Body>
  void sum(int64_t count, const Body &body) {
    const int64_t groups = lanes_.groups(), chunks = (count + kRows - 1) / kRows;
#pragma omp parallel for if (count * shape_.floats() >= kElementsWorthThreads)
    for (int64_t i = 0; i < chunks * groups; i++) {
      const int64_t group = i % groups, chunk = i / groups;
      Pair *out = &sums_[static_cast<size_t>((chunk * groups + group) * kLanes)];
      std::fill(out, out + kLanes, Pair{0, 0});
      for (int64_t row = chunk * kRows; row < std::min(count, (chunk + 1) * kRows); row++) {
        const int64_t at = row * lanes_.row() + lanes_.offset(group);
        with_width(group, [&](auto width) { body(group, at, lanes_.pixels(), width, out); });
      }
    }
  }

  Pair totals(size_t slot, int64_t count) const {
    Pair total{0, 0};
    for (size_t chunk = 0; chunk < static_cast<size_t>((count + kRows - 1) / kRows); chunk++) {
      const Pair &p = sums_[chunk * static_cast<size_t>(lanes_.groups() * kLanes) + slot];
      total.first += p.first;
      total.second += p.second;
    }
    return total;
  }

  void settle(int64_t channel, size_t slot, double mean, double variance) {
    deviation_[slot] = std::sqrt(variance + epsilon_);
    affine_[slot] = {static_cast<float>(mean), static_cast<float>(gain_.data()[channel] / deviation_[slot]),
                     bias_.data()[channel]};
  }

  /// Mean and variance by sums of differences from the first value, which lies where the values do, so that no digits
  /// are lost.
  void measure(int64_t count) {
    sum(count, [&](int64_t group, int64_t at, int64_t pixels, auto width, Pair *out) {
      const float *x = source_.value + at, *first = source_.value + lanes_.offset(group);
      float near[kLanes], sum[kLanes] = {}, squares[kLanes] = {};
      std::copy(first, first + width.lanes, near);
      over(
          pixels, width,
          [&](int64_t i, int64_t k, float &s, float &q) {
            const float d = x[i] - near[k];
            s += d;
            q += d * d;
          },
          sum, squares);
      for (int64_t k = 0; k < width.lanes; k++) {
        out[k].first += sum[k];
        out[k].second += squares[k];
      }
    });
    const double values = static_cast<double>(count * lanes_.pixels());
    for_channels([&](int64_t channel, size_t slot) {
      const Pair total = totals(slot, count);
      const double d = total.first / values;
      const auto group = static_cast<int64_t>(slot) / kLanes;
      const double mean = source_.value[lanes_.offset(group) + channel - lanes_.channel(group)] + d;
      // Not std::max, which would turn a NaN into 0.
      double variance = total.second / values - d * d;
      if (variance < 0) variance = 0;
      settle(channel, slot, mean, variance);
      move(running_mean_.data()[channel], mean);
      move(running_variance_.data()[channel], values > 1 ? variance * (values / (values - 1)) : variance);
    });
  }

  void move(float &running, double value) const {
    running = static_cast<float>((1 - momentum_) * running + momentum_ * value);
  }

  /// Calls body(element, lane, first sum, second sum) for each element of a group's pixels.
  template <class Width, class Body>
  void over(int64_t pixels, Width width, const Body &body, float *first, float *second) const {
    const int64_t step = lanes_.step();
    if (width.lanes == 1 && step == 1) {
      float a = 0, b = 0;
#pragma omp simd reduction(+ : a, b)
      for (int64_t p = 0; p < pixels; p++) body(p, 0, a, b);
      *first += a;
      *second += b;
      return;
    }
    for (int64_t p = 0; p < pixels; p++) {
#pragma omp simd
      for (int64_t k = 0; k < width.lanes; k++) body(p * step + k, k, first[k], second[k]);
    }
  }

  /// Calls body(element, lane) for each element of a group's pixels.
  template <class Width, class Body>
  void each(int64_t pixels, Width width, const Body &body) const {
    const int64_t step = lanes_.step();
    if (width.lanes == 1 && step == 1) {
#pragma omp simd
      for (int64_t p = 0; p < pixels; p++) body(p, 0);
      return;
    }
    for (int64_t p = 0; p < pixels; p++) {
#pragma omp simd
      for (int64_t k = 0; k < width.lanes; k++) body(p * step + k, k);
    }
  }

  struct Coefficients {
    float mean[kLanes], slope[kLanes], bias[kLanes], first[kLanes], second[kLanes];
  };

  template <class Width>
  Coefficients coefficients(int64_t group, Width width) const {
    Coefficients c;
    for (int64_t k = 0; k < width.lanes; k++) {
      const auto slot = static_cast<size_t>(group * kLanes + k);
      c.mean[k] = affine_[slot].mean;
      c.slope[k] = affine_[slot].slope;
      c.bias[k] = affine_[slot].bias;
      c.first[k] = shift_[slot].first;
      c.second[k] = shift_[slot].second;
    }
    return c;
  }

  template <bool relu, class Width>
  void apply(int64_t group, int64_t at, int64_t pixels, Width width) const {
    const Coefficients c = coefficients(group, width);
    const float *x = source_.value + at;
    float *y = target_.value + at;
    const float scale = scale_;
    each(pixels, width, [&](int64_t i, int64_t k) {
      const float v = Affine{c.mean[k], c.slope[k], c.bias[k]}(x[i]);
      y[i] = relu ? scale * (v < 0 ? 0.0f : v) : v;
    });
  }

  /// The gradient behind the ReLU. Its sign is found again from x, which spares reading what was made of it.
  template <bool relu>
  float behind(float dy, float x, float mean, float slope, float bias) const {
    if (!relu) return dy;
    return Affine{mean, slope, bias}(x) > 0 ? scale_ * dy : 0.0f;
  }

  template <bool relu, class Width>
  void slopes(int64_t group, int64_t at, int64_t pixels, Width width, Pair *out) const {
    const Coefficients c = coefficients(group, width);
    const float *x = source_.value + at, *dy = target_.gradient + at;
    float sum[kLanes] = {}, along[kLanes] = {};
    over(
        pixels, width,
        [&](int64_t i, int64_t k, float &s, float &a) {
          const float g = behind<relu>(dy[i], x[i], c.mean[k], c.slope[k], c.bias[k]);
          s += g;
          a += g * (x[i] - c.mean[k]);
        },
        sum, along);
    for (int64_t k = 0; k < width.lanes; k++) {
      out[k].first += sum[k];
      out[k].second += along[k];
    }
  }

  template <bool relu, class Width>
  void descend(int64_t group, int64_t at, int64_t pixels, Width width) const {
    const Coefficients c = coefficients(group, width);
    const float *x = source_.value + at, *dy = target_.gradient + at;
    float *dx = source_.gradient + at;
    each(pixels, width, [&](int64_t i, int64_t k) {
      const float g = behind<relu>(dy[i], x[i], c.mean[k], c.slope[k], c.bias[k]);
      dx[i] = c.slope[k] * (g - c.first[k] - (x[i] - c.mean[k]) * c.second[k]);
    });
  }

  /// Rows that are none have no part in what follows.
  void zero_behind(const Engine &e, float *data) const {
    std::fill(data + e.count * lanes_.row(), data + e.batch * lanes_.row(), 0.0f);
  }

  Shape shape_;
  double epsilon_, momentum_;
  bool relu_ = false;
  float scale_ = 1;
  Lanes lanes_;
  Source source_{};
  Target target_{};
  Buffer gain_, gain_gradient_, bias_, bias_gradient_, running_mean_, running_variance_;
  std::vector<Affine> affine_;  // one a lane of a group, as those that follow
  std::vector<double> deviation_;
  std::vector<Shift> shift_;  // of the gradient: its mean, and its mean along (x - mean) / variance
  std::vector<Pair> sums_;    // of each chunk of rows
};

}  // namespace

std::unique_ptr<Layer> make_batch_norm(const Shape &source, double epsilon, double momentum) {
  return std::make_unique<BatchNorm>(source, epsilon, momentum);
}

}  // namespace nero::nn
