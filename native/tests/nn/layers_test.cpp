// What a layer does beside its gradients: running statistics, dropping out, tokens, bfloat16; and what depends on
// threads.
#include <cstring>
#include <memory>

#include "check.h"
#include "nn/twin.h"

namespace {

twin::Window square(int64_t kernel, int64_t stride, int64_t padding) {
  return {kernel, kernel, stride, stride, padding, padding};
}

void near(const char *what, double found, double expected, double tolerance) {
  if (std::fabs(found - expected) <= tolerance) return;
  std::fprintf(stderr, "%s is %.9g, expected %.9g\n", what, found, expected);
  CHECK(!"near");
}

/// Training moves them towards the rows at hand, unbiased; evaluation uses them and leaves them.
void batch_norm_keeps_running_statistics(int64_t count) {
  constexpr double momentum = 0.3;
  twin::Network n(twin::Shape{2, 5, 4}, 6, 2);
  const int32_t x = n.convolution(0, 19, square(3, 1, 1), 1, true);
  n.finish(n.linear(n.flatten(n.relu(n.batch_norm(x, 1e-5, momentum), 1)), 3, true), 5);
  CHECK(n.states().size() == 2 && n.states()[0].count == 19 && n.states()[0].layer == 1);
  CHECK(n.states()[0].kind == NERO_NN_STATE_RUNNING_MEAN && n.states()[1].kind == NERO_NN_STATE_RUNNING_VARIANCE);
  twin::Row mean(19, 0), variance(19, 1), m, v;
  for (int step = 0; step < 3; step++) {
    reference::moments(n.tensors(n.weights(), count, step)[static_cast<size_t>(x)], {19, 5, 4}, m, v);
    const double values = static_cast<double>(count * 20);
    for (size_t c = 0; c < 19; c++) {
      mean[c] = (1 - momentum) * mean[c] + momentum * m[c];
      variance[c] = (1 - momentum) * variance[c] + momentum * v[c] * values / (values - 1);
    }
    n.run(true, count);
    for (size_t c = 0; c < 19; c++) {
      near("running mean", n.states()[0].values[c], mean[c], 1e-6);
      near("running variance", n.states()[1].values[c], variance[c], 2e-6 * (1 + variance[c]));
    }
    n.buffers().inputs[7] += 0.5f;
  }
  const twin::Rows logits = n.logits(n.weights(), 6, -1);
  for (int64_t rows : {6, 1}) {
    n.run(false, rows);
    for (int64_t r = 0; r < rows; r++) {
      for (size_t k = 0; k < 3; k++) near("logit", n.buffers().outputs[3 * r + (int64_t)k], logits[(size_t)r][k], 5e-6);
    }
  }
  for (size_t c = 0; c < 19; c++) near("running mean", n.states()[0].values[c], mean[c], 1e-6);
}

/// Values far from zero keep their digits.
void batch_norm_of_a_large_mean() {
  twin::Network n(twin::Shape{1, 8, 8}, 32, 2);
  n.finish(n.linear(n.flatten(n.batch_norm(0, 1e-5, 1)), 2, true), 5);
  for (int i = 0; i < 32 * 64; i++) n.buffers().inputs[i] += 1000;
  n.run(true, 32);
  twin::Row m, v;
  reference::moments(n.tensors(n.weights(), 32, 0)[0], {1, 8, 8}, m, v);
  near("mean", n.states()[0].values[0], m[0], 1e-3 * 1e-1);
  near("variance", n.states()[1].values[0], v[0] * 2048 / 2047, 1e-5);
}

void philox_is_the_papers() {
  // The known answers of the authors' library.
  using Words = std::array<uint32_t, 4>;
  CHECK((reference::philox({0, 0, 0, 0}, {0, 0}) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  CHECK((reference::philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
         Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

void dropout_draws_by_its_step() {
  twin::Network n(twin::Shape{40}, 30, 2);
  n.finish(n.dropout(0, 0.25, 77), 5);
  const float *y = n.buffers().outputs, *x = n.buffers().inputs;
  n.run(false, 30);
  CHECK(std::memcmp(x, y, 30 * 40 * sizeof(float)) == 0);
  int64_t dropped[2] = {};
  std::vector<float> first;
  for (int64_t step = 0; step < 2; step++) {
    CHECK(n.step() == step);
    n.run(true, 30);
    for (int64_t i = 0; i < 30 * 40; i++) {
      const bool gone = reference::dropped((uint64_t)i, (uint64_t)step, 77, 0.25);
      dropped[step] += gone;
      CHECK(y[i] == (gone ? 0.0f : x[i] * (float)(1 / 0.75)));
    }
    // 1200 draws: six deviations are 90.
    CHECK(dropped[step] > 210 && dropped[step] < 390);
    if (step == 0) first.assign(y, y + 30 * 40);
  }
  CHECK(std::memcmp(first.data(), y, first.size() * sizeof(float)) != 0);
  // A run that is resumed draws as if it had never stopped.
  CHECK(nero_nn_set_step(n.handle(), 0, nullptr) == NERO_OK);
  n.run(true, 30);
  CHECK(std::memcmp(first.data(), y, first.size() * sizeof(float)) == 0);
  nero_error error{};
  error.struct_size = sizeof error;
  CHECK(nero_nn_set_step(n.handle(), -1, &error) == NERO_ERROR_ARGUMENT && std::strstr(error.message, "step is -1"));
  CHECK(n.step() == 1);
}

void tokens_are_checked() {
  twin::Network n(twin::Shape{3}, 4, 1);
  n.finish(n.linear(n.embedding(5, 2), 3, true), 5);
  nero_error error{};
  nero_nn_result result{};
  error.struct_size = sizeof error;
  result.struct_size = sizeof result;
  const float before = n.parameters()[0].gradients[0];
  for (const float wrong : {5.0f, -1.0f, 0.5f, std::numeric_limits<float>::quiet_NaN(), 1e30f}) {
    n.buffers().inputs[4] = wrong;
    for (const auto call : {nero_nn_train, nero_nn_evaluate}) {
      CHECK(call(n.handle(), 2, &result, &error) == NERO_ERROR_ARGUMENT);
      CHECK(std::strstr(error.message, "token 1 of row 1 is ") && std::strstr(error.message, "within 0 and 4"));
    }
    n.run(true, 1);  // which does not see it
    n.buffers().inputs[4] = 4;
    for (int i = 3; i < 12; i++) n.buffers().inputs[i] = static_cast<float>(i % 5);
  }
  CHECK(n.step() == 5 && before == 0);
}

/// Elements and channels are summed in an order of their own, whatever the number of threads.
void norms_and_dropout_do_not_depend_on_threads() {
  std::vector<float> first;
  for (const int threads : {1, 2, 3, 7}) {
    twin::Network n(twin::Shape{33, 12, 11}, 37, threads);
    const int32_t x = n.relu(n.batch_norm(0, 1e-5, 0.1), 1);
    n.finish(n.layer_norm(n.flatten(n.global_pool(n.dropout(x, 0.3, 3))), 1e-5), 9);
    n.run(true, 37);
    std::vector<float> all(n.buffers().outputs, n.buffers().outputs + 37 * 33);
    for (const nero_nn_parameter &p : n.parameters()) all.insert(all.end(), p.gradients, p.gradients + p.neurons);
    if (threads == 1) first = all;
    CHECK(all.size() == 37 * 33 + 4 * 33 && std::memcmp(all.data(), first.data(), all.size() * sizeof(float)) == 0);
  }
}

std::unique_ptr<twin::Network> convolutional(bool bfloat16) {
  auto n = std::make_unique<twin::Network>(twin::Shape{3, 8, 8}, 8, 2, bfloat16);
  int32_t x = n->relu(n->batch_norm(n->convolution(0, 32, square(3, 1, 1), 1, false), 1e-5, 0.1), 1);
  x = n->relu(n->sum(n->convolution(x, 32, square(3, 1, 1), 1, true), x), 1);
  x = n->pool(n->convolution(x, 64, square(3, 2, 1), 2, true), square(2, 2, 0), true);
  n->finish(n->linear(n->relu(n->linear(n->flatten(x), 64, true), 1), 10, true), 3);
  return n;
}

/// Close to floats, and not the same.
void bfloat16_is_near_floats() {
  nero_nn_options options{};
  options.struct_size = sizeof options;
  options.batch = options.features = options.bfloat16 = 1;
  nero_nn_network *network = nullptr;
  if (nero_nn_has_bfloat16() == 0) {
    CHECK(nero_nn_network_create(&options, &network, nullptr) == NERO_ERROR_UNSUPPORTED && network == nullptr);
    return;
  }
  const auto plain = convolutional(false), rounded = convolutional(true);
  const nero_nn_result a = plain->run(true, 8), b = rounded->run(true, 8);
  CHECK(a.loss != b.loss);
  near("loss in bfloat16", b.loss, a.loss, 0.03 * a.loss);
  for (size_t i = 0; i < plain->parameters().size(); i++) {
    const nero_nn_parameter &p = plain->parameters()[i], &q = rounded->parameters()[i];
    double difference = 0, size = 0;
    for (int64_t k = 0; k < p.neurons * p.fan_in; k++) {
      difference += std::pow(p.gradients[k] - q.gradients[k], 2);
      size += std::pow(p.gradients[k], 2);
    }
    // bfloat16 keeps 8 bits; a ReLU or a max pool that turns the other way for it costs more.
    near("gradient's error", std::sqrt(difference / size), 0.05, 0.05);
    CHECK(difference > 0);
  }
}

/// A wide network through every kind of layer: its slope along a random direction.
void deep_network_follows_the_reference() {
  const auto n = convolutional(false);
  n->run(true, 7);
  const twin::Rows weights = n->weights();
  twin::Rows above = weights, below = weights;
  std::mt19937_64 random(5);
  const double h = 1e-7;
  for (size_t i = 0; i < weights.size(); i++) {
    double along = 0, size = 0;
    for (size_t k = 0; k < weights[i].size(); k++) {
      const double d = random() % 2 == 0 ? 1 : -1, g = n->parameters()[i].gradients[k];
      above[i][k] = weights[i][k] + h * d;
      below[i][k] = weights[i][k] - h * d;
      along += g * d;
      size += g * g;
    }
    const double slope = (n->loss(above, 7, 0) - n->loss(below, 7, 0)) / (2 * h);
    near("slope", along, slope, 1e-4 * std::sqrt(size) + 1e-7);
    above[i] = below[i] = weights[i];
  }
}

void nan_passes_through() {
  const auto n = convolutional(false);
  n->buffers().inputs[5] = std::numeric_limits<float>::quiet_NaN();
  const nero_nn_result result = n->run(true, 8);
  CHECK(std::isnan(result.loss) && result.correct == 0);
  // One of many in a window is not passed over either.
  for (const int64_t channels : {1, 16}) {
    twin::Network p(twin::Shape{channels, 4, 4}, 2, 1);
    const int32_t x = p.convolution(0, 16, square(1, 1, 0), 1, true);
    p.finish(p.linear(p.flatten(p.pool(x, square(2, 2, 0), false)), 3, true), 3);
    for (const int at : {0, 1, 4, 5}) {
      p.buffers().inputs[at] = std::numeric_limits<float>::quiet_NaN();
      CHECK(std::isnan(p.run(true, 2).loss) && std::isnan(p.run(false, 2).loss));
      p.buffers().inputs[at] = 0.5f;
    }
  }
}

void two_runs_give_the_same_bits() {
  const auto a = convolutional(false), b = convolutional(false);
  for (int step = 0; step < 3; step++) {
    CHECK(a->run(true, 8 - step).loss == b->run(true, 8 - step).loss);
    b->run(false, 8);
    for (size_t i = 0; i < a->parameters().size(); i++) {
      const nero_nn_parameter &p = a->parameters()[i], &q = b->parameters()[i];
      const auto bytes = static_cast<size_t>(p.neurons * p.fan_in) * sizeof(float);
      CHECK(std::memcmp(p.gradients, q.gradients, bytes) == 0);
    }
  }
}

}  // namespace

int main() {
  for (const int64_t count : {6, 4}) batch_norm_keeps_running_statistics(count);
  batch_norm_of_a_large_mean();
  philox_is_the_papers();
  dropout_draws_by_its_step();
  tokens_are_checked();
  norms_and_dropout_do_not_depend_on_threads();
  bfloat16_is_near_floats();
  deep_network_follows_the_reference();
  nan_passes_through();
  two_runs_give_the_same_bits();
  return nero_failures == 0 ? 0 : 1;
}
