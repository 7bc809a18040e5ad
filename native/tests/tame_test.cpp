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

std::vector<float> state(nero_optimizer *optimizer, const char *name, size_t count) {
  std::vector<float> values(count);
  if (nero_optimizer_state_read(optimizer, 0, name, values.data(), count * 4, nullptr) != NERO_OK) return {};
  return values;
}

bool same(float a, float b) { return std::memcmp(&a, &b, sizeof a) == 0; }

/// largest: of the gradients, times the scale; at the end of each row, and of no other size is any that is not
/// ordinary.
void each_element_as_the_rule(nero_context *context, const Case &c, int64_t neurons, int64_t fan_in, double scale,
                              float largest) {
  const auto count = static_cast<size_t>(neurons * fan_in);
  std::vector<float> w(count), g(count);
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::uniform_int_distribution<int> any(0, 399);
  const auto beyond = static_cast<float>(std::fmin(largest / std::fabs(scale), 3.4e38));
  for (size_t i = 0; i < count; i++) {
    w[i] = any(random) == 0 ? 1e18f : uniform(random);
    g[i] = uniform(random);
    if ((i + 1) % static_cast<size_t>(fan_in) == 0) g[i] = std::copysign(beyond, g[i]);
  }
  std::vector<Element> expected(count);
  for (size_t i = 0; i < count; i++) expected[i] = {w[i], 0, 0, 0};
  nero_parameter p = shaped(NERO_ROWS, neurons, fan_in);
  p.weights = w.data();
  p.gradients = g.data();
  nero_optimizer *optimizer = nullptr;
  nero_optimizer_create(context, static_cast<nero_optimizer_kind>(c.kind), c.hypers.of(c.kind), nullptr, &p, 1,
                        &optimizer, nullptr);
  CHECK(optimizer != nullptr);
  const double rate = 1e-3;
  for (int k = 1; k <= kSteps; k++) {
    for (size_t i = 0; i < count; i++) {
      if (!c.moves) expected[i].w = w[i];
      step_element(c, expected[i], g[i], rate, scale, k);
    }
    CHECK(step(optimizer, nullptr, rate, nullptr, scale) == NERO_OK);
  }
  const bool sgd = c.kind == NERO_KIND_SGD;
  const std::vector<float> first = state(optimizer, sgd ? "momentum" : "first_moment", count);
  const std::vector<float> second = state(optimizer, sgd ? "momentum" : "second_moment", count);
  CHECK(first.size() == count && second.size() == count);
  size_t wrong = 0;
  for (size_t i = 0; i < count && first.size() == count && second.size() == count; i++) {
    const Element &e = expected[i];
    const bool good = same(first[i], e.first) && (sgd || same(second[i], e.second)) && (!c.moves || same(w[i], e.w));
    if (!good && wrong++ == 0) {
      fprintf(stderr, "%s, %lld x %lld, scale %g, up to %g: element %zu, state %g %g, by the rule %g %g\n", c.name,
              (long long)neurons, (long long)fan_in, scale, largest, i, first[i], second[i], e.first, e.second);
    }
  }
  CHECK(wrong == 0);
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
  const std::vector<float> momentum = state(optimizer, "momentum", w.size());
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
        for (const float largest : {1.0f, 0.99e18f, 1.01e18f, 3e38f}) {
          // One vector of them, a small tensor, stretches of many rows and rows of many turns.
          each_element_as_the_rule(context, c, 1, 7, scale, largest);
          each_element_as_the_rule(context, c, 3, 100, scale, largest);
          each_element_as_the_rule(context, c, 300, 70, scale, largest);
          each_element_as_the_rule(context, c, 3, 9001, scale, largest);
        }
      }
    }
    momentum_is_held(context);
    nero_context_destroy(context, nullptr);
  }
  return nero_failures == 0 ? 0 : 1;
}
