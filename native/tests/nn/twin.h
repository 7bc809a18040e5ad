// One network twice: the library's, and an independent one in double with gradients by finite differences.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>
#include <vector>

#include "nero/nero_nn.h"

namespace twin {

inline void must(nero_status status, const nero_error &error) {
  if (status == NERO_OK) return;
  std::fprintf(stderr, "status %d: %s\n", status, error.message);
  std::exit(1);
}

using Rows = std::vector<std::vector<double>>;

class Network {
 public:
  Network(int64_t features, int64_t batch, int threads) : features_(features), batch_(batch), widths_{features} {
    nero_nn_options options{};
    options.struct_size = sizeof options;
    options.threads = threads;
    options.batch = batch;
    options.features = features;
    error_.struct_size = sizeof error_;
    must(nero_nn_network_create(&options, &network_, &error_), error_);
  }
  ~Network() { must(nero_nn_network_destroy(network_, &error_), error_); }
  Network(const Network &) = delete;
  Network &operator=(const Network &) = delete;

  int32_t linear(int32_t input, int64_t outputs, bool bias) {
    must(nero_nn_add_linear(network_, input, outputs, bias ? 1 : 0, &made_, &error_), error_);
    return note({Kind::linear, input, 0, 0, bias}, outputs);
  }
  int32_t relu(int32_t input, double scale) {
    must(nero_nn_add_relu(network_, input, scale, &made_, &error_), error_);
    return note({Kind::relu, input, 0, scale, false}, widths_[input]);
  }
  int32_t sum(int32_t first, int32_t second) {
    must(nero_nn_add_sum(network_, first, second, &made_, &error_), error_);
    return note({Kind::sum, first, second, 0, false}, widths_[first]);
  }

  /// Ends and plans the network, and fills parameters, inputs and labels.
  void finish(int32_t logits, uint64_t seed) {
    logits_ = logits;
    must(nero_nn_add_softmax_cross_entropy(network_, logits, &error_), error_);
    must(nero_nn_network_plan(network_, &error_), error_);
    buffers_.struct_size = sizeof buffers_;
    must(nero_nn_network_describe(network_, &buffers_, &error_), error_);
    std::mt19937_64 random(seed);
    const auto uniform = [&] { return static_cast<double>(random() >> 11) / 4503599627370496.0 - 1; };
    for (int64_t i = 0; i < buffers_.parameters; i++) {
      nero_nn_parameter p{};
      p.struct_size = sizeof p;
      must(nero_nn_parameter_describe(network_, i, &p, &error_), error_);
      const double bound = p.is_matrix ? 1.5 / std::sqrt(static_cast<double>(p.fan_in)) : 0.3;
      for (int64_t k = 0; k < p.neurons * p.fan_in; k++) p.weights[k] = static_cast<float>(uniform() * bound);
      parameters_.push_back(p);
    }
    for (int64_t i = 0; i < batch_ * features_; i++) buffers_.inputs[i] = static_cast<float>(uniform());
    for (int64_t i = 0; i < batch_; i++) {
      buffers_.labels[i] = static_cast<int32_t>(random() % static_cast<uint64_t>(buffers_.classes));
    }
  }

  nero_nn_network *handle() const { return network_; }
  const nero_nn_buffers &buffers() const { return buffers_; }
  const std::vector<nero_nn_parameter> &parameters() const { return parameters_; }

  nero_nn_result run(bool train, int64_t count) {
    nero_nn_result result{};
    result.struct_size = sizeof result;
    must((train ? nero_nn_train : nero_nn_evaluate)(network_, count, &result, &error_), error_);
    return result;
  }

  /// The parameters as they are now, in double.
  Rows weights() const {
    Rows all;
    for (const nero_nn_parameter &p : parameters_) all.emplace_back(p.weights, p.weights + p.neurons * p.fan_in);
    return all;
  }

  /// The reference's mean loss of the first count rows; correct, if not null, gets the right predictions.
  double loss(const Rows &weights, int64_t count, int64_t *correct = nullptr) const {
    double total = 0;
    if (correct != nullptr) *correct = 0;
    for (int64_t row = 0; row < count; row++) {
      const std::vector<double> x = logits(weights, row);
      const auto best = std::max_element(x.begin(), x.end());
      const double highest = *best;
      double sum = 0;
      for (const double v : x) sum += std::exp(v - highest);
      const auto label = static_cast<size_t>(buffers_.labels[row]);
      total += std::log(sum) + highest - x[label];
      if (correct != nullptr && best - x.begin() == static_cast<int64_t>(label)) ++*correct;
    }
    return total / static_cast<double>(count);
  }

  /// The reference's logits of a row.
  std::vector<double> logits(const Rows &weights, int64_t row) const {
    const float *input = buffers_.inputs + row * features_;
    Rows tensors{{input, input + features_}};
    size_t parameter = 0;
    for (size_t i = 0; i < layers_.size(); i++) {
      const Layer &l = layers_[i];
      const std::vector<double> &a = tensors[static_cast<size_t>(l.first)];
      std::vector<double> out(static_cast<size_t>(widths_[i + 1]));
      if (l.kind == Kind::linear) {
        const std::vector<double> &w = weights[parameter++];
        const std::vector<double> *bias = l.bias ? &weights[parameter++] : nullptr;
        for (size_t o = 0; o < out.size(); o++) {
          out[o] = bias == nullptr ? 0 : (*bias)[o];
          for (size_t k = 0; k < a.size(); k++) out[o] += w[o * a.size() + k] * a[k];
        }
      } else if (l.kind == Kind::relu) {
        for (size_t o = 0; o < out.size(); o++) out[o] = a[o] > 0 ? l.scale * a[o] : 0;
      } else {
        for (size_t o = 0; o < out.size(); o++) out[o] = a[o] + tensors[static_cast<size_t>(l.second)][o];
      }
      tensors.push_back(std::move(out));
    }
    return tensors[static_cast<size_t>(logits_)];
  }

 private:
  enum class Kind { linear, relu, sum };
  struct Layer {
    Kind kind;
    int32_t first, second;
    double scale;
    bool bias;
  };

  int32_t note(const Layer &layer, int64_t width) {
    layers_.push_back(layer);
    widths_.push_back(width);
    if (made_ != static_cast<int32_t>(layers_.size())) std::exit(1);
    return made_;
  }

  int64_t features_, batch_;
  std::vector<Layer> layers_;
  std::vector<int64_t> widths_;
  int32_t logits_ = 0, made_ = 0;
  nero_error error_{};
  nero_nn_network *network_ = nullptr;
  nero_nn_buffers buffers_{};
  std::vector<nero_nn_parameter> parameters_;
};

}  // namespace twin
