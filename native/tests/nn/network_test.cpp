// What holds of a network as a whole: the same bits twice, nothing touched that should not be, threads left as they
// were.
#include <omp.h>

#include <atomic>
#include <cstring>
#include <functional>
#include <memory>
#include <thread>

#include "check.h"
#include "nn/twin.h"

namespace {

std::unique_ptr<twin::Network> mlp(int threads) {
  auto n = std::make_unique<twin::Network>(64, 100, threads);
  int32_t x = 0;
  for (int i = 0; i < 4; i++) x = n->relu(n->linear(x, 200, true), std::sqrt(2.0));
  n->finish(n->linear(x, 10, true), 41);
  return n;
}

void descend(const twin::Network &n, float rate) {
  for (const nero_nn_parameter &p : n.parameters()) {
    for (int64_t i = 0; i < p.neurons * p.fan_in; i++) p.weights[i] -= rate * p.gradients[i];
  }
}

bool same_bits(const twin::Network &a, const twin::Network &b) {
  bool same = true;
  for (size_t i = 0; i < a.parameters().size(); i++) {
    const nero_nn_parameter &p = a.parameters()[i], &q = b.parameters()[i];
    const auto bytes = static_cast<size_t>(p.neurons * p.fan_in) * sizeof(float);
    same = same && std::memcmp(p.weights, q.weights, bytes) == 0 && std::memcmp(p.gradients, q.gradients, bytes) == 0;
  }
  return same;
}

void two_runs_give_the_same_bits_and_learn(int threads) {
  const auto a = mlp(threads), b = mlp(threads);
  double first = 0, last = 0;
  for (int step = 0; step < 60; step++) {
    const int64_t count = step % 7 == 3 ? 77 : 100;
    const nero_nn_result x = a->run(true, count);
    descend(*a, 0.05f);
    // Another order of calls and another thread change nothing.
    nero_nn_result y{};
    std::thread([&] { y = b->run(true, count); }).join();
    descend(*b, 0.05f);
    b->run(false, 100);
    CHECK(std::memcmp(&x.loss, &y.loss, sizeof x.loss) == 0);
    CHECK(x.correct == y.correct);
    // Behind count both have zeros now; both are dealt the same batch again.
    if (step == 0) first = x.loss;
    last = x.loss;
  }
  CHECK(same_bits(*a, *b));
  if (!(last < 0.5 * first)) std::fprintf(stderr, "loss %g, then %g\n", first, last);
  CHECK(last < 0.5 * first);
}

void evaluation_leaves_inputs_gradients_and_weights() {
  const auto a = mlp(2), b = mlp(2);
  a->run(true, 100);
  b->run(true, 100);
  a->run(false, 3);
  CHECK(same_bits(*a, *b));
  CHECK(std::memcmp(a->buffers().inputs, b->buffers().inputs, 100 * 64 * sizeof(float)) == 0);
  CHECK(a->run(false, 100).loss == b->run(true, 100).loss);
}

void training_zeroes_only_the_inputs_behind_count() {
  const auto a = mlp(2), b = mlp(2);
  a->run(true, 60);
  CHECK(std::memcmp(a->buffers().inputs, b->buffers().inputs, 60 * 64 * sizeof(float)) == 0);
  bool zero = true;
  for (int i = 60 * 64; i < 100 * 64; i++) zero = zero && a->buffers().inputs[i] == 0;
  CHECK(zero);
}

void the_callers_threads_stay_as_they_were() {
  omp_set_num_threads(3);
  const auto n = mlp(2);
  CHECK(n->buffers().threads == 2);
  n->run(true, 100);
  CHECK(omp_get_max_threads() == 3);
  n->buffers().labels[0] = 99;
  nero_nn_result result{};
  result.struct_size = sizeof result;
  CHECK(nero_nn_train(n->handle(), 1, &result, nullptr) == NERO_ERROR_ARGUMENT);
  CHECK(omp_get_max_threads() == 3);
  CHECK(mlp(0)->buffers().threads == omp_get_num_procs());
}

void buffers_are_aligned_and_zero() {
  nero_nn_options options{};
  options.struct_size = sizeof options;
  options.threads = 1, options.batch = 3, options.features = 5;
  nero_nn_network *n = nullptr;
  int32_t out = -1;
  CHECK(nero_nn_network_create(&options, &n, nullptr) == NERO_OK);
  CHECK(nero_nn_add_linear(n, NERO_NN_INPUT, 7, 1, &out, nullptr) == NERO_OK && out == 1);
  CHECK(nero_nn_add_softmax_cross_entropy(n, out, nullptr) == NERO_OK);
  CHECK(nero_nn_network_plan(n, nullptr) == NERO_OK);
  nero_nn_buffers b{};
  b.struct_size = sizeof b;
  CHECK(nero_nn_network_describe(n, &b, nullptr) == NERO_OK);
  CHECK(b.classes == 7 && b.parameters == 2 && reinterpret_cast<uintptr_t>(b.inputs) % 64 == 0);
  for (int64_t i = 0; i < 2; i++) {
    nero_nn_parameter p{};
    p.struct_size = sizeof p;
    CHECK(nero_nn_parameter_describe(n, i, &p, nullptr) == NERO_OK);
    CHECK(p.neurons == 7 && p.fan_in == (i == 0 ? 5 : 1) && p.is_matrix == (i == 0 ? 1u : 0u) && p.layer == 0);
    CHECK(reinterpret_cast<uintptr_t>(p.weights) % 64 == 0 && reinterpret_cast<uintptr_t>(p.gradients) % 64 == 0);
    for (int64_t k = 0; k < p.neurons * p.fan_in; k++) CHECK(p.weights[k] == 0 && p.gradients[k] == 0);
  }
  // All weights zero: every class is as likely, and the first of equals is what is predicted.
  nero_nn_result result{};
  result.struct_size = sizeof result;
  b.labels[1] = 6;
  CHECK(nero_nn_evaluate(n, 3, &result, nullptr) == NERO_OK);
  CHECK(std::fabs(result.loss - std::log(7.0)) < 1e-12 && result.correct == 2);
  CHECK(nero_nn_network_destroy(n, nullptr) == NERO_OK);
}

/// Runs calls while another thread flips a number between a right and a wrong one. Each is refused, or did with what
/// was right throughout: the library reads the caller's memory once.
template <class Number>
void flipped(twin::Network &n, Number *at, Number right, Number wrong, const std::function<double()> &outcome) {
  const auto put = [&](Number value) { __atomic_store(at, &value, __ATOMIC_RELAXED); };
  nero_nn_result result{};
  result.struct_size = sizeof result;
  put(right);
  CHECK(nero_nn_train(n.handle(), 2, &result, nullptr) == NERO_OK);
  const double loss = result.loss, expected = outcome();
  std::atomic<bool> done{false};
  std::thread other([&] {
    for (bool turn = false; !done; turn = !turn) put(turn ? wrong : right);
    put(right);
  });
  int right_calls = 0, refused = 0, others = 0;
  // Until the other thread has been seen at work, in both its states.
  for (int i = 0; i < 1000000 && (right_calls < 500 || refused < 500); i++) {
    const nero_status status = nero_nn_train(n.handle(), 2, &result, nullptr);
    if (status == NERO_ERROR_ARGUMENT) {
      refused++;
    } else if (status == NERO_OK && result.loss == loss && outcome() == expected) {
      right_calls++;
    } else {
      others++;
    }
  }
  done = true;
  other.join();
  if (others != 0) std::fprintf(stderr, "%d calls right, %d refused, %d neither\n", right_calls, refused, others);
  CHECK(others == 0);
  CHECK(right_calls >= 500 && refused >= 500);
  CHECK(nero_nn_train(n.handle(), 2, &result, nullptr) == NERO_OK && result.loss == loss);
}

/// Of the second row, so that a library that believes a label of -1 writes to the first row's gradients, not elsewhere.
void labels_that_change_meanwhile_are_the_ones_checked() {
  twin::Network n(300, 2, 1);
  n.finish(n.linear(n.relu(n.linear(0, 2000, true), 1), 10, true), 3);
  n.buffers().labels[0] = 4;
  const nero_nn_parameter &bias = n.parameters().back();
  flipped(n, n.buffers().labels + 1, 7, -1, [&] {
    double sum = 0;
    for (int64_t i = 0; i < bias.neurons; i++)
      sum += (1 + static_cast<double>(i)) * static_cast<double>(bias.gradients[i]);
    return sum;
  });
}

/// Half a token is none; a library that believes it takes the one below, which is there.
void tokens_that_change_meanwhile_are_the_ones_checked() {
  twin::Network n(twin::Shape{64}, 2, 1);
  n.finish(n.linear(n.embedding(50, 64), 100, true), 3);
  const nero_nn_parameter &table = n.parameters()[0];
  flipped(n, n.buffers().inputs + 100, 49.0f, 3.5f, [&] {
    double sum = 0;
    for (int64_t i = 0; i < table.neurons * table.fan_in; i++)
      sum += (1 + static_cast<double>(i)) * static_cast<double>(table.gradients[i]);
    return sum;
  });
}

}  // namespace

int main() {
  for (const int threads : {1, 2, 4}) two_runs_give_the_same_bits_and_learn(threads);
  evaluation_leaves_inputs_gradients_and_weights();
  training_zeroes_only_the_inputs_behind_count();
  the_callers_threads_stay_as_they_were();
  buffers_are_aligned_and_zero();
  labels_that_change_meanwhile_are_the_ones_checked();
  tokens_that_change_meanwhile_are_the_ones_checked();
  return nero_failures == 0 ? 0 : 1;
}
