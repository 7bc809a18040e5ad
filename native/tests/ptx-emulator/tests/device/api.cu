// The runtime's functions as our library calls them: memory, pointers, streams, events, graphs, devices, errors.
#include <dlfcn.h>

#include <cstring>
#include <string>

#include "../../ptxemu.h"
#include "device_test.h"

namespace {

__constant__ float factor = 2;

__global__ void scale(float *x, int n, float by) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) x[i] *= by * factor;
}

__global__ void out_of_bounds(float *x, int at) { x[at] = 1; }

void memory() {
  float *d = nullptr, *h = nullptr, on_stack[4] = {1, 2, 3, 4}, back[4] = {};
  OK(cudaMalloc(&d, 16));
  OK(cudaMallocHost(&h, 16));
  cudaPointerAttributes a;
  OK(cudaPointerGetAttributes(&a, d + 1));
  CHECK(a.type == cudaMemoryTypeDevice && a.device == 0);
  OK(cudaPointerGetAttributes(&a, h));
  CHECK(a.type == cudaMemoryTypeHost && a.hostPointer == h);
  OK(cudaPointerGetAttributes(&a, on_stack));
  CHECK(a.type == cudaMemoryTypeUnregistered);
  OK(cudaMemcpy(d, on_stack, 16, cudaMemcpyHostToDevice));
  CHECK(cudaMemcpy(d, on_stack, 16, cudaMemcpyDeviceToHost) == cudaErrorInvalidValue);
  CHECK(cudaMemcpy(d, on_stack, 17, cudaMemcpyHostToDevice) == cudaErrorInvalidValue);
  CHECK(cudaGetLastError() == cudaErrorInvalidValue && cudaGetLastError() == cudaSuccess);
  OK(cudaMemcpy(back, d, 16, cudaMemcpyDefault));
  CHECK(memcmp(back, on_stack, 16) == 0);
  const float three = 3;
  OK(cudaMemcpyToSymbol(factor, &three, 4));
  scale<<<1, 32>>>(d, 4, 1);
  OK(cudaMemcpy(back, d, 16, cudaMemcpyDeviceToHost));
  CHECK(back[3] == 12);
  const float two = 2;
  OK(cudaMemcpyToSymbol(factor, &two, 4));
  CHECK(cudaFreeHost(d) == cudaErrorInvalidValue && cudaFree(h) == cudaErrorInvalidValue);
  OK(cudaFree(d));
  CHECK(cudaFree(d) == cudaErrorInvalidValue);
  OK(cudaFreeHost(h));
  OK(cudaFree(nullptr));
  CHECK(cudaMalloc(&d, size_t{1} << 50) == cudaErrorMemoryAllocation && d == nullptr);
  cudaStream_t s;
  OK(cudaStreamCreateWithFlags(&s, cudaStreamNonBlocking));
  OK(cudaMallocAsync(&d, 64, s));
  OK(cudaMemsetAsync(d, 0, 64, s));
  OK(cudaFreeAsync(d, s));
  OK(cudaStreamSynchronize(s));
  OK(cudaStreamDestroy(s));
  CHECK(cudaStreamSynchronize(s) == cudaErrorInvalidResourceHandle);
  cudaGetLastError();
}

void graphs() {
  cudaStream_t s;
  OK(cudaStreamCreate(&s));
  OnDevice<float> x({1, 2, 3});
  cudaGraph_t g;
  cudaGraphExec_t run;
  OK(cudaStreamBeginCapture(s, cudaStreamCaptureModeGlobal));
  float by = 2;
  scale<<<1, 32, 0, s>>>(x.data(), 3, by);
  by = 100;  // copied when it was captured
  scale<<<1, 32, 0, s>>>(x.data(), 1, 0.5f);
  cudaStreamCaptureStatus status;
  OK(cudaStreamIsCapturing(s, &status));
  CHECK(status == cudaStreamCaptureStatusActive);
  OK(cudaStreamEndCapture(s, &g));
  CHECK(x.values() == (std::vector<float>{1, 2, 3}));
  size_t nodes = 0;
  OK(cudaGraphGetNodes(g, nullptr, &nodes));
  CHECK(nodes == 2);
  OK(cudaGraphInstantiate(&run, g, 0));
  OK(cudaGraphDestroy(g));
  OK(cudaGraphLaunch(run, s));
  OK(cudaGraphLaunch(run, s));
  OK(cudaStreamSynchronize(s));
  CHECK(x.values() == (std::vector<float>{16, 32, 48}));
  OK(cudaGraphExecDestroy(run));
  // What must not happen while a stream captures.
  OK(cudaStreamBeginCapture(s, cudaStreamCaptureModeGlobal));
  CHECK(cudaStreamSynchronize(s) == cudaErrorStreamCaptureUnsupported);
  CHECK(cudaStreamEndCapture(s, &g) == cudaErrorStreamCaptureInvalidated && g == nullptr);
  cudaGetLastError();
  OK(cudaStreamDestroy(s));
}

void events() {
  cudaEvent_t a, b;
  OK(cudaEventCreate(&a));
  OK(cudaEventCreate(&b));
  OnDevice<float> x(std::vector<float>(1000, 1));
  OK(cudaEventRecord(a));
  scale<<<8, 128>>>(x.data(), 1000, 1);
  OK(cudaEventRecord(b));
  OK(cudaEventSynchronize(b));
  OK(cudaEventQuery(b));
  float ms = -1;
  OK(cudaEventElapsedTime(&ms, a, b));
  CHECK(ms > 0);
  OK(cudaEventDestroy(a));
  OK(cudaEventDestroy(b));
}

void devices() {
  int count = 0, device = -1, value = 0, version = 0;
  OK(cudaGetDeviceCount(&count));
  CHECK(count >= 1);
  OK(cudaGetDevice(&device));
  CHECK(device == 0 && cudaSetDevice(count) == cudaErrorInvalidDevice);
  cudaGetLastError();
  cudaDeviceProp p;
  OK(cudaGetDeviceProperties(&p, 0));
  OK(cudaDeviceGetAttribute(&value, cudaDevAttrComputeCapabilityMajor, 0));
  CHECK(p.major == value && p.warpSize == 32 && p.maxThreadsPerBlock == 1024 && strlen(p.name) > 0);
  OK(cudaRuntimeGetVersion(&version));
  CHECK(version == CUDART_VERSION);
  cudaFuncAttributes a;
  OK(cudaFuncGetAttributes(&a, scale));
  CHECK(a.maxThreadsPerBlock == 1024 && a.localSizeBytes == 0 && a.sharedSizeBytes == 0);
  OK(cudaFuncSetAttribute(scale, cudaFuncAttributeMaxDynamicSharedMemorySize, 65536));
  CHECK(cudaFuncSetAttribute(scale, cudaFuncAttributeMaxDynamicSharedMemorySize, 1 << 20) == cudaErrorInvalidValue);
  cudaGetLastError();
  int blocks = 0;
  OK(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, scale, 256, 0));
  CHECK(blocks == 8);
  scale<<<1, 2048>>>(nullptr, 0, 0);
  CHECK(cudaGetLastError() == cudaErrorInvalidConfiguration);
}

void counters() {
  const auto launches = reinterpret_cast<decltype(&ptxemuLaunches)>(dlsym(RTLD_DEFAULT, "ptxemuLaunches"));
  const auto counter = reinterpret_cast<decltype(&ptxemuCounter)>(dlsym(RTLD_DEFAULT, "ptxemuCounter"));
  const auto reset = reinterpret_cast<decltype(&ptxemuResetReport)>(dlsym(RTLD_DEFAULT, "ptxemuResetReport"));
  CHECK(launches && counter && reset);
  if (!launches || !counter || !reset) return;
  reset();
  OnDevice<float> x(std::vector<float>(1000, 1));
  scale<<<8, 128>>>(x.data(), 1000, 1);
  CHECK(launches("scale") == 1 && counter("scale", "global_read_bytes") == 4000);
  CHECK(counter(nullptr, "global_written_bytes") == 4000 && counter("scale", "nonsense") == ~0ull);
}

/// A fault is an error of the process, not its end; a reset takes it away.
void faults() {
  OnDevice<float> x({1, 2, 3});
  out_of_bounds<<<1, 1>>>(x.data(), 3);
  CHECK(cudaDeviceSynchronize() == cudaErrorIllegalAddress);
  CHECK(cudaGetLastError() == cudaErrorIllegalAddress);
  float *p;
  CHECK(cudaMalloc(&p, 4) == cudaErrorIllegalAddress);
  const std::string text = cudaGetErrorString(cudaErrorIllegalAddress);
  CHECK(text.find("out_of_bounds") != std::string::npos && text.find("thread (0,0,0)") != std::string::npos);
  OK(cudaDeviceReset());
  OK(cudaMalloc(&p, 4));
  // Memory of the host's given for the device's.
  float host = 0;
  out_of_bounds<<<1, 1>>>(&host, 0);
  CHECK(cudaDeviceSynchronize() == cudaErrorIllegalAddress && host == 0);
  OK(cudaDeviceReset());
  OK(cudaFree(p));
}

}  // namespace

int main() {
  memory();
  graphs();
  events();
  devices();
  counters();
  faults();
  return nero_failures != 0;
}
