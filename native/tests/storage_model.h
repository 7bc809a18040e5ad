// What the test of storages needs: the CPU's drivers as level.cpp has them, bfloat16 as a storage, and tensors of it
// between guards.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#include "cpu/kernels.h"
#include "rules/balance.h"
#include "rules/gradient.h"

namespace nero {
namespace {

#include "cpu/drivers.h"

struct BF16 {
  using Element = uint16_t;

  static float get(const Element *from) {
    const uint32_t bits = static_cast<uint32_t>(*from) << 16;
    float x;
    std::memcpy(&x, &bits, sizeof x);
    return x;
  }
  /// To the nearest, ties to even; NaN stays NaN.
  static void put(Element *to, float x) {
    const uint32_t bits = bits_of(x);
    const uint32_t rounded = bits + 0x7fffu + ((bits >> 16) & 1);
    *to = static_cast<Element>((x != x ? bits | 0x400000u : rounded) >> 16);
  }
  static Lanes load(const Element *from) { return load_partial(from, kLanes); }
  static void store(Element *to, const Lanes &x) { store_partial(to, x, kLanes); }
  static Lanes load_partial(const Element *from, int64_t count) {
    float lane[kLanes] = {};
    for (int64_t i = 0; i < count; i++) lane[i] = get(from + i);
    return load_lanes(lane);
  }
  static void store_partial(Element *to, const Lanes &x, int64_t count) {
    float lane[kLanes];
    store_lanes(lane, x);
    for (int64_t i = 0; i < count; i++) put(to + i, lane[i]);
  }
};

float rounded(float x) {
  uint16_t narrow;
  BF16::put(&narrow, x);
  return BF16::get(&narrow);
}

/// Numbers between guards of NaN: what is read too far shows in sums, and what is written too far in the guards.
template <class Storage>
class Buffer {
 public:
  explicit Buffer(const std::vector<float> &values) : all_(values.size() + 2 * kGuard) {
    for (auto &x : all_) Storage::put(&x, std::nanf(""));
    for (size_t i = 0; i < values.size(); i++) Storage::put(data() + i, values[i]);
  }
  typename Storage::Element *data() { return all_.data() + kGuard; }
  std::vector<float> values() const {
    std::vector<float> all;
    for (size_t i = kGuard; i + kGuard < all_.size(); i++) all.push_back(Storage::get(&all_[i]));
    return all;
  }
  void round() {
    for (size_t i = kGuard; i + kGuard < all_.size(); i++) Storage::put(&all_[i], rounded(Storage::get(&all_[i])));
  }
  bool guarded() const {
    bool all = true;
    for (size_t i = 0; i < kGuard; i++) {
      all = all && std::isnan(Storage::get(&all_[i])) && std::isnan(Storage::get(&all_[all_.size() - 1 - i]));
    }
    return all;
  }

 private:
  static constexpr size_t kGuard = 67;
  std::vector<typename Storage::Element> all_;
};

struct Shape {
  nero_layout layout;
  int64_t neurons, fan_in;
};

/// Short and long rows, with tails and beyond a fold; columns in blocks and in panels; a vector.
const Shape kShapes[] = {{NERO_ROWS, 40, 27},      {NERO_ROWS, 21, 130},   {NERO_ROWS, 5, 1025},
                         {NERO_ROWS, 4, 5001},     {NERO_COLUMNS, 70, 27}, {NERO_COLUMNS, 600, 131},
                         {NERO_COLUMNS, 40, 2100}, {NERO_VECTOR, 700, 1}};

enum Kind {
  kPlain,
  kStill,     ///< a learning rate of 0: state alone
  kPoisoned,  ///< neurons with a gradient that is not finite rest; one is exempt from the constraint
  kWild       ///< neurons beyond what sums in float hold; one is exempt from the constraint
};

constexpr int kSteps = 3;

struct Case {
  Shape shape;
  Kind kind;
  std::vector<float> weights, gradients[kSteps];
  std::vector<uint8_t> exempt;

  Case(const Shape &s, Kind k) : shape(s), kind(k), exempt(static_cast<size_t>(s.neurons)) {
    std::mt19937 random(7);
    std::normal_distribution<float> normal;
    const auto draw = [&](std::vector<float> &to, float scale) {
      for (int64_t i = 0; i < s.neurons * s.fan_in; i++) to.push_back(rounded(scale * normal(random)));
    };
    draw(weights, 1 / std::sqrt(static_cast<float>(s.fan_in)));
    for (auto &g : gradients) draw(g, 0.1f);
    if (kind == kWild) {
      scale(weights, 0, 0x1p70f);
      for (auto &g : gradients) {
        scale(g, 1, 0x1p-80f);
        scale(g, 2, 0x1p75f);
        scale(g, s.neurons - 1, 0);
      }
    }
    if (kind == kPoisoned) {
      for (auto &g : gradients) {
        g[at(1, s.fan_in / 2)] = std::nanf("");
        g[at(s.neurons - 1, 0)] = -INFINITY;
      }
    }
    exempt[3] = 1;
  }
  size_t at(int64_t neuron, int64_t i) const {
    return static_cast<size_t>(shape.layout == NERO_COLUMNS ? i * shape.neurons + neuron : neuron * shape.fan_in + i);
  }
  bool rests(int64_t neuron) const { return kind == kPoisoned && (neuron == 1 || neuron == shape.neurons - 1); }
  template <class Storage>
  Tensor tensor(Buffer<Storage> &w, Buffer<Storage> &g) const {
    const bool some_exempt = kind == kPoisoned || kind == kWild;
    return {shape.layout,
            shape.layout == NERO_VECTOR ? NERO_CONSTRAINT_NONE : NERO_CONSTRAINT_BALANCED,
            kind == kPoisoned ? NERO_NON_FINITE_SKIP_NEURON : NERO_NON_FINITE_PROPAGATE,
            shape.neurons,
            shape.fan_in,
            w.data(),
            g.data(),
            some_exempt ? exempt.data() : nullptr,
            kind != kStill};
  }

 private:
  void scale(std::vector<float> &x, int64_t neuron, float by) {
    for (int64_t i = 0; i < shape.fan_in; i++) x[at(neuron, i)] *= by;
  }
};

}  // namespace
}  // namespace nero
