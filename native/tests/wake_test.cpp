// Threads that sleep are woken by steps that are worth it, which the library learns, and by no others.
#include <time.h>

#include <chrono>
#include <thread>

#include "check.h"
#include "model.h"

namespace {

constexpr int kRounds = 500;

double now(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

/// Seconds that threads other than this one have worked.
double of_others() { return now(CLOCK_PROCESS_CPUTIME_ID) - now(CLOCK_THREAD_CPUTIME_ID); }

struct Matrix {
  std::vector<float> weights, gradients;
  nero_parameter parameter;

  Matrix(int64_t neurons, int64_t fan_in) : parameter(shaped(NERO_ROWS, neurons, fan_in)) {
    std::mt19937 random(1);
    std::uniform_real_distribution<float> uniform(-1, 1);
    for (int64_t i = 0; i < neurons * fan_in; i++) {
      weights.push_back(uniform(random));
      gradients.push_back(uniform(random));
    }
    parameter.weights = weights.data();
    parameter.gradients = gradients.data();
  }
  Matrix(const Matrix &) = delete;
  Matrix &operator=(const Matrix &) = delete;
};

nero_status take(nero_optimizer *optimizer, const nero_parameter &parameter, bool in_parts) {
  return in_parts ? step_in_parts(optimizer, {parameter}) : step(optimizer);
}

/// Whether a second thread takes part in steps, some of them after an optimiser has been made. One that is woken looks
/// for work for some microseconds at least, and one that sleeps does nothing.
bool wakes(int kind, int64_t neurons, int64_t fan_in, bool in_parts) {
  nero_context *context = make_context(2);
  Matrix matrix(neurons, fan_in);
  nero_optimizer *optimizer = make_optimizer(context, kind, {matrix.parameter});
  CHECK(optimizer != nullptr);
  double before = 0;
  for (int i = -20; i < kRounds; i++) {
    if (i == 0) before = of_others();
    CHECK(take(optimizer, matrix.parameter, in_parts) == NERO_OK);
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  const double worked = of_others() - before;
  nero_optimizer_destroy(optimizer, nullptr);
  nero_context_destroy(context, nullptr);
  return worked > 2e-6 * kRounds;
}

}  // namespace

int main() {
  for (const bool in_parts : {false, true}) {
    // Takes 2 us.
    CHECK(!wakes(NERO_KIND_SGD, 64, 512, in_parts));
    // 200 us, of which its memory alone would take 20: the library learns that.
    CHECK(wakes(NERO_KIND_NERO, 3000, 64, in_parts));
    CHECK(wakes(NERO_KIND_LAMB, 784, 784, in_parts));
  }
  return nero_failures != 0;
}
