// Optimisers of one context may step at once; one optimiser refuses a second thread instead of tearing its state.
#include <atomic>
#include <thread>

#include "check.h"
#include "model.h"

namespace {

void two_optimizers_on_one_context() {
  nero_context *context = make_context(3);
  Model reference_model;
  const auto reference = run(context, NERO_KIND_ADAM, reference_model, 5);
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int i = 0; i < 3; i++) {
    threads.emplace_back([&] {
      Model model;
      if (run(context, NERO_KIND_ADAM, model, 5) != reference) wrong++;
    });
  }
  for (std::thread &thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(nero_context_destroy(context, nullptr) == NERO_OK);
}

void one_optimizer_refuses_a_second_thread() {
  nero_context *context = make_context(2);
  Model model;
  const Hypers hypers;
  nero_optimizer *optimizer = nullptr;
  CHECK(nero_optimizer_create(context, NERO_KIND_NERO, &hypers.nero, nullptr, model.parameters.data(),
                              static_cast<int64_t>(model.parameters.size()), &optimizer, nullptr) == NERO_OK);
  std::atomic<int64_t> taken{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; i++) {
    threads.emplace_back([&] {
      const nero_step_args args{sizeof args, 0, 0.01, 1};
      for (int k = 0; k < 50; k++) {
        const nero_status status = nero_optimizer_step(optimizer, &args, nullptr, nullptr);
        if (status == NERO_OK) taken++;
        CHECK(status == NERO_OK || status == NERO_ERROR_BUSY);
      }
    });
  }
  for (std::thread &thread : threads) thread.join();
  int64_t steps = 0;
  CHECK(nero_optimizer_state_read(optimizer, 1, "step", &steps, 8, nullptr) == NERO_OK);
  CHECK(steps == taken);
  nero_optimizer_destroy(optimizer, nullptr);
  nero_context_destroy(context, nullptr);
}

}  // namespace

int main() {
  two_optimizers_on_one_context();
  one_optimizer_refuses_a_second_thread();
  return nero_failures != 0;
}
