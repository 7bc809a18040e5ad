// Thread instructions a second: a copy-like kernel with vector accesses, and a row kernel with reductions and barriers.
#include <dlfcn.h>

#include <algorithm>
#include <chrono>

#include "../../ptxemu.h"
#include "device_test.h"

namespace {

constexpr int kRows = 64, kColumns = 4096, kRepeats = 9;

__global__ void axpy(int n4, float a, const float4 *x, float4 *y) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n4; i += gridDim.x * blockDim.x) {
    const float4 v = x[i];
    float4 w = y[i];
    w.x = fmaf(a, v.x, w.x);
    w.y = fmaf(a, v.y, w.y);
    w.z = fmaf(a, v.z, w.z);
    w.w = fmaf(a, v.w, w.w);
    y[i] = w;
  }
}

__device__ float of_warp(float v) {
  for (int by = 16; by > 0; by /= 2) v += __shfl_xor_sync(~0u, v, by);
  return v;
}

__global__ void normalise(int columns, const float *x, float *y) {
  __shared__ float parts[32];
  float s = 0;
  for (int c = threadIdx.x; c < columns; c += blockDim.x)
    s = fmaf(x[blockIdx.x * columns + c], x[blockIdx.x * columns + c], s);
  s = of_warp(s);
  if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32] = s;
  __syncthreads();
  s = of_warp(threadIdx.x % 32 < blockDim.x / 32 ? parts[threadIdx.x % 32] : 0.0f);
  const float by = rsqrtf(s + 1e-6f);
  for (int c = threadIdx.x; c < columns; c += blockDim.x)
    y[blockIdx.x * columns + c] = x[blockIdx.x * columns + c] * by;
}

template <class F>
void measure(const char *name, F &&launch) {
  const auto counter = reinterpret_cast<decltype(&ptxemuCounter)>(dlsym(RTLD_DEFAULT, "ptxemuCounter"));
  if (!counter) return;
  launch();
  double rates[kRepeats];
  for (double &rate : rates) {
    const auto before = counter(name, "thread_instructions");
    const auto from = std::chrono::steady_clock::now();
    launch();
    OK(cudaDeviceSynchronize());
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - from).count();
    rate = static_cast<double>(counter(name, "thread_instructions") - before) / seconds;
  }
  std::sort(rates, rates + kRepeats);
  printf("%-10s %5.0f million thread instructions a second (median of %d)\n", name, rates[kRepeats / 2] / 1e6,
         kRepeats);
}

}  // namespace

int main() {
  OnDevice<float> x(std::vector<float>(kRows * kColumns, 1)), y(std::vector<float>(kRows * kColumns, 1));
  measure("axpy", [&] {
    axpy<<<64, 256>>>(kRows * kColumns / 4, 2, reinterpret_cast<float4 *>(x.data()),
                      reinterpret_cast<float4 *>(y.data()));
  });
  measure("normalise", [&] { normalise<<<kRows, 256>>>(kColumns, x.data(), y.data()); });
  return nero_failures != 0;
}
