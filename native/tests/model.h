// A model for tests: ragged shapes, empties first, in the middle and last, a vector; gradients of mixed size.
#pragma once

#include <cmath>
#include <cstring>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "nero/nero.h"

/// A sanitizer makes steps so long that much smaller ones are worth waking threads for.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

/// So many weights that a neuron is dealt by itself: copies of them are most of these tests' time in such builds.
constexpr int64_t kLongFanIn = kSanitized ? 16411 : 65537;

using Tensors = std::vector<std::vector<float>>;

/// A parameter of this shape, which is yet without memory.
inline nero_parameter shaped(nero_layout layout, int64_t neurons, int64_t fan_in) {
  nero_parameter p{};
  p.struct_size = sizeof p;
  p.layout = layout;
  p.neurons = neurons;
  p.fan_in = fan_in;
  p.weights_bytes = p.gradients_bytes = static_cast<uint64_t>(neurons * fan_in) * sizeof(float);
  p.learning_rate_factor = p.weight_decay_factor = 1;
  return p;
}

struct Model {
  Tensors weights, gradients;
  std::vector<nero_parameter> parameters;

  explicit Model(nero_layout layout = NERO_ROWS, unsigned seed = 1) : Model(layout, seed, 0) {}
  Model(const Model &) = delete;
  Model &operator=(const Model &) = delete;

  int64_t count() const { return static_cast<int64_t>(parameters.size()); }

  /// Other gradients, as of another batch.
  void next_gradients(unsigned seed) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> uniform(-1, 1);
    for (auto &tensor : gradients) {
      for (float &g : tensor) g = uniform(random);
    }
  }

 protected:
  /// more: neurons of 1,000 weights each behind all others.
  Model(nero_layout layout, unsigned seed, int64_t more) {
    static const std::vector<std::pair<int64_t, int64_t>> shapes = {
        {0, 5}, {7, 13}, {300, 129}, {0, 0}, {64, 27}, {3, kLongFanIn}, {40, 1000}, {5, 2}, {3, 0}};
    for (const auto &shape : shapes) add(layout, shape.first, shape.second);
    add(NERO_VECTOR, 1000, 1);
    add(NERO_VECTOR, 0, 1);
    if (more > 0) add(layout, more, 1000);
    fill(seed);
    bind();
  }

 private:
  void add(nero_layout how, int64_t neurons, int64_t fan_in) { parameters.push_back(shaped(how, neurons, fan_in)); }
  /// Drawn once for each seed and size: most of these tests' time would go into it.
  void fill(unsigned seed) {
    static std::map<std::pair<unsigned, size_t>, std::pair<Tensors, Tensors>> drawn;
    auto &both = drawn[{seed, parameters.size()}];
    if (both.first.empty()) {
      std::mt19937 random(seed);
      std::normal_distribution<float> normal;
      for (const nero_parameter &p : parameters) {
        std::vector<float> w(static_cast<size_t>(p.neurons * p.fan_in)), g(w.size());
        for (float &x : w) x = normal(random);
        for (float &x : g) x = normal(random) * std::pow(10.0f, 2 * normal(random) - 2);
        both.first.push_back(w);
        both.second.push_back(g);
      }
    }
    weights = both.first;
    gradients = both.second;
  }
  void bind() {
    for (size_t i = 0; i < parameters.size(); i++) {
      nero_parameter &p = parameters[i];
      p.weights = weights[i].empty() ? nullptr : weights[i].data();
      p.gradients = gradients[i].empty() ? nullptr : gradients[i].data();
    }
  }
};

/// A step of any kind is worth waking threads for, be it in parts.
struct LargeModel : Model {
  explicit LargeModel(nero_layout layout = NERO_ROWS) : Model(layout, 1, kSanitized ? 60 : 600) {}
};

/// Hyper-parameters of every kind, such that all of its arithmetic takes part.
struct Hypers {
  nero_nero_hyper nero;
  nero_sgd_hyper sgd;
  nero_adam_hyper adam;
  nero_lamb_hyper lamb;
  nero_madam_hyper madam;
  nero_fromage_hyper fromage;
  nero_lars_hyper lars;

  Hypers() {
    nero_nero_defaults(&nero, nullptr);
    nero_sgd_defaults(&sgd, nullptr);
    sgd.momentum = 0.9;
    nero_adam_defaults(&adam, nullptr);
    adam.amsgrad = 1;
    adam.weight_decay = 0.01;
    nero_lamb_defaults(NERO_LAMB_APEX, &lamb, nullptr);
    nero_madam_defaults(&madam, nullptr);
    nero_fromage_defaults(&fromage, nullptr);
    fromage.weight_bound = 2;
    nero_lars_defaults(NERO_LARS_PAPER, &lars, nullptr);
  }
  const void *of(int kind) const {
    const void *all[] = {&nero, &sgd, &adam, &lamb, &madam, &fromage, &lars};
    return all[kind];
  }
};

/// What a call says went wrong.
struct Message {
  nero_error error{};
  Message() { error.struct_size = sizeof error; }
  bool says(const std::string &text) const { return std::strstr(error.message, text.c_str()) != nullptr; }
  operator nero_error *() { return &error; }
};

inline nero_context *make_context(int threads, const char *level = nullptr) {
  nero_context_options options{};
  options.struct_size = sizeof options;
  options.threads = threads;
  options.cpu_level = level;
  nero_context *context = nullptr;
  return nero_context_create(&options, &context, nullptr) == NERO_OK ? context : nullptr;
}

inline std::vector<std::string> levels() {
  nero_runtime_info info{};
  info.struct_size = sizeof info;
  nero_runtime_describe(&info, nullptr);
  std::vector<std::string> all;
  for (char *name = std::strtok(info.cpu_levels, " "); name != nullptr; name = std::strtok(nullptr, " ")) {
    all.push_back(name);
  }
  return all;
}

inline nero_optimizer_options options_of(int kind) {
  nero_optimizer_options options{};
  nero_optimizer_options_defaults(static_cast<nero_optimizer_kind>(kind), &options, nullptr);
  return options;
}

inline nero_optimizer *make_optimizer(nero_context *context, int kind, const std::vector<nero_parameter> &parameters,
                                      const nero_optimizer_options *options = nullptr, nero_error *error = nullptr) {
  const Hypers hypers;
  nero_optimizer *optimizer = nullptr;
  nero_optimizer_create(context, static_cast<nero_optimizer_kind>(kind), hypers.of(kind), options, parameters.data(),
                        static_cast<int64_t>(parameters.size()), &optimizer, error);
  return optimizer;
}

inline nero_status step(nero_optimizer *optimizer, nero_step_report *report = nullptr, double rate = 0.01,
                        nero_error *error = nullptr, double gradient_scale = 1) {
  const nero_step_args args{sizeof args, 0, rate, gradient_scale};
  return nero_optimizer_step(optimizer, &args, report, error);
}

/// The same in parts, parameters in the given order.
inline nero_status step_in_parts(nero_optimizer *optimizer, const std::vector<nero_parameter> &parameters,
                                 nero_step_report *report = nullptr, bool backwards = false, double rate = 0.01) {
  const nero_step_args args{sizeof args, 0, rate, 1};
  const size_t count = parameters.size();
  const auto at = [&](size_t i) { return backwards ? count - 1 - i : i; };
  uint32_t observe = 0;
  nero_status status = nero_optimizer_begin(optimizer, &args, &observe, nullptr);
  for (size_t i = 0; observe != 0 && status == NERO_OK && i < count; i++) {
    const nero_parameter &p = parameters[at(i)];
    status = nero_optimizer_observe(optimizer, static_cast<int64_t>(at(i)), p.gradients, p.gradients_bytes, nullptr);
  }
  for (size_t i = 0; status == NERO_OK && i < count; i++) {
    const nero_parameter &p = parameters[at(i)];
    status = nero_optimizer_apply(optimizer, static_cast<int64_t>(at(i)), p.weights, p.weights_bytes, p.gradients,
                                  p.gradients_bytes, nullptr);
  }
  return status == NERO_OK ? nero_optimizer_end(optimizer, report, nullptr) : status;
}

inline nero_step_report empty_report() {
  nero_step_report report{};
  report.struct_size = sizeof report;
  return report;
}

struct NamedState {
  std::string name;
  std::vector<char> bytes;
  bool operator==(const NamedState &other) const { return name == other.name && bytes == other.bytes; }
};

/// All state of a parameter, as a checkpoint has it.
inline std::vector<NamedState> states_of(nero_optimizer *optimizer, int64_t parameter) {
  std::vector<NamedState> all;
  int64_t count = 0;
  nero_optimizer_state_count(optimizer, parameter, &count, nullptr);
  all.reserve(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; i++) {
    nero_state_info info{};
    info.struct_size = sizeof info;
    nero_optimizer_state_describe(optimizer, parameter, i, &info, nullptr);
    all.push_back({info.name, std::vector<char>(info.bytes)});
    nero_optimizer_state_read(optimizer, parameter, info.name, all.back().bytes.data(), info.bytes, nullptr);
  }
  return all;
}

inline std::vector<std::vector<NamedState>> states_of(nero_optimizer *optimizer, const Model &model) {
  std::vector<std::vector<NamedState>> all;
  for (int64_t i = 0; i < model.count(); i++) all.push_back(states_of(optimizer, i));
  return all;
}

/// Runs some steps and gives all weights.
inline Tensors run(nero_context *context, int kind, Model &model, int steps, bool in_parts = false,
                   double rate = 0.01) {
  nero_optimizer *optimizer = make_optimizer(context, kind, model.parameters);
  if (optimizer == nullptr) return {};
  for (int i = 0; i < steps; i++) {
    const nero_status status = in_parts ? step_in_parts(optimizer, model.parameters, nullptr, i % 2 == 1, rate)
                                        : step(optimizer, nullptr, rate);
    if (status != NERO_OK) return {};
  }
  nero_optimizer_destroy(optimizer, nullptr);
  return model.weights;
}
