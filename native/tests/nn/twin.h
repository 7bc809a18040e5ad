// One network twice: the library's, and an independent one in double with gradients by finite differences.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "nero/nero_nn.h"
#include "nn/reference.h"

namespace twin {

using reference::Row;
using reference::Rows;
using reference::Shape;
using reference::Window;

inline void must(nero_status status, const nero_error &error) {
  if (status == NERO_OK) return;
  std::fprintf(stderr, "status %d: %s\n", status, error.message);
  std::exit(1);
}

class Network {
 public:
  Network(int64_t features, int64_t batch, int threads) : Network(Shape{features}, batch, threads) {}
  /// A shape of one pixel is a vector.
  Network(const Shape &input, int64_t batch, int threads, bool bfloat16 = false)
      : features_(input.floats()), batch_(batch), shapes_{input} {
    nero_nn_options options{};
    options.struct_size = sizeof options;
    options.threads = threads;
    options.batch = batch;
    options.features = features_;
    options.bfloat16 = bfloat16 ? 1 : 0;
    if (input.height * input.width > 1) options.height = input.height, options.width = input.width;
    error_.struct_size = sizeof error_;
    must(nero_nn_network_create(&options, &network_, &error_), error_);
  }
  ~Network() { must(nero_nn_network_destroy(network_, &error_), error_); }
  Network(const Network &) = delete;
  Network &operator=(const Network &) = delete;

  int32_t linear(int32_t input, int64_t outputs, bool bias) {
    must(nero_nn_add_linear(network_, input, outputs, bias ? 1 : 0, &made_, &error_), error_);
    Layer l{Kind::linear, input};
    l.bias = bias;
    return note(l, {outputs});
  }
  int32_t relu(int32_t input, double scale) {
    must(nero_nn_add_relu(network_, input, scale, &made_, &error_), error_);
    Layer l{Kind::relu, input};
    l.number = scale;
    return note(l, shape(input));
  }
  int32_t sum(int32_t first, int32_t second) {
    must(nero_nn_add_sum(network_, first, second, &made_, &error_), error_);
    Layer l{Kind::sum, first};
    l.second = second;
    return note(l, shape(first));
  }
  int32_t convolution(int32_t input, int64_t outputs, const Window &window, int64_t groups, bool bias) {
    const nero_nn_window w = native(window);
    must(nero_nn_add_convolution(network_, input, &w, outputs, groups, bias ? 1 : 0, &made_, &error_), error_);
    Layer l{Kind::convolution, input};
    l.window = window;
    l.groups = groups;
    l.bias = bias;
    return note(l, window.over(shape(input), outputs));
  }
  int32_t pool(int32_t input, const Window &window, bool greatest) {
    const nero_nn_window w = native(window);
    must((greatest ? nero_nn_add_max_pool : nero_nn_add_average_pool)(network_, input, &w, &made_, &error_), error_);
    Layer l{greatest ? Kind::max_pool : Kind::average_pool, input};
    l.window = window;
    return note(l, window.over(shape(input), shape(input).channels));
  }
  int32_t global_pool(int32_t input) {
    must(nero_nn_add_global_average_pool(network_, input, &made_, &error_), error_);
    const Shape s = shape(input);
    Layer l{Kind::average_pool, input};
    l.window = {s.height, s.width, 1, 1, 0, 0};
    return note(l, {s.channels});
  }
  int32_t batch_norm(int32_t input, double epsilon, double momentum) {
    must(nero_nn_add_batch_norm(network_, input, epsilon, momentum, &made_, &error_), error_);
    Layer l{Kind::batch_norm, input};
    l.number = epsilon;
    return note(l, shape(input));
  }
  int32_t layer_norm(int32_t input, double epsilon) {
    must(nero_nn_add_layer_norm(network_, input, epsilon, &made_, &error_), error_);
    Layer l{Kind::layer_norm, input};
    l.number = epsilon;
    return note(l, shape(input));
  }
  int32_t dropout(int32_t input, double probability, uint64_t seed) {
    must(nero_nn_add_dropout(network_, input, probability, seed, &made_, &error_), error_);
    Layer l{Kind::dropout, input};
    l.number = probability;
    l.seed = seed;
    return note(l, shape(input));
  }
  int32_t flatten(int32_t input) {
    must(nero_nn_add_flatten(network_, input, &made_, &error_), error_);
    return note({Kind::flatten, input}, {shape(input).floats()});
  }
  int32_t embedding(int64_t vocabulary, int64_t width) {
    must(nero_nn_add_embedding(network_, 0, vocabulary, width, &made_, &error_), error_);
    vocabulary_ = vocabulary;
    return note({Kind::embedding, 0}, {features_ * width});
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
      const double middle = p.role == NERO_NN_ROLE_GAIN ? 1 : 0;
      for (int64_t k = 0; k < p.neurons * p.fan_in; k++) p.weights[k] = static_cast<float>(middle + uniform() * bound);
      parameters_.push_back(p);
    }
    for (int64_t i = 0; i < buffers_.states; i++) {
      nero_nn_state s{};
      s.struct_size = sizeof s;
      must(nero_nn_state_describe(network_, i, &s, &error_), error_);
      states_.push_back(s);
    }
    for (int64_t i = 0; i < batch_ * features_; i++) {
      buffers_.inputs[i] = vocabulary_ > 0 ? static_cast<float>(random() % static_cast<uint64_t>(vocabulary_))
                                           : static_cast<float>(uniform());
    }
    for (int64_t i = 0; i < batch_; i++) {
      buffers_.labels[i] = static_cast<int32_t>(random() % static_cast<uint64_t>(buffers_.classes));
    }
  }

  nero_nn_network *handle() const { return network_; }
  const nero_nn_buffers &buffers() const { return buffers_; }
  const std::vector<nero_nn_parameter> &parameters() const { return parameters_; }
  const std::vector<nero_nn_state> &states() const { return states_; }

  nero_nn_result run(bool train, int64_t count) {
    nero_nn_result result{};
    result.struct_size = sizeof result;
    must((train ? nero_nn_train : nero_nn_evaluate)(network_, count, &result, &error_), error_);
    return result;
  }

  int64_t step() const {
    int64_t step = -1;
    nero_nn_step(network_, &step, nullptr);
    return step;
  }

  /// The parameters as they are now, in double.
  Rows weights() const {
    Rows all;
    for (const nero_nn_parameter &p : parameters_) all.emplace_back(p.weights, p.weights + p.neurons * p.fan_in);
    return all;
  }

  /// The reference's mean loss of the first count rows in the training run that follows step others, or, below 0, in
  /// evaluation; correct, if not null, gets the right predictions.
  double loss(const Rows &weights, int64_t count, int64_t step, int64_t *correct = nullptr) const {
    double total = 0;
    if (correct != nullptr) *correct = 0;
    const Rows all = logits(weights, count, step);
    for (size_t row = 0; row < all.size(); row++) {
      const Row &x = all[row];
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

  /// The reference's logits of the first count rows.
  Rows logits(const Rows &weights, int64_t count, int64_t step) const {
    return tensors(weights, count, step)[static_cast<size_t>(logits_)];
  }

  /// All that the reference's layers make.
  std::vector<Rows> tensors(const Rows &weights, int64_t count, int64_t step) const {
    std::vector<Rows> all(1);
    for (int64_t row = 0; row < count; row++) {
      const float *input = buffers_.inputs + row * features_;
      all[0].emplace_back(input, input + features_);
    }
    size_t parameter = 0, state = 0;
    for (size_t i = 0; i < layers_.size(); i++) {
      const Layer &l = layers_[i];
      const Rows &a = all[static_cast<size_t>(l.first)];
      const Shape &s = shape(l.first);
      const bool weighs = l.kind == Kind::linear || l.kind == Kind::convolution || l.kind == Kind::embedding ||
                          l.kind == Kind::batch_norm || l.kind == Kind::layer_norm;
      const Row *w = weighs ? &weights[parameter++] : nullptr;
      const Row *bias =
          l.bias || l.kind == Kind::batch_norm || l.kind == Kind::layer_norm ? &weights[parameter++] : nullptr;
      if (l.kind == Kind::batch_norm) {
        Row mean, variance;
        reference::moments(a, s, mean, variance);
        const nero_nn_state &m = states_[state++], &v = states_[state++];
        if (step < 0) mean.assign(m.values, m.values + m.count), variance.assign(v.values, v.values + v.count);
        all.push_back(reference::batch_norm(a, s, mean, variance, *w, *bias, l.number));
        continue;
      }
      Rows out;
      for (size_t row = 0; row < a.size(); row++) {
        switch (l.kind) {
          case Kind::linear:
            out.push_back(reference::linear(a[row], *w, bias, shapes_[i + 1].channels));
            break;
          case Kind::convolution:
            out.push_back(reference::convolution(a[row], s, l.window, *w, bias, shapes_[i + 1].channels, l.groups));
            break;
          case Kind::max_pool:
            out.push_back(reference::pool(a[row], s, l.window, true));
            break;
          case Kind::average_pool:
            out.push_back(reference::pool(a[row], s, l.window, false));
            break;
          case Kind::layer_norm:
            out.push_back(reference::layer_norm(a[row], *w, *bias, l.number));
            break;
          case Kind::embedding: {
            const auto width = w->size() / static_cast<size_t>(vocabulary_);
            Row made;
            for (const double id : a[row]) {
              const auto from = w->begin() + static_cast<int64_t>(id) * static_cast<int64_t>(width);
              made.insert(made.end(), from, from + static_cast<int64_t>(width));
            }
            out.push_back(made);
            break;
          }
          default: {
            Row made = a[row];
            for (size_t k = 0; k < made.size(); k++) {
              if (l.kind == Kind::relu) made[k] = made[k] > 0 ? l.number * made[k] : 0;
              if (l.kind == Kind::sum) made[k] += all[static_cast<size_t>(l.second)][row][k];
              if (l.kind == Kind::dropout && step >= 0) {
                const bool gone =
                    reference::dropped(row * made.size() + k, static_cast<uint64_t>(step), l.seed, l.number);
                made[k] = gone ? 0 : made[k] / (1 - l.number);
              }
            }
            out.push_back(made);
          }
        }
      }
      all.push_back(std::move(out));
    }
    return all;
  }

 private:
  enum class Kind {
    linear,
    relu,
    sum,
    convolution,
    max_pool,
    average_pool,
    batch_norm,
    layer_norm,
    dropout,
    flatten,
    embedding
  };
  struct Layer {
    Kind kind;
    int32_t first;
    int32_t second = 0;
    double number = 0;  // scale, epsilon or probability
    bool bias = false;
    Window window{};
    int64_t groups = 1;
    uint64_t seed = 0;
  };

  static nero_nn_window native(const Window &w) {
    return {
        sizeof(nero_nn_window), 0, w.kernel_height, w.kernel_width, w.stride_height, w.stride_width, w.padding_height,
        w.padding_width};
  }

  const Shape &shape(int32_t tensor) const { return shapes_[static_cast<size_t>(tensor)]; }

  int32_t note(const Layer &layer, const Shape &shape) {
    layers_.push_back(layer);
    shapes_.push_back(shape);
    if (made_ != static_cast<int32_t>(layers_.size())) std::exit(1);
    return made_;
  }

  int64_t features_, batch_, vocabulary_ = 0;
  std::vector<Layer> layers_;
  std::vector<Shape> shapes_;
  int32_t logits_ = 0, made_ = 0;
  nero_error error_{};
  nero_nn_network *network_ = nullptr;
  nero_nn_buffers buffers_{};
  std::vector<nero_nn_parameter> parameters_;
  std::vector<nero_nn_state> states_;
};

}  // namespace twin
