#include "cuda/backend.h"

#include "cuda/driver.h"
#include "cuda/resident.h"

namespace nero {
namespace cuda {

CudaBackend::CudaBackend(int index, void *stream)
    : index_(index), stream_(static_cast<cudaStream_t>(stream)), owns_stream_(stream == nullptr) {
  const DeviceGuard guard(index);
  int pools = 0;
  cuda::check(cudaDeviceGetAttribute(&pools, cudaDevAttrMemoryPoolsSupported, index), "the CUDA device's attributes");
  ordered_ = pools != 0;
  if (owns_stream_) {
    cuda::check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "making a CUDA stream");
  }
}

CudaBackend::~CudaBackend() {
  try {
    const DeviceGuard guard(index_);
    cudaStreamSynchronize(stream_);
    for (const auto &block : blocks_.all()) release(block.first);
    for (const auto &block : host_blocks_.all()) cudaFreeHost(block.first);
    if (owns_stream_) {
      cudaStreamSynchronize(stream_);
      cudaStreamDestroy(stream_);
    }
  } catch (...) {  // the device is gone, and all that was on it
  }
}

void CudaBackend::release(void *address) {
  if (ordered_) {
    cudaFreeAsync(address, stream_);
  } else {
    cudaFree(address);
  }
}

void *CudaBackend::allocate(uint64_t bytes) {
  const DeviceGuard guard(index_);
  const uint64_t size = bytes == 0 ? 64 : bytes;
  void *address = nullptr;
  const std::string what = text("allocating %llu bytes of CUDA memory", (unsigned long long)bytes);
  cuda::check(ordered_ ? cudaMallocAsync(&address, size, stream_) : cudaMalloc(&address, size), what.c_str());
  try {
    cuda::check(cudaMemsetAsync(address, 0, size, stream_), what.c_str());
    blocks_.add(address, bytes);
  } catch (...) {
    release(address);
    throw;
  }
  return address;
}

void CudaBackend::free(void *address) {
  const DeviceGuard guard(index_);
  blocks_.take(address);
  release(address);
}

void *CudaBackend::allocate_host(uint64_t bytes) {
  const DeviceGuard guard(index_);
  const uint64_t size = bytes == 0 ? 64 : bytes;
  void *address = nullptr;
  const std::string what = text("allocating %llu bytes of pinned memory", (unsigned long long)bytes);
  cuda::check(cudaHostAlloc(&address, size, cudaHostAllocDefault), what.c_str());
  std::memset(address, 0, size);
  try {
    host_blocks_.add(address, bytes);
  } catch (...) {
    cudaFreeHost(address);
    throw;
  }
  return address;
}

void CudaBackend::free_host(void *address) {
  const DeviceGuard guard(index_);
  host_blocks_.take(address);
  // Copies from and to it may be under way.
  cudaStreamSynchronize(stream_);
  cudaFreeHost(address);
}

void CudaBackend::check(const char *name, const void *address, uint64_t bytes) const {
  blocks_.check(name, address, bytes);
  host_blocks_.check(name, address, bytes);
}

void CudaBackend::require_reachable(const char *what, const char *name, int64_t parameter, const void *address) const {
  const DeviceGuard guard(index_);
  cudaPointerAttributes attributes{};
  const cudaError_t status = cudaPointerGetAttributes(&attributes, address);
  if (status != cudaSuccess) cudaGetLastError();
  const bool managed = status == cudaSuccess && attributes.type == cudaMemoryTypeManaged;
  const bool device = status == cudaSuccess && attributes.type == cudaMemoryTypeDevice;
  if (managed || (device && attributes.device == index_)) return;
  throw Failure(
      NERO_ERROR_DEVICE,
      device ? text("%s '%s': address %p is memory of CUDA device %d, the context's is %d", what, name, address,
                    attributes.device, index_)
             : text("%s '%s': address %p is host memory, CUDA device %d needs its own", what, name, address, index_),
      parameter);
}

void CudaBackend::copy(void *to, const void *from, uint64_t bytes, nero_copy_direction direction, bool wait) {
  const DeviceGuard guard(index_);
  static const cudaMemcpyKind kinds[] = {cudaMemcpyHostToDevice, cudaMemcpyDeviceToHost, cudaMemcpyDeviceToDevice};
  cuda::check(cudaMemcpyAsync(to, from, bytes, kinds[direction], stream_), "a CUDA copy");
  if (wait) cuda::check(cudaStreamSynchronize(stream_), "a CUDA copy");
}

void CudaBackend::fill(float *address, uint64_t count, float value) {
  const DeviceGuard guard(index_);
  launch_fill(address, count, value, stream_);
  check_launch("filling CUDA memory");
}

void CudaBackend::synchronize() {
  const DeviceGuard guard(index_);
  cuda::check(cudaStreamSynchronize(stream_), "work on the CUDA stream");
}

Scratch::~Scratch() {
  try {
    backend_.free(address_);
  } catch (...) {  // what cannot be freed goes with the context
  }
}

namespace {

Survey survey_of(const Slot &slot, const uint8_t *exempt) {
  const Parameter &p = slot.parameter;
  return {p.weights, exempt, p.neurons, p.fan_in, p.layout, slot.constraint};
}

}  // namespace

int64_t CudaBackend::first_degenerate(const Slot &slot, uint8_t *flags) {
  const Parameter &p = slot.parameter;
  // A neuron without weights has nothing to balance.
  if (p.elements == 0) return -1;
  const DeviceGuard guard(index_);
  const auto neurons = static_cast<uint64_t>(p.neurons);
  const Scratch found(*this, neurons + 8);
  auto *const device_first = found.as<unsigned long long>();
  auto *const device_flags = found.as<uint8_t>() + 8;
  unsigned long long first = ~0ull;
  copy(device_first, &first, sizeof first, NERO_COPY_HOST_TO_DEVICE, false);
  launch_degenerate(survey_of(slot, nullptr), device_flags, device_first, stream_);
  check_launch("looking for neurons that cannot be balanced");
  if (flags != nullptr) copy(flags, device_flags, neurons, NERO_COPY_DEVICE_TO_HOST, false);
  copy(&first, device_first, sizeof first, NERO_COPY_DEVICE_TO_HOST, true);
  return first == ~0ull ? -1 : static_cast<int64_t>(first);
}

void CudaBackend::project(const Slot &slot, double epsilon) {
  if (slot.parameter.elements == 0) return;
  const DeviceGuard guard(index_);
  const Scratch exempt(*this, slot.exempt.size());
  if (!slot.exempt.empty()) {
    copy(exempt.as<uint8_t>(), slot.exempt.data(), slot.exempt.size(), NERO_COPY_HOST_TO_DEVICE, true);
  }
  launch_project(survey_of(slot, slot.exempt.empty() ? nullptr : exempt.as<uint8_t>()), epsilon, stream_);
  check_launch("putting the constraint on weights");
}

Norms CudaBackend::measure(const Slot &slot) {
  Norms norms;
  if (slot.parameter.elements == 0) return norms;
  const DeviceGuard guard(index_);
  double parts[kMeasureBlocks][2];
  const Scratch device_parts(*this, sizeof parts);
  launch_measure(survey_of(slot, nullptr), device_parts.as<double>(), stream_);
  check_launch("measuring weights");
  copy(parts, device_parts.as<double>(), sizeof parts, NERO_COPY_DEVICE_TO_HOST, true);
  for (const auto &part : parts) {
    norms.sum += part[0];
    norms.squares += part[1];
  }
  return norms;
}

std::unique_ptr<Resident> CudaBackend::resident(const Algorithm &algorithm, const nero_optimizer_options &options,
                                                std::vector<Slot> &slots) {
  return std::make_unique<ResidentTable>(*this, algorithm, options, slots);
}

}  // namespace cuda
}  // namespace nero
