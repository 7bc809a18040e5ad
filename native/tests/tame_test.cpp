// Gradients beyond what moments may hold, here and there among ordinary ones: every element takes the step of the rule
// as it is written, to the bit, though kernels take another form of it where all gradients that they look at are tame.
#include "check.h"
#include "model.h"
#include "rules/adam.h"
#include "rules/lamb.h"
#include "rules/sgd.h"

namespace {

constexpr int kSteps = 3;

struct Case {
  const char *name;
  int kind;
  Hypers hypers;
  bool moves;  ///< weights are compared, not only state
};

std::vector<Case> cases() {
  std::vector<Case> all;
  const auto add = [&](const char *name, int kind, bool moves, const auto &set) {
    all.push_back({name, kind, {}, moves});
    set(all.back().hypers);
  };
  add("momentum", NERO_KIND_SGD, true, [](Hypers &h) { h.sgd.weight_decay = 0.01; });
  add("AdamW", NERO_KIND_ADAM, true, [](Hypers &h) { h.adam.amsgrad = 0; });
  add("AMSGrad", NERO_KIND_ADAM, true, [](Hypers &) {});
  // The weights join the gradient.
  add("Adam", NERO_KIND_ADAM, true, [](Hypers &h) {
    h.adam.amsgrad = 0;
    h.adam.weight_decay = 10;
    h.adam.weight_decay_kind = NERO_WEIGHT_DECAY_COUPLED;
  });
  add("LAMB", NERO_KIND_LAMB, false, [](Hypers &h) { nero_lamb_defaults(NERO_LAMB_PAPER, &h.lamb, nullptr); });
  add("LAMB, coupled", NERO_KIND_LAMB, false, [](Hypers &h) {
    nero_lamb_defaults(NERO_LAMB_PAPER, &h.lamb, nullptr);
    h.lamb.weight_decay = 10;
    h.lamb.decay = NERO_LAMB_DECAY_COUPLED;
  });
  return all;
}

struct Element {
  float w, first, second, third;
};

/// One step of an element by the rule. LAMB: of its moments, the weight being what the library made of it.
void step_element(const Case &c, Element &e, float g, double rate, double scale, int64_t step) {
  if (c.kind == NERO_KIND_SGD) {
    e.w = nero::sgd_momentum(e.w, g, e.first, nero::make_sgd_step(c.hypers.sgd, rate, scale, 1, step));
  } else if (c.kind == NERO_KIND_LAMB) {
    nero::lamb_moment(e.w, g, e.first, e.second, nero::make_lamb_step(c.hypers.lamb, rate, scale, 1, step));
  } else {
    const nero::AdamStep by = nero::make_adam_step(c.hypers.adam, rate, scale, 1, step);
    e.w = by.amsgrad ? nero::amsgrad_element(e.w, g, e.first, e.second, e.third, by)
                     : nero::adam_element(e.w, g, e.first, e.second, by);
  }
}

std::vector<float> state(nero_optimizer *optimizer, size_t tensor, const char *name, size_t count) {
  std::vector<float> values(count);
  if (nero_optimizer_state_read(optimizer, static_cast<int64_t>(tensor), name, values.data(), count * 4, nullptr) !=
      NERO_OK)
    return {};
  return values;
}

bool same(float a, float b) { return std::memcmp(&a, &b, sizeof a) == 0; }

struct Shape {
  int64_t neurons, fan_in;
  bool wild;  ///< some rows end with a gradient beyond what is ordinary
};

struct Table {
  std::vector<std::vector<float>> weights, gradients;
  std::vector<nero_parameter> parameters;

  /// What is not ordinary is of this size, times the scale: no other decides.
  Table(const std::vector<Shape> &shapes, float size, double scale) {
    std::mt19937 random(1);
    std::uniform_real_distribution<float> uniform(-1, 1);
    std::uniform_int_distribution<int> any(0, 399);
    const auto beyond = static_cast<float>(std::fmin(size / std::fabs(scale), 3.4e38));
    for (const Shape &s : shapes) {
      std::vector<float> w(static_cast<size_t>(s.neurons * s.fan_in)), g(w.size());
      for (size_t i = 0; i < w.size(); i++) {
        w[i] = any(random) == 0 ? 1e18f : uniform(random);
        g[i] = uniform(random);
      }
      // The row in the middle and some behind it: there are tame stretches before and between.
      for (int64_t row = s.neurons / 2; s.wild && row < s.neurons; row += 61) {
        float &last = g[static_cast<size_t>((row + 1) * s.fan_in - 1)];
        last = std::copysign(beyond, last);
      }
      weights.push_back(w);
      gradients.push_back(g);
      parameters.push_back(shaped(NERO_ROWS, s.neurons, s.fan_in));
    }
    for (size_t i = 0; i < parameters.size(); i++) {
      parameters[i].weights = weights[i].data();
      parameters[i].gradients = gradients[i].data();
    }
  }
  Table(const Table &) = delete;
  Table &operator=(const Table &) = delete;
};

void each_element_as_the_rule(nero_context *context, const Case &c, const std::vector<Shape> &shapes, double scale,
                              float size) {
  Table table(shapes, size, scale);
  std::vector<std::vector<Element>> expected;
  for (const auto &w : table.weights) {
    expected.emplace_back();
    for (const float x : w) expected.back().push_back({x, 0, 0, 0});
  }
  nero_optimizer *optimizer = nullptr;
  nero_optimizer_create(context, static_cast<nero_optimizer_kind>(c.kind), c.hypers.of(c.kind), nullptr,
                        table.parameters.data(), static_cast<int64_t>(table.parameters.size()), &optimizer, nullptr);
  CHECK(optimizer != nullptr);
  const double rate = 1e-3;
  for (int k = 1; k <= kSteps; k++) {
    for (size_t t = 0; t < shapes.size(); t++) {
      for (size_t i = 0; i < expected[t].size(); i++) {
        if (!c.moves) expected[t][i].w = table.weights[t][i];
        step_element(c, expected[t][i], table.gradients[t][i], rate, scale, k);
      }
    }
    CHECK(step(optimizer, nullptr, rate, nullptr, scale) == NERO_OK);
  }
  const bool sgd = c.kind == NERO_KIND_SGD;
  for (size_t t = 0; t < shapes.size(); t++) {
    const size_t count = expected[t].size();
    const std::vector<float> first = state(optimizer, t, sgd ? "momentum" : "first_moment", count);
    const std::vector<float> second = state(optimizer, t, sgd ? "momentum" : "second_moment", count);
    CHECK(first.size() == count && second.size() == count);
    size_t wrong = 0;
    for (size_t i = 0; i < count && first.size() == count && second.size() == count; i++) {
      const Element &e = expected[t][i];
      const bool good =
          same(first[i], e.first) && (sgd || same(second[i], e.second)) && (!c.moves || same(table.weights[t][i], e.w));
      if (!good && wrong++ == 0) {
        fprintf(stderr, "%s, tensor %zu of %zu, scale %g, up to %g: element %zu, state %g %g, by the rule %g %g\n",
                c.name, t, shapes.size(), scale, size, i, first[i], second[i], e.first, e.second);
      }
    }
    CHECK(wrong == 0);
  }
  nero_optimizer_destroy(optimizer, nullptr);
}

/// Momentum that grows beyond the floats is held at their ends.
void momentum_is_held(nero_context *context) {
  std::vector<float> w(300, 0), g(300, 1);
  g[3] = 3.4e38f;
  g[100] = -3.4e38f;
  nero_parameter p = shaped(NERO_ROWS, 3, 100);
  p.weights = w.data();
  p.gradients = g.data();
  nero_optimizer *optimizer = make_optimizer(context, NERO_KIND_SGD, {p});
  for (int k = 0; k < kSteps; k++) CHECK(step(optimizer, nullptr, 1e-3) == NERO_OK);
  const std::vector<float> momentum = state(optimizer, 0, "momentum", w.size());
  CHECK(momentum.size() == w.size() && momentum[3] == nero::kLargestFinite && momentum[100] == -nero::kLargestFinite);
  nero_optimizer_destroy(optimizer, nullptr);
}

}  // namespace

int main() {
  for (const std::string &level : levels()) {
    nero_context *context = make_context(1, level.c_str());
    CHECK(context != nullptr);
    for (const Case &c : cases()) {
      for (const double scale : {1.0, -1e-3, 1e3}) {
        for (const float size : {1.0f, 0.99e18f, 1.01e18f, 3e38f}) {
          // One vector of them, a small tensor, stretches of many rows and rows of many turns.
          for (const Shape &shape : {Shape{1, 7, true}, {3, 100, true}, {300, 70, true}, {3, 9001, true}}) {
            each_element_as_the_rule(context, c, {shape}, scale, size);
          }
          // What is seen at the end of one is of the next one's beginning.
          const Shape large = {50, 90, false}, wild = {50, 90, true}, small = {3, 100, true}, at_once = {11, 90, true};
          each_element_as_the_rule(context, c, {large, wild, large, small, at_once, small, large, at_once}, scale,
                                   size);
        }
      }
    }
    momentum_is_held(context);
    nero_context_destroy(context, nullptr);
  }
  return nero_failures == 0 ? 0 : 1;
}
