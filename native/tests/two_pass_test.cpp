// Optimisers that need norms of a whole tensor first: their norms, where squares leave the range of float, and their
// second pass, which looks at gradients again only where one of them was not finite.
#include <algorithm>

#include "check.h"
#include "model.h"

namespace {

struct Settings {
  int kind = NERO_KIND_LAMB;
  nero_layout layout = NERO_ROWS;
  nero_constraint constraint = NERO_CONSTRAINT_NONE;
  nero_non_finite non_finite = NERO_NON_FINITE_SKIP_NEURON;
  double rate = 0.01;
};

/// LAMB without a norm of all gradients together, by which one tensor would know of another.
Hypers hypers() {
  Hypers h;
  h.lamb.max_gradient_norm = 0;
  return h;
}

nero_optimizer *make(nero_context *context, const Settings &settings, const Hypers &h, const Model &model) {
  nero_optimizer_options options = options_of(settings.kind);
  options.constraint = settings.constraint;
  options.non_finite = settings.non_finite;
  nero_optimizer *optimizer = nullptr;
  nero_optimizer_create(context, static_cast<nero_optimizer_kind>(settings.kind), h.of(settings.kind), &options,
                        model.parameters.data(), model.count(), &optimizer, nullptr);
  return optimizer;
}

struct Outcome {
  Tensors before, weights;  ///< the second step
  std::vector<std::vector<NamedState>> states;
  int64_t non_finite;

  bool same(const Outcome &other, size_t i) const {
    const auto bytes = weights[i].size() * sizeof(float);
    return states[i] == other.states[i] &&
           (bytes == 0 || std::memcmp(weights[i].data(), other.weights[i].data(), bytes) == 0);
  }
};

constexpr size_t kSpoiled = 5;               // of long rows: each neuron is a range of its own
constexpr size_t kElement = kLongFanIn + 7;  // of the neuron in the middle, in rows

/// Two steps, of which the second has the rate of the settings and one bad gradient, unless that is 0.
Outcome outcome(int threads, const Settings &settings, const Hypers &h, float bad) {
  nero_context *context = make_context(threads);
  Model model(settings.layout);
  nero_optimizer *optimizer = make(context, settings, h, model);
  CHECK(optimizer != nullptr);
  CHECK(step(optimizer) == NERO_OK);
  const Tensors before = model.weights;
  if (bad != 0) model.gradients[kSpoiled][kElement] = bad;
  nero_step_report report = empty_report();
  CHECK(step(optimizer, &report, settings.rate) == NERO_OK);
  const Outcome result = {before, model.weights, states_of(optimizer, model), report.neurons_non_finite};
  nero_optimizer_destroy(optimizer, nullptr);
  nero_context_destroy(context, nullptr);
  return result;
}

/// A tensor beside one with a bad gradient moves as it does without, whichever way the second pass takes; and the
/// number of threads changes no bit.
void neighbours_move_as_ever(const Settings &settings) {
  const Hypers h = hypers();
  const Outcome clean = outcome(1, settings, h, 0);
  const Outcome alone = outcome(1, settings, h, NAN);
  CHECK(clean.non_finite == 0 && alone.non_finite == 1);
  for (size_t i = 0; i < clean.weights.size(); i++) {
    CHECK(i == kSpoiled || alone.same(clean, i));
    if (settings.rate == 0) CHECK(clean.weights[i] == clean.before[i]);
    // Two balanced weights have one place each.
    if (settings.rate != 0 && clean.weights[i].size() > 10) CHECK(clean.weights[i] != clean.before[i]);
  }
  for (const int threads : {2, 3, 7}) {
    const Outcome found = outcome(threads, settings, h, NAN);
    CHECK(found.non_finite == 1);
    for (size_t i = 0; i < clean.weights.size(); i++) CHECK(found.same(alone, i));
  }
  // What rests is of one neuron.
  for (size_t i = 0; i < alone.weights[kSpoiled].size(); i++) CHECK(std::isfinite(alone.weights[kSpoiled][i]));
}

/// PROPAGATE, where no ratio carries it on: one weight is lost, and all others move as without.
void one_weight_is_lost(nero_layout layout, int threads) {
  Settings settings;
  settings.layout = layout;
  settings.non_finite = NERO_NON_FINITE_PROPAGATE;
  Hypers h = hypers();
  h.lamb.adapt_without_decay = 0;
  h.lamb.weight_decay = 0;
  const Outcome clean = outcome(threads, settings, h, 0);
  const Outcome found = outcome(threads, settings, h, NAN);
  CHECK(found.non_finite == 1);
  for (size_t i = 0; i < clean.weights.size(); i++) {
    CHECK(i == kSpoiled || found.same(clean, i));
    for (size_t k = 0; k < clean.weights[i].size(); k++) {
      const bool lost = i == kSpoiled && k == kElement;
      CHECK(lost ? std::isnan(found.weights[i][k]) : found.weights[i][k] == clean.weights[i][k]);
    }
  }
}

/// LAMB's first step in double: |w| / |m / (sqrt(v) + epsilon) + decay w|.
void ratio_follows_the_equations(nero_layout layout, int64_t neurons, int64_t fan_in, float first_size, float size,
                                 float gradient) {
  const auto count = static_cast<size_t>(neurons * fan_in);
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  std::vector<float> w(count), g(count);
  for (size_t i = 0; i < count; i++) {
    w[i] = normal(random) * (i < std::min<size_t>(4096, (count + 1) / 2) ? first_size : size);
    g[i] = normal(random) * gradient;
  }
  nero_lamb_hyper h;
  nero_lamb_defaults(NERO_LAMB_PAPER, &h, nullptr);
  h.weight_decay = 0.01;
  h.weight_norm_max = INFINITY;
  double ww = 0, uu = 0;
  for (size_t i = 0; i < count; i++) {
    const double x = w[i];
    const double y = g[i];
    const double u = y == 0 ? 0 : 0.1 * y / (std::sqrt(0.001 * y * y) + h.epsilon);
    ww += x * x;
    uu += (u + 0.01 * x) * (u + 0.01 * x);
  }
  nero_parameter p = shaped(layout, neurons, fan_in);
  p.weights = w.data();
  p.gradients = g.data();
  nero_context *context = make_context(2);
  nero_optimizer *optimizer = nullptr;
  CHECK(nero_optimizer_create(context, NERO_KIND_LAMB, &h, nullptr, &p, 1, &optimizer, nullptr) == NERO_OK);
  CHECK(step(optimizer) == NERO_OK);
  double ratio = 0;
  CHECK(nero_optimizer_state_read(optimizer, 0, "trust_ratio", &ratio, sizeof ratio, nullptr) == NERO_OK);
  CHECK(std::fabs(ratio / std::sqrt(ww / uu) - 1) < 2e-6);
  nero_optimizer_destroy(optimizer, nullptr);
  nero_context_destroy(context, nullptr);
}

void ratios(nero_layout layout) {
  const std::pair<int64_t, int64_t> shapes[] = {{1, 5},    {7, 63},    {20, 64},  {5, 65},   {2, 1024},
                                                {3, 1100}, {70, 4096}, {3, 4097}, {1, 8192}, {2, 9001}};
  for (const auto &shape : shapes) {
    // Squares of 1e-25 are 0 in float, and those of 1e25 infinite: everywhere, or in a block beside others.
    for (const float first : {1e-25f, 1.0f, 1e25f}) {
      for (const float size : {1e-25f, 1.0f, 1e25f}) {
        for (const float gradient : {0.0f, 1.0f}) {
          ratio_follows_the_equations(layout, shape.first, shape.second, first, size, gradient);
        }
      }
    }
  }
}

}  // namespace

int main() {
  for (const nero_layout layout : {NERO_ROWS, NERO_COLUMNS}) {
    ratios(layout);
    for (const int threads : {1, 3}) one_weight_is_lost(layout, threads);
    for (const int kind : {NERO_KIND_LAMB, NERO_KIND_FROMAGE, NERO_KIND_LARS}) {
      for (const nero_constraint constraint : {NERO_CONSTRAINT_NONE, NERO_CONSTRAINT_BALANCED}) {
        for (const double rate : {0.01, 0.0}) {
          Settings settings;
          settings.kind = kind;
          settings.layout = layout;
          settings.constraint = constraint;
          settings.rate = rate;
          neighbours_move_as_ever(settings);
        }
      }
    }
  }
  return nero_failures != 0;
}
