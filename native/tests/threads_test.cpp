// Optimisers of one context may step at once; one optimiser, and stateless steps of one context, refuse a second thread
// instead of tearing state.
#include <atomic>
#include <thread>

#include "check.h"
#include "model.h"

namespace {

void optimizers_on_one_context() {
  nero_context *context = make_context(3);
  for (int kind = 0; kind <= NERO_KIND_LARS; kind++) {
    LargeModel reference_model;
    const auto reference = run(context, kind, reference_model, 3);
    std::vector<std::thread> threads;
    std::atomic<int> wrong{0};
    for (int i = 0; i < 3; i++) {
      threads.emplace_back([&, kind] {
        LargeModel model;
        if (run(context, kind, model, 3, kind % 2 == 1) != reference) wrong++;
      });
    }
    for (std::thread &thread : threads) thread.join();
    CHECK(wrong == 0);
  }
  CHECK(nero_context_destroy(context, nullptr) == NERO_OK);
}

/// Calls on three threads until one of them has been refused, and then some more; gives how many were taken.
template <class Call>
int64_t until_refused(const Call &call) {
  std::atomic<int64_t> taken{0};
  std::atomic<bool> refused{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; i++) {
    threads.emplace_back([&] {
      for (int more = 20; more > 0; more -= refused ? 1 : 0) {
        const nero_status status = call();
        if (status == NERO_OK) taken++;
        if (status == NERO_ERROR_BUSY) refused = true;
        if (status != NERO_OK && status != NERO_ERROR_BUSY) wrong++;
      }
    });
  }
  for (std::thread &thread : threads) thread.join();
  CHECK(refused);
  CHECK(wrong == 0);
  return taken;
}

void one_optimizer_refuses_a_second_thread() {
  nero_context *context = make_context(2);
  Model model;
  nero_optimizer *optimizer = make_optimizer(context, NERO_KIND_NERO, model.parameters);
  const int64_t taken = until_refused([&] { return step(optimizer); });
  int64_t steps = 0;
  CHECK(nero_optimizer_state_read(optimizer, 1, "step", &steps, 8, nullptr) == NERO_OK);
  CHECK(steps == taken);
  nero_optimizer_destroy(optimizer, nullptr);
  nero_context_destroy(context, nullptr);
}

void stateless_steps_of_one_context_refuse_each_other() {
  nero_context *context = make_context(2);
  Model model;
  const nero_parameter &p = model.parameters[5];
  const Hypers hypers;
  std::vector<float> momentum(model.weights[5].size());
  const nero_step_terms terms{sizeof terms, NERO_CONSTRAINT_NONE, NERO_NON_FINITE_SKIP_NEURON, 0, 1, 1e-3, 1};
  until_refused([&] { return nero_step_sgd(context, &p, momentum.data(), &hypers.sgd, &terms, nullptr, nullptr); });
  CHECK(nero_context_destroy(context, nullptr) == NERO_OK);
}

void memory_from_several_threads() {
  nero_context *context = make_context(1);
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int i = 0; i < 3; i++) {
    threads.emplace_back([&] {
      for (uint64_t bytes = 1; bytes < 2000; bytes += 7) {
        void *address = nullptr;
        if (nero_memory_allocate(context, bytes, &address, nullptr) != NERO_OK) wrong++;
        if (nero_memory_free(context, address, nullptr) != NERO_OK) wrong++;
      }
    });
  }
  for (std::thread &thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(nero_context_destroy(context, nullptr) == NERO_OK);
}

}  // namespace

int main() {
  optimizers_on_one_context();
  one_optimizer_refuses_a_second_thread();
  stateless_steps_of_one_context_refuse_each_other();
  memory_from_several_threads();
  return nero_failures != 0;
}
