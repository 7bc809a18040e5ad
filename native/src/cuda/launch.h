// The kernels as the host sees them. Every function queues its launches on the stream and waits for nothing; a launch
// that fails is found by cudaGetLastError.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "cuda/program.h"

namespace nero {
namespace cuda {

void launch_nero(const Program &p, unsigned blocks, cudaStream_t stream);
void launch_sgd(const Program &p, unsigned blocks, cudaStream_t stream);
void launch_adam(const Program &p, unsigned blocks, cudaStream_t stream);
void launch_madam(const Program &p, unsigned blocks, cudaStream_t stream);
void launch_lamb(const Program &p, unsigned blocks, cudaStream_t stream);
void launch_fromage(const Program &p, unsigned blocks, cudaStream_t stream);
void launch_lars(const Program &p, unsigned blocks, cudaStream_t stream);

void launch_inspect(const Program &p, unsigned blocks, cudaStream_t stream);
/// The constraint, put on long rows behind a step that does not do it itself; finishes the step.
void launch_long_balance(const Program &p, unsigned blocks, cudaStream_t stream);
void launch_terms(Totals *totals, const StepTerms &terms, cudaStream_t stream);

/// What is done to weights when an optimiser is made: a tensor by itself.
struct Survey {
  float *weights;
  const uint8_t *exempt;  ///< null: no neuron is
  int64_t neurons;
  int64_t fan_in;
  nero_layout layout;
  nero_constraint constraint;
};

/// Blocks of a measurement; each leaves two doubles.
constexpr unsigned kMeasureBlocks = 256;

/// flags [neurons] get 1 for a neuron that cannot be balanced, else 0; first gets the smallest of them, or stays.
void launch_degenerate(const Survey &s, uint8_t *flags, unsigned long long *first, cudaStream_t stream);
void launch_project(const Survey &s, double epsilon, cudaStream_t stream);
/// parts [kMeasureBlocks][2] get sums of norms and of squares.
void launch_measure(const Survey &s, double *parts, cudaStream_t stream);
void launch_fill(float *to, uint64_t count, float value, cudaStream_t stream);

}  // namespace cuda
}  // namespace nero
