// What is done to weights when an optimiser is made, in double: a thread for each neuron of columns or of few weights,
// a warp for each other one. Done once, so plain rather than fast.
#include "cuda/group.cuh"
#include "cuda/launch.h"
#include "rules/balance.h"

namespace nero {
namespace cuda {

namespace {

constexpr int kSurveyThreads = 256;

/// A neuron as the threads that share it see it: each takes every kLanes-th weight.
template <int kLanes>
struct Neuron {
  float *at;
  int64_t stride;
  int64_t count;
  int lane;

  template <int kCount>
  __device__ void sum(double (&v)[kCount]) const {
    if (kLanes > 1) butterfly(v, kLanes);
  }
};

template <int kLanes>
__device__ inline Neuron<kLanes> neuron_of(const Survey &s, int64_t index) {
  const bool columns = s.layout == NERO_COLUMNS;
  return {columns ? s.weights + index : s.weights + index * s.fan_in, columns ? s.neurons : 1, s.fan_in,
          static_cast<int>(threadIdx.x % kLanes)};
}

struct Centred {
  double mean, before, norm2;
};

template <int kLanes>
__device__ inline Centred centred(const Neuron<kLanes> &n, unsigned constraint) {
  double d[2] = {0, 0};
  for (int64_t i = n.lane; i < n.count; i += kLanes) {
    const double x = n.at[i * n.stride];
    d[0] += x;
    d[1] += x * x;
  }
  n.sum(d);
  const double mean = (constraint & NERO_CONSTRAINT_MEAN) != 0 ? d[0] / static_cast<double>(n.count) : 0;
  double norm2[1] = {0};
  for (int64_t i = n.lane; i < n.count; i += kLanes) {
    const double x = static_cast<double>(n.at[i * n.stride]) - mean;
    norm2[0] += x * x;
  }
  n.sum(norm2);
  return {mean, d[1], norm2[0]};
}

/// task(index) for each neuron, a warp's groups together.
template <int kLanes, class Task>
__device__ inline void each_neuron(const Survey &s, const Task &task) {
  constexpr int kGroups = kSurveyThreads / kLanes;
  const int64_t all = static_cast<int64_t>(gridDim.x) * kGroups;
  for (int64_t i = static_cast<int64_t>(blockIdx.x) * kGroups + threadIdx.x / kLanes; i < s.neurons; i += all) task(i);
}

template <int kLanes>
__global__ void degenerate_kernel(Survey s, uint8_t *flags, unsigned long long *first) {
  each_neuron<kLanes>(s, [&](int64_t i) {
    const Neuron<kLanes> n = neuron_of<kLanes>(s, i);
    const Centred c = centred(n, s.constraint);
    const bool degenerate = !(c.norm2 > kDegenerate * kDegenerate * c.before);
    if (n.lane != 0) return;
    flags[i] = degenerate ? 1 : 0;
    if (degenerate) atomicMin(first, static_cast<unsigned long long>(i));
  });
}

template <int kLanes>
__global__ void project_kernel(Survey s, double epsilon) {
  each_neuron<kLanes>(s, [&](int64_t i) {
    if (s.exempt != nullptr && s.exempt[i] != 0) return;
    const Neuron<kLanes> n = neuron_of<kLanes>(s, i);
    const Centred c = centred(n, s.constraint);
    if (!can_be_balanced(c.norm2, c.before)) return;
    const double stretch = (s.constraint & NERO_CONSTRAINT_NORM) != 0 ? 1 / (sqrt(c.norm2) + epsilon) : 1;
    for (int64_t k = n.lane; k < n.count; k += kLanes) {
      float &w = n.at[k * n.stride];
      w = static_cast<float>((static_cast<double>(w) - c.mean) * stretch);
    }
  });
}

template <int kLanes>
__global__ void measure_kernel(Survey s, double *parts) {
  __shared__ double norms[kSurveyThreads], squares[kSurveyThreads];
  double norm = 0, square = 0;
  each_neuron<kLanes>(s, [&](int64_t i) {
    const Neuron<kLanes> n = neuron_of<kLanes>(s, i);
    double norm2[1] = {0};
    for (int64_t k = n.lane; k < n.count; k += kLanes) {
      const double x = n.at[k * n.stride];
      norm2[0] += x * x;
    }
    n.sum(norm2);
    if (n.lane != 0) return;
    norm += sqrt(norm2[0]);
    square += norm2[0];
  });
  norms[threadIdx.x] = norm;
  squares[threadIdx.x] = square;
  __syncthreads();
  if (threadIdx.x != 0) return;
  for (int k = 1; k < kSurveyThreads; k++) {
    norm += norms[k];
    square += squares[k];
  }
  parts[2 * blockIdx.x] = norm;
  parts[2 * blockIdx.x + 1] = square;
}

__global__ void fill_kernel(float *to, uint64_t count, float value) {
  const uint64_t all = static_cast<uint64_t>(gridDim.x) * blockDim.x;
  for (uint64_t i = static_cast<uint64_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < count; i += all) to[i] = value;
}

bool takes_warps(const Survey &s) { return s.layout != NERO_COLUMNS && s.fan_in > 32; }

unsigned blocks_for(const Survey &s) {
  const int64_t each = takes_warps(s) ? kSurveyThreads / 32 : kSurveyThreads;
  const int64_t blocks = (s.neurons + each - 1) / each;
  return static_cast<unsigned>(blocks < 1 ? 1 : (blocks > 65535 ? 65535 : blocks));
}

}  // namespace

void launch_degenerate(const Survey &s, uint8_t *flags, unsigned long long *first, cudaStream_t stream) {
  if (takes_warps(s)) {
    degenerate_kernel<32><<<blocks_for(s), kSurveyThreads, 0, stream>>>(s, flags, first);
  } else {
    degenerate_kernel<1><<<blocks_for(s), kSurveyThreads, 0, stream>>>(s, flags, first);
  }
}

void launch_project(const Survey &s, double epsilon, cudaStream_t stream) {
  if (takes_warps(s)) {
    project_kernel<32><<<blocks_for(s), kSurveyThreads, 0, stream>>>(s, epsilon);
  } else {
    project_kernel<1><<<blocks_for(s), kSurveyThreads, 0, stream>>>(s, epsilon);
  }
}

void launch_measure(const Survey &s, double *parts, cudaStream_t stream) {
  if (takes_warps(s)) {
    measure_kernel<32><<<kMeasureBlocks, kSurveyThreads, 0, stream>>>(s, parts);
  } else {
    measure_kernel<1><<<kMeasureBlocks, kSurveyThreads, 0, stream>>>(s, parts);
  }
}

void launch_fill(float *to, uint64_t count, float value, cudaStream_t stream) {
  const uint64_t blocks = (count + kSurveyThreads - 1) / kSurveyThreads;
  fill_kernel<<<static_cast<unsigned>(blocks > 4096 ? 4096 : blocks), kSurveyThreads, 0, stream>>>(to, count, value);
}

}  // namespace cuda
}  // namespace nero
