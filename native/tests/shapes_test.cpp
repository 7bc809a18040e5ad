// Rows and columns of every length that a driver treats in a way of its own: held against the equations in double, on
// every SIMD level with the same bits, without a byte touched beside them; and many small tensors in one table.
#include <algorithm>

#include "check.h"
#include "model.h"

namespace {

constexpr int64_t kNeurons = 19;  // two groups of rows, and some
constexpr size_t kGuard = 16;
constexpr float kCanary = 12345.5f;

std::vector<int64_t> fan_ins() {
  std::vector<int64_t> all;
  for (int64_t n = 2; n <= 70; n++) all.push_back(n);
  for (const int64_t n :
       {127, 128, 129, 255, 256, 257, 272, 384, 511, 512, 513, 528, 1023, 1024, 1025, 4095, 4096, 4097, 4608, 9001}) {
    all.push_back(n);
  }
  return all;
}

/// The first count of a row of numbers, drawn once: much of this test's time would go into it.
const float *normal_numbers(size_t count) {
  static std::vector<float> drawn;
  static std::mt19937 random(3);
  static std::normal_distribution<float> normal;
  while (drawn.size() < count) drawn.push_back(normal(random));
  return drawn.data();
}

/// Tensors one float behind a cache line, with canaries between them.
struct Table {
  std::vector<float> weights, gradients;
  std::vector<nero_parameter> parameters;
  std::vector<size_t> at;

  Table(nero_layout layout, const std::vector<std::pair<int64_t, int64_t>> &shapes) {
    size_t size = kGuard;
    for (const auto &shape : shapes) {
      at.push_back(size + 1);
      size += static_cast<size_t>(shape.first * shape.second) / 16 * 16 + 2 * kGuard;
    }
    weights.assign(size, kCanary);
    gradients.assign(size, kCanary);
    const float *numbers = normal_numbers(2 * size);
    for (size_t i = 0; i < shapes.size(); i++) {
      nero_parameter p = shaped(layout, shapes[i].first, shapes[i].second);
      p.weights = weights.data() + at[i];
      p.gradients = gradients.data() + at[i];
      const auto count = static_cast<size_t>(p.neurons * p.fan_in);
      for (size_t k = 0; k < count; k++) {
        weights[at[i] + k] = *numbers++;
        gradients[at[i] + k] = *numbers++;
      }
      parameters.push_back(p);
    }
  }
  Table(const Table &) = delete;
  Table &operator=(const Table &) = delete;

  void canaries_live() const {
    size_t next = 0;
    for (size_t i = 0; i < parameters.size(); i++) {
      for (; next < at[i]; next++) CHECK(weights[next] == kCanary && gradients[next] == kCanary);
      next += parameters[i].weights_bytes / 4;
    }
    for (; next < weights.size(); next++) CHECK(weights[next] == kCanary && gradients[next] == kCanary);
  }
};

std::vector<std::pair<int64_t, int64_t>> every_length() {
  std::vector<std::pair<int64_t, int64_t>> shapes;
  for (const int64_t n : fan_ins()) shapes.emplace_back(kNeurons, n);
  for (const int64_t neurons : {1, 2, 7, 8, 9, 15, 16, 17, 25, 63, 64, 65, 129}) shapes.emplace_back(neurons, 48);
  for (const int64_t neurons : {1, 2, 3}) shapes.emplace_back(neurons, 1500);
  // As columns: several blocks of a range; rows that start at one place of their pages, at several, and at none twice;
  // columns too long for a block; ends of rows, lines and folds that no group of four or sixteen fits.
  const std::pair<int64_t, int64_t> walked[] = {{150, 130}, {2048, 65},  {1024, 64}, {1030, 97},  {512, 130},
                                                {600, 257}, {100, 2049}, {37, 2050}, {1100, 193}, {1200, 2}};
  shapes.insert(shapes.end(), std::begin(walked), std::end(walked));
  return shapes;
}

/// Nero's first step as the paper has it: the move of a neuron is as long as rate times scale.
void follows_the_equations(nero_layout layout) {
  nero_context *context = make_context(2);
  Table table(layout, every_length());
  nero_optimizer *optimizer = make_optimizer(context, NERO_KIND_NERO, table.parameters);
  CHECK(optimizer != nullptr);
  const std::vector<float> before = table.weights;
  CHECK(step(optimizer) == NERO_OK);
  for (size_t i = 0; i < table.parameters.size(); i++) {
    const nero_parameter &p = table.parameters[i];
    double scale = 0;
    CHECK(nero_optimizer_state_read(optimizer, static_cast<int64_t>(i), "scale", &scale, 8, nullptr) == NERO_OK);
    for (int64_t neuron = 0; neuron < p.neurons; neuron++) {
      const auto index = [&](int64_t k) {
        return table.at[i] + static_cast<size_t>(layout == NERO_ROWS ? neuron * p.fan_in + k : k * p.neurons + neuron);
      };
      double gg = 0, sum = 0, norm2 = 0, error = 0;
      for (int64_t k = 0; k < p.fan_in; k++) gg += std::pow(static_cast<double>(table.gradients[index(k)]), 2);
      std::vector<double> w(static_cast<size_t>(p.fan_in));
      for (int64_t k = 0; k < p.fan_in; k++) {
        double &x = w[static_cast<size_t>(k)];
        x = before[index(k)] - 0.01 * scale * table.gradients[index(k)] / std::sqrt(gg);
        sum += x;
      }
      for (double &x : w) {
        x -= sum / static_cast<double>(p.fan_in);
        norm2 += x * x;
      }
      for (int64_t k = 0; k < p.fan_in; k++) {
        const double wrong = table.weights[index(k)] - w[static_cast<size_t>(k)] / std::sqrt(norm2);
        error += wrong * wrong;
      }
      CHECK(std::sqrt(error) < 1e-3 * 0.01);
    }
  }
  table.canaries_live();
  nero_optimizer_destroy(optimizer, nullptr);
  nero_context_destroy(context, nullptr);
}

/// One table steps as each of its tensors does alone, on every level.
void together_as_alone(int kind, nero_layout layout) {
  nero_context *first = make_context(1);
  Table alone(layout, every_length());
  for (const nero_parameter &p : alone.parameters) {
    nero_optimizer *optimizer = make_optimizer(first, kind, {p});
    CHECK(optimizer != nullptr);
    for (int i = 0; i < 2; i++) CHECK(step(optimizer) == NERO_OK);
    nero_optimizer_destroy(optimizer, nullptr);
  }
  alone.canaries_live();
  nero_context_destroy(first, nullptr);
  for (const std::string &level : levels()) {
    nero_context *context = make_context(2, level.c_str());
    Table table(layout, every_length());
    const std::vector<float> before = table.weights;
    nero_optimizer *optimizer = make_optimizer(context, kind, table.parameters);
    CHECK(optimizer != nullptr);
    for (int i = 0; i < 2; i++) CHECK(step(optimizer) == NERO_OK);
    CHECK(table.weights != before);
    // The norm of all gradients together, by which LAMB clips, is no tensor's own.
    if (kind != NERO_KIND_LAMB) CHECK(table.weights == alone.weights);
    table.canaries_live();
    nero_optimizer_destroy(optimizer, nullptr);
    nero_context_destroy(context, nullptr);
  }
}

/// A neuron whose gradient is not finite rests wherever it lies in a block or a panel of columns, and moves no other;
/// nor does the number of threads. So many columns that three threads step them.
void spoiled_columns(int64_t neurons, int64_t fan_in) {
  const auto spoiled = [=](int64_t neuron) { return neuron % 67 == 20 || neuron == neurons - 1; };
  Tensors found;
  for (const int threads : {1, 3}) {
    nero_context *context = make_context(threads);
    Table clean(NERO_COLUMNS, {{neurons, fan_in}});
    Table table(NERO_COLUMNS, {{neurons, fan_in}});
    std::vector<float> before;
    for (int64_t neuron = 0; neuron < neurons; neuron++) {
      const int64_t row = neuron % fan_in;
      if (spoiled(neuron)) table.gradients[table.at[0] + static_cast<size_t>(row * neurons + neuron)] = NAN;
    }
    for (Table *each : {&clean, &table}) {
      nero_optimizer *optimizer = make_optimizer(context, NERO_KIND_NERO, each->parameters);
      CHECK(optimizer != nullptr);
      before = each->weights;  // balanced by now
      CHECK(step(optimizer) == NERO_OK);
      nero_optimizer_destroy(optimizer, nullptr);
      each->canaries_live();
    }
    int64_t wrong = 0;
    for (size_t i = 0; i < static_cast<size_t>(neurons * fan_in); i++) {
      const bool rests = spoiled(static_cast<int64_t>(i) % neurons);
      const size_t at = table.at[0] + i;
      wrong += table.weights[at] == (rests ? before : clean.weights)[at] ? 0 : 1;
    }
    CHECK(wrong == 0);
    CHECK(clean.weights != before);
    found.push_back(table.weights);
    nero_context_destroy(context, nullptr);
  }
  CHECK(found[0] == found[1]);
}

/// Where no element needs another one's, a matrix in columns moves as the same in rows, and a neuron rests in both.
void columns_move_as_rows(int kind, nero_non_finite policy, bool spoiled) {
  nero_context *context = make_context(3);
  const std::vector<std::pair<int64_t, int64_t>> shapes = {{1100, 193}, {70, 20}, {300, 500}, {50, 2000}};
  Table rows(NERO_ROWS, shapes), columns(NERO_COLUMNS, shapes);
  nero_optimizer_options options = options_of(kind);
  options.non_finite = policy;
  // Where element k of a tensor lies in rows, for that which is k-th in columns.
  const auto turned = [&](size_t tensor, size_t k) {
    const auto neurons = static_cast<size_t>(shapes[tensor].first);
    const auto fan_in = static_cast<size_t>(shapes[tensor].second);
    return k % neurons * fan_in + k / neurons;
  };
  for (size_t i = 0; i < shapes.size(); i++) {
    for (size_t k = 0; k < columns.parameters[i].weights_bytes / 4; k++) {
      columns.weights[columns.at[i] + k] = rows.weights[rows.at[i] + turned(i, k)];
      columns.gradients[columns.at[i] + k] = rows.gradients[rows.at[i] + turned(i, k)];
    }
  }
  if (spoiled) {
    columns.gradients[columns.at[2] + 7 * 300 + 17] = INFINITY;
    rows.gradients[rows.at[2] + 17 * 500 + 7] = INFINITY;
  }
  const std::vector<float> before = columns.weights;
  nero_step_report report = empty_report();
  for (Table *table : {&rows, &columns}) {
    nero_optimizer *optimizer = make_optimizer(context, kind, table->parameters, &options);
    CHECK(optimizer != nullptr);
    for (int i = 0; i < 2; i++) CHECK(step(optimizer, &report) == NERO_OK);
    CHECK(report.neurons_non_finite == (spoiled ? 1 : 0));
    table->canaries_live();
    nero_optimizer_destroy(optimizer, nullptr);
  }
  int64_t wrong = 0, moved = 0;
  for (size_t i = 0; i < shapes.size(); i++) {
    for (size_t k = 0; k < columns.parameters[i].weights_bytes / 4; k++) {
      const float *now = &columns.weights[columns.at[i] + k];
      wrong += std::memcmp(now, &rows.weights[rows.at[i] + turned(i, k)], 4) == 0 ? 0 : 1;
      moved += *now != before[columns.at[i] + k] ? 1 : 0;
    }
  }
  CHECK(wrong == 0);
  CHECK(moved > 450000);
  nero_context_destroy(context, nullptr);
}

/// More tensors than a thread is dealt at once, larger than a batch of two passes in sum, and one larger than that.
void many_tensors(int kind) {
  std::vector<std::pair<int64_t, int64_t>> shapes(kSanitized ? 80 : 400, {50, 70});
  shapes[shapes.size() / 2] = {1100, 1000};
  Tensors found;
  for (const int threads : {1, 2, 3}) {
    nero_context *context = make_context(threads);
    Table table(NERO_ROWS, shapes);
    const std::vector<float> before = table.weights;
    nero_optimizer *optimizer = make_optimizer(context, kind, table.parameters);
    CHECK(optimizer != nullptr);
    CHECK(step(optimizer) == NERO_OK);
    // Some weight of each: one alone may be too large for its first step.
    for (const size_t at : table.at) {
      CHECK(!std::equal(&table.weights[at], &table.weights[at] + 50 * 70, &before[at]));
    }
    table.canaries_live();
    found.push_back(table.weights);
    nero_optimizer_destroy(optimizer, nullptr);
    nero_context_destroy(context, nullptr);
  }
  CHECK(found[0] == found[1] && found[1] == found[2]);
}

}  // namespace

int main() {
  for (const nero_layout layout : {NERO_ROWS, NERO_COLUMNS}) {
    follows_the_equations(layout);
    for (int kind = 0; kind <= NERO_KIND_LARS; kind++) together_as_alone(kind, layout);
  }
  for (int kind = 0; kind <= NERO_KIND_LARS; kind++) many_tensors(kind);
  for (const int kind : {NERO_KIND_SGD, NERO_KIND_ADAM}) {
    columns_move_as_rows(kind, NERO_NON_FINITE_SKIP_STEP, false);
    for (const nero_non_finite policy : {NERO_NON_FINITE_SKIP_NEURON, NERO_NON_FINITE_PROPAGATE}) {
      for (const bool spoiled : {false, true}) columns_move_as_rows(kind, policy, spoiled);
    }
  }
  spoiled_columns(kSanitized ? 1030 : 8198, 97);
  spoiled_columns(kSanitized ? 2048 : 6144, 130);
  spoiled_columns(kSanitized ? 129 : 385, 2049);
  return nero_failures != 0;
}
