// A step allocates nothing: not in one call, not in parts, not when a gradient is not finite, not on other threads.
#include <atomic>
#include <cstdlib>

#include "check.h"
#include "model.h"

extern "C" {
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
}

namespace {
std::atomic<bool> counting{false};
std::atomic<int> allocations{0};

void count() {
  if (counting) allocations++;
}
}  // namespace

// The library's calls come here too: the program's symbols go before those of the C library.
extern "C" {
__attribute__((visibility("default"))) void *malloc(size_t size) {
  count();
  return __libc_malloc(size);
}
__attribute__((visibility("default"))) void *calloc(size_t items, size_t size) {
  count();
  return __libc_calloc(items, size);
}
__attribute__((visibility("default"))) void *realloc(void *old, size_t size) {
  count();
  return __libc_realloc(old, size);
}
__attribute__((visibility("default"))) void *aligned_alloc(size_t alignment, size_t size) {
  count();
  return __libc_memalign(alignment, size);
}
}

int main() {
  nero_context *context = make_context(3);
  counting = true;
  void *seen = nullptr;
  nero_memory_allocate(context, 100, &seen, nullptr);
  counting = false;
  CHECK(allocations > 0);  // this test can see the library's allocations
  nero_memory_free(context, seen, nullptr);
  for (int kind = 0; kind <= NERO_KIND_LARS; kind++) {
    for (const nero_non_finite policy : {NERO_NON_FINITE_SKIP_NEURON, NERO_NON_FINITE_SKIP_STEP}) {
      Model model;
      nero_optimizer_options options = options_of(kind);
      options.non_finite = policy;
      nero_optimizer *optimizer = make_optimizer(context, kind, model.parameters, &options);
      nero_step_report report = empty_report();
      allocations = 0;
      counting = true;
      nero_status status = step(optimizer, &report);
      for (int i = 0; i < 3 && status == NERO_OK; i++) status = step(optimizer, &report);
      if (status == NERO_OK) status = step_in_parts(optimizer, model.parameters, &report);
      model.gradients[2][1000] = NAN;
      if (status == NERO_OK) status = step(optimizer, &report);
      counting = false;
      CHECK(status == NERO_OK);
      CHECK(report.neurons_non_finite == 1);
      CHECK(allocations == 0);
      nero_optimizer_destroy(optimizer, nullptr);
    }
  }
  nero_context_destroy(context, nullptr);
  return nero_failures != 0;
}
