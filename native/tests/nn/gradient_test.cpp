// Every layer's gradients, losses and predictions against a reference in double.
#include <functional>

#include "check.h"
#include "nn/twin.h"

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct Case {
  const char *name;
  twin::Shape input;
  int64_t batch;
  std::function<int32_t(twin::Network &)> build;
};

/// A square window.
twin::Window square(int64_t kernel, int64_t stride, int64_t padding) {
  return {kernel, kernel, stride, stride, padding, padding};
}

const double kRoot2 = std::sqrt(2.0);

/// Layers that are right one by one are wrong together if the plan is: hence so many shapes of graph.
std::vector<Case> cases() {
  return {
      {"linear", {5}, 4, [](twin::Network &n) { return n.linear(0, 3, true); }},
      {"linear without bias", {5}, 4, [](twin::Network &n) { return n.linear(0, 3, false); }},
      {"one feature, two classes", {1}, 1, [](twin::Network &n) { return n.linear(0, 2, true); }},
      {"one class", {3}, 4, [](twin::Network &n) { return n.linear(0, 1, true); }},
      {"relu", {6}, 5, [](twin::Network &n) { return n.linear(n.relu(n.linear(0, 7, true), 1), 4, true); }},
      {"relu at both ends", {6}, 5, [](twin::Network &n) { return n.relu(n.linear(n.relu(0, 0.5), 9, true), kRoot2); }},
      {"relu of a relu",
       {6},
       5,
       [](twin::Network &n) { return n.linear(n.relu(n.relu(n.linear(0, 7, true), 3), 0.25), 4, true); }},
      {"mlp, 5 deep",
       {11},
       9,
       [](twin::Network &n) {
         int32_t x = 0;
         for (int i = 0; i < 4; i++) x = n.relu(n.linear(x, 13, true), kRoot2);
         return n.linear(x, 10, true);
       }},
      {"residual",
       {6},
       7,
       [](twin::Network &n) {
         const int32_t skip = n.relu(n.linear(0, 8, true), kRoot2);
         const int32_t branch = n.linear(n.relu(n.linear(skip, 5, false), 1), 8, true);
         return n.linear(n.relu(n.sum(branch, skip), 1), 3, true);
       }},
      {"three readers",
       {6},
       7,
       [](twin::Network &n) {
         const int32_t x = n.linear(0, 4, true);
         return n.sum(n.sum(n.linear(x, 4, true), n.relu(x, 2)), n.linear(n.relu(x, 1), 4, false));
       }},
      {"twice itself",
       {5},
       3,
       [](twin::Network &n) {
         const int32_t x = n.relu(n.linear(0, 4, true), 1);
         return n.sum(x, x);
       }},
      {"a sum with the input",
       {5},
       6,
       [](twin::Network &n) { return n.linear(n.sum(0, n.linear(0, 5, true)), 4, true); }},
      {"layer norm",
       {6},
       5,
       [](twin::Network &n) { return n.linear(n.relu(n.layer_norm(n.linear(0, 7, true), 1e-5), 1), 4, true); }},
      {"layer norm, of the input and at the end",
       {6},
       5,
       [](twin::Network &n) { return n.layer_norm(n.linear(n.layer_norm(0, 1e-2), 4, true), 1e-5); }},
      {"batch norm of vectors",
       {6},
       8,
       [](twin::Network &n) {
         return n.linear(n.relu(n.batch_norm(n.linear(0, 19, false), 1e-5, 0.1), kRoot2), 4, true);
       }},
      {"batch norm, two readers",
       {6},
       8,
       [](twin::Network &n) {
         const int32_t x = n.batch_norm(n.linear(0, 5, false), 1e-3, 0.1);
         return n.linear(n.sum(n.relu(x, 1), x), 4, true);
       }},
      {"dropout",
       {9},
       7,
       [](twin::Network &n) {
         const int32_t x = n.dropout(n.relu(n.linear(n.dropout(0, 0.2, 5), 13, true), 1), 0.5, 0x123456789abcdef);
         return n.linear(n.dropout(n.linear(x, 9, true), 0.3, 7), 4, true);
       }},
      {"embedding",
       {3},
       6,
       [](twin::Network &n) { return n.linear(n.relu(n.layer_norm(n.embedding(5, 4), 1e-5), 1), 3, true); }},
      {"embedding, a row of many columns",
       {2},
       6,
       [](twin::Network &n) { return n.linear(n.embedding(3, 21), 3, true); }},
      {"no layer at all", {4}, 3, [](twin::Network &) { return 0; }},
  };
}

/// Convolutions and what goes with them: few and many channels, since oneDNN lays them out in blocks; odd sizes, since
/// it pads those.
std::vector<Case> image_cases() {
  return {
      {"flatten alone", {2, 3, 4}, 3, [](twin::Network &n) { return n.linear(n.flatten(0), 3, true); }},
      {"relu of a flattened input",
       {2, 3, 2},
       3,
       [](twin::Network &n) { return n.linear(n.relu(n.flatten(0), 1), 3, true); }},
      {"convolution",
       {2, 5, 4},
       3,
       [](twin::Network &n) { return n.linear(n.flatten(n.convolution(0, 3, square(3, 1, 1), 1, true)), 3, true); }},
      {"two convolutions",
       {1, 6, 6},
       3,
       [](twin::Network &n) {
         const int32_t x = n.relu(n.convolution(0, 5, square(3, 1, 0), 1, true), 1);
         return n.linear(n.flatten(n.relu(n.convolution(x, 7, square(2, 1, 0), 1, false), kRoot2)), 3, true);
       }},
      {"stride, padding, oblong kernels",
       {2, 7, 9},
       3,
       [](twin::Network &n) {
         const int32_t x = n.convolution(0, 4, {3, 5, 2, 1, 2, 0}, 1, true);
         return n.linear(n.flatten(n.convolution(x, 5, {1, 2, 1, 3, 0, 1}, 1, true)), 3, true);
       }},
      {"channels in whole blocks",
       {16, 3, 3},
       2,
       [](twin::Network &n) {
         const int32_t x = n.convolution(n.convolution(0, 16, square(3, 1, 1), 1, true), 32, square(3, 2, 1), 1, false);
         return n.linear(n.flatten(n.relu(x, 1)), 3, true);
       }},
      {"groups",
       {4, 4, 4},
       3,
       [](twin::Network &n) {
         const int32_t x = n.convolution(0, 6, square(3, 1, 1), 2, true);
         return n.linear(n.flatten(n.convolution(x, 6, square(2, 1, 0), 3, false)), 3, true);
       }},
      {"a filter a channel",
       {3, 4, 4},
       3,
       [](twin::Network &n) {
         const int32_t x = n.convolution(n.convolution(0, 3, square(3, 1, 1), 3, true), 6, square(3, 1, 1), 3, true);
         return n.linear(n.flatten(x), 3, true);
       }},
      {"max pool",
       {2, 6, 6},
       3,
       [](twin::Network &n) {
         const int32_t x = n.pool(n.relu(n.convolution(0, 5, square(3, 1, 1), 1, true), 1), square(2, 2, 0), true);
         return n.linear(n.flatten(n.pool(n.convolution(x, 4, square(2, 1, 0), 1, true), square(2, 1, 1), true)), 3,
                         true);
       }},
      {"max pool, overlapping, of negative numbers",
       {1, 7, 5},
       3,
       [](twin::Network &n) {
         const int32_t x = n.pool(n.convolution(0, 3, square(3, 1, 1), 1, true), {3, 2, 2, 1, 1, 1}, true);
         return n.linear(n.flatten(x), 3, true);
       }},
      {"average pool",
       {2, 6, 5},
       3,
       [](twin::Network &n) {
         const int32_t x = n.pool(n.convolution(0, 5, square(3, 1, 1), 1, true), {3, 2, 2, 1, 1, 1}, false);
         return n.linear(n.flatten(x), 3, true);
       }},
      {"global average pool",
       {2, 4, 5},
       3,
       [](twin::Network &n) {
         const int32_t x = n.global_pool(n.convolution(0, 17, square(3, 1, 1), 1, true));
         return n.linear(n.flatten(x), 3, true);
       }},
      {"global average pool of whole blocks",
       {2, 4, 4},
       3,
       [](twin::Network &n) {
         const int32_t x = n.global_pool(n.convolution(0, 16, square(3, 1, 1), 1, true));
         return n.linear(n.relu(n.flatten(x), 1), 3, true);
       }},
      {"batch norm",
       {2, 4, 3},
       9,
       [](twin::Network &n) {
         const int32_t x = n.batch_norm(n.convolution(0, 5, square(3, 1, 1), 1, false), 1e-5, 0.1);
         return n.linear(n.flatten(x), 3, true);
       }},
      {"batch norm of plain images",
       {3, 4, 4},
       9,
       [](twin::Network &n) { return n.linear(n.flatten(n.relu(n.batch_norm(0, 1e-5, 0.1), 1)), 3, true); }},
      {"batch norm and relu",
       {2, 4, 4},
       9,
       [](twin::Network &n) {
         const int32_t x = n.relu(n.batch_norm(n.convolution(0, 17, square(3, 1, 1), 1, false), 1e-5, 0.1), kRoot2);
         return n.linear(n.flatten(n.relu(n.batch_norm(n.convolution(x, 4, square(3, 2, 1), 1, false), 1e-2, 1), 1)), 3,
                         true);
       }},
      {"dropout of an image",
       {2, 3, 3},
       4,
       [](twin::Network &n) {
         return n.linear(n.flatten(n.convolution(n.dropout(0, 0.4, 9), 3, square(2, 1, 0), 1, true)), 3, true);
       }},
      {"residual of the input",
       {3, 4, 4},
       3,
       [](twin::Network &n) {
         return n.linear(n.flatten(n.sum(0, n.convolution(0, 3, square(3, 1, 1), 1, true))), 3, true);
       }},
      {"residual blocks",
       {2, 6, 6},
       5,
       [](twin::Network &n) {
         int32_t x = n.relu(n.batch_norm(n.convolution(0, 4, square(3, 1, 1), 1, false), 1e-5, 0.1), 1);
         for (int block = 0; block < 2; block++) {
           const int64_t width = block == 0 ? 4 : 6, stride = block + 1;
           int32_t y = n.relu(n.batch_norm(n.convolution(x, width, square(3, stride, 1), 1, false), 1e-5, 0.1), 1);
           y = n.batch_norm(n.convolution(y, width, square(3, 1, 1), 1, false), 1e-5, 0.1);
           if (block > 0) x = n.batch_norm(n.convolution(x, width, square(1, stride, 0), 1, false), 1e-5, 0.1);
           x = n.relu(n.sum(y, x), 1);
         }
         return n.linear(n.flatten(n.global_pool(x)), 3, true);
       }},
      {"branches that share gradients",
       {2, 4, 4},
       4,
       [](twin::Network &n) {
         const int32_t x = n.convolution(0, 4, square(3, 1, 1), 1, true);
         const int32_t a = n.relu(x, 2), b = n.convolution(x, 4, square(3, 1, 1), 1, true);
         const int32_t c = n.sum(n.sum(a, b), n.sum(x, b));
         return n.linear(n.flatten(n.sum(n.relu(c, 1), n.sum(c, c))), 3, true);
       }},
  };
}

void report(bool good, const Case &c, int64_t count, const char *what, double difference, double scale) {
  if (good) return;
  std::fprintf(stderr, "%s, %lld rows, %s: off by %g of %g\n", c.name, (long long)count, what, difference, scale);
  CHECK(good);
}

void follows_the_reference(const Case &c, int64_t count) {
  twin::Network n(c.input, c.batch, 2);
  const int64_t features = c.input.floats();
  n.finish(c.build(n), 17);
  twin::Rows weights = n.weights();
  int64_t correct = -1;
  constexpr int64_t step = 1;  // one comes before
  const double expected = n.loss(weights, count, step, &correct);
  // What an earlier batch left behind count, and gradients of an earlier step, have no part in this one.
  n.run(true, c.batch);
  std::fill(n.buffers().inputs + count * features, n.buffers().inputs + c.batch * features, (float)kNaN);
  std::fill(n.buffers().labels + count, n.buffers().labels + c.batch, -1);
  n.run(false, count);
  for (const nero_nn_parameter &p : n.parameters()) {
    std::fill(p.gradients, p.gradients + p.neurons * p.fan_in, (float)kNaN);
  }
  const nero_nn_result result = n.run(true, count);
  const double off = std::fabs(result.loss - expected);
  report(off <= 2e-6 * (1 + expected), c, count, "loss", off, expected);
  CHECK(result.correct == correct);
  const twin::Rows all = n.logits(weights, count, step);
  for (int64_t row = 0; row < count; row++) {
    const twin::Row &logits = all[(size_t)row];
    for (size_t k = 0; k < logits.size(); k++) {
      const double d = std::fabs(n.buffers().outputs[row * n.buffers().classes + (int64_t)k] - logits[k]);
      report(d <= 2e-6 * (1 + std::fabs(logits[k])), c, count, "logits", d, logits[k]);
    }
  }
  for (size_t i = 0; i < weights.size(); i++) {
    double worst = 0, largest = 0;
    for (size_t k = 0; k < weights[i].size(); k++) {
      const double h = 1e-5, w = weights[i][k];
      weights[i][k] = w + h;
      const double above = n.loss(weights, count, step);
      weights[i][k] = w - h;
      const double below = n.loss(weights, count, step);
      weights[i][k] = w;
      const double slope = (above - below) / (2 * h);
      const double d = std::fabs(n.parameters()[i].gradients[k] - slope);
      worst = d <= worst ? worst : d;
      largest = std::max(largest, std::fabs(slope));
    }
    report(worst <= 3e-6 * largest + 1e-9, c, count, "gradients", worst, largest);
    if (n.buffers().classes > 1) report(largest > 0, c, count, "largest slope", largest, 0);
  }
}

/// Too wide to differentiate weight by weight: the slope along a random direction, and enough work for several threads.
void wide_network_follows_the_reference(int threads) {
  const Case c{"wide mlp", {150}, 130, nullptr};
  twin::Network n(c.input, c.batch, threads);
  const int32_t skip = n.relu(n.linear(0, 200, true), kRoot2);
  n.finish(n.linear(n.relu(n.sum(n.linear(skip, 200, true), skip), 1), 140, true), 23);
  const int64_t count = 127;
  n.run(true, count);
  const twin::Rows weights = n.weights();
  twin::Rows above = weights, below = weights;
  std::mt19937_64 random(5);
  const double h = 1e-8;  // seldom crosses the kink of a ReLU
  for (size_t i = 0; i < weights.size(); i++) {
    double along = 0, size = 0;
    for (size_t k = 0; k < weights[i].size(); k++) {
      const double d = random() % 2 == 0 ? 1 : -1;
      above[i][k] = weights[i][k] + h * d;
      below[i][k] = weights[i][k] - h * d;
      const double g = n.parameters()[i].gradients[k];
      along += g * d;
      size += g * g;
    }
    const double slope = (n.loss(above, count, 0) - n.loss(below, count, 0)) / (2 * h);
    report(std::fabs(along - slope) <= 1e-4 * std::sqrt(size), c, count, "slope", along - slope, std::sqrt(size));
    above[i] = below[i] = weights[i];
  }
}

/// Logits so far apart that exp overflows: the loss is exact and the gradient neither NaN nor lost.
void extreme_logits_keep_their_digits() {
  twin::Network n(2, 2, 1);
  n.finish(n.linear(0, 2, false), 1);
  float *w = n.parameters()[0].weights;
  w[0] = 1, w[1] = 0, w[2] = 0, w[3] = 1;
  float *x = n.buffers().inputs;
  x[0] = 2000, x[1] = -3000, x[2] = 20, x[3] = 0;
  n.buffers().labels[0] = 1;
  n.buffers().labels[1] = 0;
  const nero_nn_result result = n.run(true, 2);
  CHECK(std::fabs(result.loss - (5000 + std::log1p(std::exp(-20.0))) / 2) < 1e-9);
  CHECK(result.correct == 1);
  const float *g = n.parameters()[0].gradients;
  // d loss / d w[0][1] = 1/2 (1 * -3000) + 1/2 (-(1 - p)) * 0
  CHECK(g[1] == -1500);
  CHECK(g[3] == 1500);
  // Row 1 alone: 1 - p = exp(-20) to a float's digits.
  x[0] = x[2], x[1] = x[3];
  n.buffers().labels[0] = 0;
  n.run(true, 1);
  const double p = -20 / (1 + std::exp(20.0));
  CHECK(std::fabs(g[0] - p) < 1e-6 * std::fabs(p));
}

/// A NaN is shown, never turned into a number or a right prediction.
void nan_is_shown() {
  twin::Network n(2, 2, 1);
  n.finish(n.linear(n.relu(n.linear(0, 3, true), 1), 2, true), 1);
  n.buffers().inputs[0] = (float)kNaN;
  n.buffers().labels[0] = 0;
  const nero_nn_result result = n.run(true, 1);
  CHECK(std::isnan(result.loss));
  CHECK(result.correct == 0);
  CHECK(std::isnan(n.parameters()[0].gradients[0]));
}

}  // namespace

int main() {
  std::vector<Case> all = cases();
  for (const Case &c : image_cases()) all.push_back(c);
  for (const Case &c : all) {
    follows_the_reference(c, c.batch);
    if (c.batch > 1) follows_the_reference(c, c.batch - 1);
    if (c.batch > 2) follows_the_reference(c, c.batch / 2);
  }
  for (const int threads : {1, 2, 3}) wide_network_follows_the_reference(threads);
  extreme_logits_keep_their_digits();
  nan_is_shown();
  return nero_failures == 0 ? 0 : 1;
}
