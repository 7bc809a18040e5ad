// Tables of tensors, drawn by chance and by hand: in one optimiser each tensor takes the step that it takes in one of
// its own, to the bit, on one thread and on three.
#include <cstdlib>

#include "check.h"
#include "model.h"

namespace {

constexpr int kSteps = 3;

struct Shape {
  nero_layout layout;
  int64_t neurons, fan_in;
};
using Shapes = std::vector<Shape>;

struct Table {
  Tensors weights, gradients;
  std::vector<nero_parameter> parameters;

  Table(const Shapes &shapes, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    std::uniform_int_distribution<int> rare(0, 60);
    for (const Shape &s : shapes) {
      parameters.push_back(shaped(s.layout, s.neurons, s.fan_in));
      if (rare(random) == 0) parameters.back().learning_rate_factor = 0.5;
      weights.emplace_back(static_cast<size_t>(s.neurons * s.fan_in));
      gradients.emplace_back(weights.back().size());
      for (float &w : weights.back()) w = normal(random);
      for (float &g : gradients.back()) g = normal(random);
      if (rare(random) == 0 && !gradients.back().empty()) gradients.back().back() = INFINITY;
    }
    for (size_t i = 0; i < parameters.size(); i++) {
      parameters[i].weights = weights[i].data();
      parameters[i].gradients = gradients[i].data();
    }
  }
  Table(const Table &) = delete;
  Table &operator=(const Table &) = delete;
};

/// What an optimiser over these parameters leaves of their state; the weights it leaves where they are.
std::vector<std::vector<NamedState>> stepped(nero_context *context, int kind,
                                             const std::vector<nero_parameter> &parameters) {
  nero_optimizer_options options = options_of(kind);
  options.non_finite = NERO_NON_FINITE_SKIP_NEURON;
  options.degenerate = NERO_DEGENERATE_EXEMPT;
  Hypers hypers;
  // Without a norm over the whole table.
  nero_lamb_defaults(NERO_LAMB_PAPER, &hypers.lamb, nullptr);
  nero_optimizer *optimizer = nullptr;
  nero_optimizer_create(context, static_cast<nero_optimizer_kind>(kind), hypers.of(kind), &options, parameters.data(),
                        static_cast<int64_t>(parameters.size()), &optimizer, nullptr);
  CHECK(optimizer != nullptr);
  for (int k = 0; k < kSteps; k++) CHECK(step(optimizer) == NERO_OK);
  std::vector<std::vector<NamedState>> states;
  for (size_t i = 0; i < parameters.size(); i++) states.push_back(states_of(optimizer, static_cast<int64_t>(i)));
  nero_optimizer_destroy(optimizer, nullptr);
  return states;
}

void each_steps_as_alone(const std::vector<nero_context *> &contexts, int kind, const Shapes &shapes, unsigned seed) {
  const Table alone(shapes, seed);
  std::vector<std::vector<NamedState>> states;
  for (const nero_parameter &p : alone.parameters) states.push_back(stepped(contexts[0], kind, {p})[0]);
  // None has a gradient of zeros; one neuron rests where its last gradient is not finite.
  const Table start(shapes, seed);
  for (size_t i = 0; i < shapes.size(); i++) {
    const bool may_rest = shapes[i].neurons < 2 || shapes[i].fan_in == 1;
    CHECK(may_rest || alone.weights[i] != start.weights[i]);
  }
  for (nero_context *context : contexts) {
    const Table table(shapes, seed);
    const auto found = stepped(context, kind, table.parameters);
    for (size_t i = 0; i < shapes.size(); i++) {
      const bool weights =
          shapes[i].neurons * shapes[i].fan_in == 0 ||
          std::memcmp(table.weights[i].data(), alone.weights[i].data(), alone.weights[i].size() * 4) == 0;
      if (weights && found[i] == states[i]) continue;
      nero_failures++;
      fprintf(stderr, "kind %d, table %u: other %s of tensor %zu of %zu, %lld x %lld\n", kind, seed,
              weights ? "state" : "weights", i, shapes.size(), (long long)shapes[i].neurons,
              (long long)shapes[i].fan_in);
      return;
    }
  }
}

/// Neurons of neighbours that have fan_in in common.
Shapes rows(int64_t fan_in, const std::vector<int64_t> &neurons) {
  Shapes all;
  for (const int64_t n : neurons) all.push_back({NERO_ROWS, n, fan_in});
  return all;
}

/// Runs of tensors of one fan_in, mostly of few rows, mostly in rows; some tables are so large that further threads
/// take part in their steps.
Shapes drawn(std::mt19937 &random) {
  const auto in = [&](int64_t from, int64_t to) { return std::uniform_int_distribution<int64_t>(from, to)(random); };
  Shapes all;
  const int64_t most_rows = in(0, 2) == 0 ? 3 : (in(0, 1) == 0 ? 20 : 70);
  const int64_t runs = in(1, 6);
  for (int64_t run = 0; run < runs; run++) {
    const int64_t fan_in = in(0, 3) == 0 ? in(250, 600) : in(2, 60);
    const int64_t layout = in(0, 9);
    const int64_t count = in(1, 12);
    for (int64_t i = 0; i < count; i++) {
      const int64_t neurons = in(0, 30) == 0 ? 0 : in(1, most_rows);
      if (layout == 0) {
        all.push_back({NERO_VECTOR, neurons, 1});
      } else {
        all.push_back({layout == 1 ? NERO_COLUMNS : NERO_ROWS, neurons, fan_in});
      }
    }
  }
  if (in(0, 7) == 0) {
    all.insert(all.begin() + in(0, static_cast<int64_t>(all.size())), {NERO_ROWS, kSanitized ? 1000 : 8000, 70});
  }
  return all;
}

}  // namespace

int main(int count, char **arguments) {
  const auto tables = static_cast<unsigned>(count > 1 ? std::atoi(arguments[1]) : 0);
  CHECK(tables > 0);
  std::vector<nero_context *> contexts = {make_context(1), make_context(3), make_context(1, "generic")};
  for (const nero_context *context : contexts) CHECK(context != nullptr);
  if (nero_failures != 0) return 1;
  // Small tensors behind a large one: Nero's rows that wait to be moved are of many tensors then.
  for (const int64_t first : {1, 4, 5, 7, 8, 12, 64, 600}) {
    each_steps_as_alone(contexts, NERO_KIND_NERO, rows(16, {first, 1, 1, 1, 1, 1, 1, 2, 9, 1, 3}), 0);
    each_steps_as_alone(contexts, NERO_KIND_NERO, rows(70, {first, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3}), 0);
  }
  std::mt19937 random(1);
  for (unsigned seed = 1; seed <= tables; seed++) {
    const Shapes shapes = drawn(random);
    each_steps_as_alone(contexts, NERO_KIND_NERO, shapes, seed);
    each_steps_as_alone(contexts, static_cast<int>(1 + seed % 6), shapes, seed);
  }
  for (nero_context *context : contexts) nero_context_destroy(context, nullptr);
  return nero_failures == 0 ? 0 : 1;
}
