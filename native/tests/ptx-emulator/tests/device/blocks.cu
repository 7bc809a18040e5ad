// Threads together: reductions in shared memory, tiles, atomics, grids, vectors, cooperative launches, faults.
#include <cooperative_groups.h>

#include "device_test.h"

namespace cg = cooperative_groups;

namespace {

constexpr int kCount = 5003;

__global__ void sum_by_atomics(const float *x, int n, float *out) {
  extern __shared__ float partial[];
  float s = 0;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) s += x[i];
  partial[threadIdx.x] = s;
  __syncthreads();
  for (int half = blockDim.x / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) partial[threadIdx.x] += partial[threadIdx.x + half];
    __syncthreads();
  }
  if (threadIdx.x == 0) atomicAdd(out, partial[0]);
}

/// Each tile of eight threads adds up its own row.
__global__ void sum_by_tiles(const float *x, int columns, float *out) {
  const auto tile = cg::tiled_partition<8>(cg::this_thread_block());
  const int row = (blockIdx.x * blockDim.x + threadIdx.x) / 8;
  float s = 0;
  for (int c = tile.thread_rank(); c < columns; c += 8) s += x[row * columns + c];
  for (int by = 4; by > 0; by /= 2) s += tile.shfl_xor(s, by);
  tile.sync();
  if (tile.thread_rank() == 0) out[row] = s;
}

__global__ void sum_by_grid(const float *x, int n, float *parts, float *out) {
  const auto grid = cg::this_grid();
  float s = 0;
  for (int i = grid.thread_rank(); i < n; i += grid.size()) s += x[i];
  __shared__ float block;
  if (threadIdx.x == 0) block = 0;
  __syncthreads();
  atomicAdd(&block, s);
  __syncthreads();
  if (threadIdx.x == 0) parts[blockIdx.x] = block;
  grid.sync();
  if (grid.thread_rank() == 0) {
    float t = 0;
    for (unsigned b = 0; b < gridDim.x; b++) t += parts[b];
    *out = t;
  }
}

__global__ void axpy_by_vectors(int n4, float a, const float4 *__restrict__ x, float4 *__restrict__ y) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n4) return;
  const float4 v = x[i];
  float4 w = y[i];
  w.x = fmaf(a, v.x, w.x);
  w.y = fmaf(a, v.y, w.y);
  w.z = fmaf(a, v.z, w.z);
  w.w = fmaf(a, v.w, w.w);
  y[i] = w;
}

/// The last block to come adds up what the others left: no float atomics, and the same every time.
__device__ unsigned arrived;
__global__ void sum_in_two_phases(const float *x, int n, float *parts, float *out) {
  __shared__ bool last;
  if (threadIdx.x == 0) {
    float s = 0;
    for (int i = blockIdx.x; i < n; i += gridDim.x) s += x[i];
    parts[blockIdx.x] = s;
    __threadfence();
    last = atomicInc(&arrived, gridDim.x - 1) == gridDim.x - 1;
  }
  __syncthreads();
  if (!last || threadIdx.x != 0) return;
  float t = 0;
  for (unsigned b = 0; b < gridDim.x; b++) t += static_cast<volatile float *>(parts)[b];
  *out = t;
}

std::vector<float> small_numbers(int n) {
  std::vector<float> x(static_cast<size_t>(n));
  for (int i = 0; i < n; i++) x[static_cast<size_t>(i)] = static_cast<float>(i % 11);
  return x;
}

float sum_of(const std::vector<float> &x) {
  float s = 0;
  for (const float v : x) s += v;  // whole numbers: exact
  return s;
}

void sums() {
  const auto x = small_numbers(kCount);
  const float wanted = sum_of(x);
  OnDevice<float> d(x), out({0}), parts(std::vector<float>(8, -1));
  sum_by_atomics<<<7, 128, 128 * sizeof(float)>>>(d.data(), kCount, out.data());
  CHECK(out.values()[0] == wanted);
  for (int i = 0; i < 2; i++) {
    sum_in_two_phases<<<8, 32>>>(d.data(), kCount, parts.data(), out.data());
    CHECK(out.values()[0] == wanted);
  }
  float *data = d.data(), *p = parts.data(), *o = out.data();
  int n = kCount;
  void *args[] = {&data, &n, &p, &o};
  OK(cudaMemset(o, 0, 4));
  OK(cudaLaunchCooperativeKernel(reinterpret_cast<void *>(sum_by_grid), dim3(8), dim3(64), args, 0, nullptr));
  CHECK(out.values()[0] == wanted);
}

void tiles() {
  const int rows = 32, columns = 37;
  const auto x = small_numbers(rows * columns);
  OnDevice<float> d(x), out(std::vector<float>(rows, -1));
  sum_by_tiles<<<2, 128>>>(d.data(), columns, out.data());
  const auto sums = out.values();
  for (int r = 0; r < rows; r++) {
    CHECK(sums[r] == sum_of({x.begin() + r * columns, x.begin() + (r + 1) * columns}));
  }
}

void vectors() {
  const auto x = small_numbers(4 * 300);
  OnDevice<float> dx(x), dy(x);
  axpy_by_vectors<<<3, 128>>>(300, 2, reinterpret_cast<float4 *>(dx.data()), reinterpret_cast<float4 *>(dy.data()));
  const auto y = dy.values();
  for (size_t i = 0; i < x.size(); i++) CHECK(y[i] == 3 * x[i]);
}

}  // namespace

int main() {
  sums();
  tiles();
  vectors();
  return nero_failures != 0;
}
