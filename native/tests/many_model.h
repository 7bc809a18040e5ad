// Hundreds of small tensors, and a large one if wanted, for the test of series: runs that are alike but for their size,
// and what ends a run.
#pragma once

#include <limits>

#include "model.h"

constexpr int64_t kTensors = 700;
/// The one without a gradient.
constexpr int64_t kAbsent = 333;
/// One that may be large.
constexpr int64_t kLarge = 24;
/// Neurons with a gradient that is not finite.
constexpr int64_t kPoisoned = 34;
/// Neurons of equal weights and gradients, which no constraint holds.
constexpr int64_t kDegenerates = 4;
/// Has one of them, as has the next one.
constexpr int64_t kDegenerate = 30;

/// Long and short ones, some of them beyond a small tensor's loops; among them some with other factors, without the
/// constraint, with a neuron that is exempt from it, and with a gradient that is not finite.
class Many {
 public:
  Tensors weights, gradients;
  std::vector<nero_parameter> parameters;

  /// grown: each has further neurons behind its own, so many that it is not a small one, and what it has besides is the
  /// same. large: one has so many neurons of its own that further threads take part in a step of all.
  Many(bool grown, bool large) {
    std::mt19937 random(7);
    std::mt19937 random_behind(8);
    std::uniform_real_distribution<float> uniform(-1, 1);
    // Within every bound: no neuron behind becomes one of equal weights by being held there.
    std::uniform_real_distribution<float> small(-0.125f, 0.125f);
    for (int64_t i = 0; i < kTensors; i++) {
      add(i, grown, large && i == kLarge);
      const nero_parameter &p = parameters.back();
      weights.emplace_back(static_cast<size_t>(p.neurons * p.fan_in));
      gradients.emplace_back(weights.back().size());
      for (int64_t neuron = 0; neuron < p.neurons; neuron++) {
        const bool own = neuron < neurons_[static_cast<size_t>(i)];
        for (int64_t k = 0; k < p.fan_in; k++) {
          const float w = own ? uniform(random) : small(random_behind);
          const float g = uniform(own ? random : random_behind);
          weights.back()[at(p, neuron, k)] = degenerate(i, neuron) ? 0.5f : w;
          gradients.back()[at(p, neuron, k)] = degenerate(i, neuron) ? 0.25f : g;
        }
      }
      if (poisoned(i)) last_gradient(i) = std::numeric_limits<float>::infinity();
    }
    for (size_t i = 0; i < parameters.size(); i++) bind(i);
  }
  Many(const Many &) = delete;
  Many &operator=(const Many &) = delete;

  void cure_gradients() {
    for (int64_t i = 0; i < kTensors; i++) {
      if (poisoned(i)) last_gradient(i) = 0.5f;
    }
  }

  /// Of each tensor's own neurons, one behind the other.
  Tensors own_weights() const {
    Tensors all;
    for (size_t i = 0; i < parameters.size(); i++) all.push_back(own(i, weights[i].data()));
    return all;
  }
  std::vector<NamedState> own_states(nero_optimizer *optimizer, int64_t parameter) const {
    const auto i = static_cast<size_t>(parameter);
    std::vector<NamedState> states = states_of(optimizer, parameter);
    for (NamedState &state : states) {
      const auto neurons = static_cast<size_t>(neurons_[i]);
      if (state.name == "square" || state.name == "exempt") state.bytes.resize(neurons * sizeof(double));
      if (state.name.find("mom") == std::string::npos) continue;
      std::vector<float> elements(state.bytes.size() / sizeof(float));
      std::memcpy(elements.data(), state.bytes.data(), state.bytes.size());
      elements = own(i, elements.data());
      state.bytes.resize(elements.size() * sizeof(float));
      std::memcpy(state.bytes.data(), elements.data(), state.bytes.size());
    }
    return states;
  }

  /// Gives the tensors [from, to) other memory; the gradients that they leave behind are not to be used any more.
  std::vector<nero_binding> move(size_t from, size_t to) {
    std::vector<nero_binding> bindings;
    for (size_t i = from; i < to; i++) {
      left_weights.push_back(std::move(weights[i]));
      left_gradients.push_back(std::move(gradients[i]));
      weights[i] = left_weights.back();
      gradients[i] = left_gradients.back();
      for (float &g : left_gradients.back()) g = std::numeric_limits<float>::quiet_NaN();
      bind(i);
      const nero_parameter &p = parameters[i];
      bindings.push_back({sizeof(nero_binding), 0, static_cast<int64_t>(i), p.weights, p.weights_bytes, p.gradients,
                          p.gradients_bytes});
    }
    return bindings;
  }
  Tensors left_weights, left_gradients;

 private:
  static bool poisoned(int64_t i) { return i % 41 == 38 || i % 41 == 40; }
  /// Two neighbours in rows and two in columns.
  static bool degenerate(int64_t i, int64_t neuron) {
    const int64_t from_first = i % 280 - kDegenerate;
    return i < 560 && (from_first == 0 ? neuron == 2 : from_first == 1 && neuron == 1);
  }
  static size_t at(const nero_parameter &p, int64_t neuron, int64_t k) {
    return static_cast<size_t>(p.layout == NERO_COLUMNS ? k * p.neurons + neuron : neuron * p.fan_in + k);
  }
  std::vector<float> own(size_t i, const float *elements) const {
    std::vector<float> all;
    for (int64_t neuron = 0; neuron < neurons_[i]; neuron++) {
      for (int64_t k = 0; k < parameters[i].fan_in; k++) all.push_back(elements[at(parameters[i], neuron, k)]);
    }
    return all;
  }
  float &last_gradient(int64_t i) {
    const auto index = static_cast<size_t>(i);
    const nero_parameter &p = parameters[index];
    return gradients[index][at(p, neurons_[index] - 1, p.fan_in - 1)];
  }
  void add(int64_t i, bool grown, bool large) {
    const bool vector = i % 100 >= 80;
    const int64_t in_run = i / 10 % 10;
    nero_parameter p{};
    p.struct_size = sizeof p;
    p.layout = vector ? NERO_VECTOR : (i / 100 == 3 ? NERO_COLUMNS : NERO_ROWS);
    p.fan_in = vector ? 1 : (i % 25 == 24 ? 331 : 2 + i % 23);
    neurons_.push_back(large ? (kSanitized ? 100 : 1700) : 1 + i % 9);
    p.neurons = neurons_.back() + (grown ? 1 + 512 / p.fan_in : 0);
    p.unconstrained = in_run == 4 ? 1 : 0;
    p.learning_rate_factor = i / 50 == 5 ? 0.5 : (i / 10 == 55 ? 0 : 1);
    p.weight_decay_factor = in_run == 6 ? 0 : 1;
    p.scale = 0.5 + 0.125 * static_cast<double>(i % 7);
    parameters.push_back(p);
  }
  void bind(size_t i) {
    nero_parameter &p = parameters[i];
    p.weights = weights[i].data();
    p.weights_bytes = weights[i].size() * 4;
    if (static_cast<int64_t>(i) == kAbsent) return;
    p.gradients = gradients[i].data();
    p.gradients_bytes = p.weights_bytes;
  }

  std::vector<int64_t> neurons_;  // a tensor's own
};
