// A small model for tests: ragged shapes, empties, a vector; gradients of mixed size.
#pragma once

#include <cmath>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "nero/nero.h"

struct Model {
  std::vector<std::vector<float>> weights, gradients;
  std::vector<nero_parameter> parameters;

  explicit Model(nero_layout layout = NERO_ROWS, unsigned seed = 1) {
    const int64_t shapes[][2] = {{0, 5}, {7, 13}, {300, 129}, {0, 0}, {64, 27}, {3, 65537}, {40, 1000}, {5, 2}};
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    const auto add = [&](nero_layout how, int64_t neurons, int64_t fan_in) {
      std::vector<float> w(static_cast<size_t>(neurons * fan_in)), g(w.size());
      for (float &x : w) x = normal(random);
      for (float &x : g) x = normal(random) * std::pow(10.0f, 2 * normal(random) - 2);
      weights.push_back(w);
      gradients.push_back(g);
      nero_parameter p{};
      p.struct_size = sizeof p;
      p.layout = how;
      p.neurons = neurons;
      p.fan_in = fan_in;
      p.learning_rate_factor = 1;
      p.weight_decay_factor = 1;
      parameters.push_back(p);
    };
    for (const auto &shape : shapes) add(layout, shape[0], shape[1]);
    add(NERO_VECTOR, 1000, 1);
    add(NERO_VECTOR, 0, 1);
    for (size_t i = 0; i < parameters.size(); i++) {
      nero_parameter &p = parameters[i];
      p.weights = weights[i].empty() ? nullptr : weights[i].data();
      p.gradients = gradients[i].empty() ? nullptr : gradients[i].data();
      p.weights_bytes = p.gradients_bytes = weights[i].size() * 4;
    }
  }
};

/// Default hyper-parameters of every kind.
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

/// Runs some steps and gives all weights.
inline std::vector<std::vector<float>> run(nero_context *context, int kind, Model &model, int steps,
                                           bool in_parts = false, double rate = 0.01) {
  const Hypers hypers;
  nero_optimizer *optimizer = nullptr;
  if (nero_optimizer_create(context, static_cast<nero_optimizer_kind>(kind), hypers.of(kind), nullptr,
                            model.parameters.data(), static_cast<int64_t>(model.parameters.size()), &optimizer,
                            nullptr) != NERO_OK) {
    return {};
  }
  nero_step_args args{sizeof args, 0, rate, 1};
  for (int step = 0; step < steps; step++) {
    if (!in_parts) {
      nero_optimizer_step(optimizer, &args, nullptr, nullptr);
      continue;
    }
    uint32_t observe = 0;
    nero_optimizer_begin(optimizer, &args, &observe, nullptr);
    for (size_t i = 0; observe != 0 && i < model.parameters.size(); i++) {
      const nero_parameter &p = model.parameters[i];
      nero_optimizer_observe(optimizer, static_cast<int64_t>(i), p.gradients, p.gradients_bytes, nullptr);
    }
    for (size_t i = 0; i < model.parameters.size(); i++) {
      const nero_parameter &p = model.parameters[i];
      nero_optimizer_apply(optimizer, static_cast<int64_t>(i), p.weights, p.weights_bytes, p.gradients,
                           p.gradients_bytes, nullptr);
    }
    nero_optimizer_end(optimizer, nullptr, nullptr);
  }
  nero_optimizer_destroy(optimizer, nullptr);
  return model.weights;
}
