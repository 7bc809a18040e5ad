// Loops over the elements of activations.
#pragma once

#include <cstdint>

namespace nero::nn {

/// Fewer elements are done sooner by one thread than by waking others.
constexpr int64_t kElementsWorthThreads = 1 << 14;

/// Calls body(i) for each i below count; elements are independent, so the number of threads does not show.
template <class Body>
void each_element(int64_t count, const Body &body) {
  // A copy for each thread: what it captures is then in registers. Read from memory that a loop writes past, a scale
  // behind a condition kept GCC from vectors, and ReLU's backward pass was a third of LeNet's time.
  Body mine = body;
#pragma omp parallel for simd firstprivate(mine) if (parallel : count >= kElementsWorthThreads)
  for (int64_t i = 0; i < count; i++) mine(i);
}

}  // namespace nero::nn
