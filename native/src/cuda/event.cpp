#include "cuda/event.h"

#include "cuda/driver.h"

namespace nero {
namespace cuda {

CudaEvent::CudaEvent(CudaBackend &backend) : backend_(backend) {
  const DeviceGuard guard(backend_.index());
  check(cudaEventCreate(&event_), "making a CUDA event");
}

CudaEvent::~CudaEvent() {
  // An event that is not reached yet is destroyed when it is: CUDA sees to that.
  cudaEventDestroy(event_);
}

void CudaEvent::record() {
  const DeviceGuard guard(backend_.index());
  check(cudaEventRecord(event_, backend_.stream()), "recording a CUDA event");
  recorded_ = true;
}

void CudaEvent::synchronize() {
  const DeviceGuard guard(backend_.index());
  check(cudaEventSynchronize(event_), "waiting for a CUDA event");
}

double CudaEvent::since(Event &from) {
  auto *const first = dynamic_cast<CudaEvent *>(&from);
  if (first == nullptr || first->backend_.index() != backend_.index()) {
    throw Failure(NERO_ERROR_DEVICE, "the two events are of different devices, which have no clock in common");
  }
  first->synchronize();
  synchronize();
  const DeviceGuard guard(backend_.index());
  float milliseconds = 0;
  check(cudaEventElapsedTime(&milliseconds, first->event_, event_), "the time between two CUDA events");
  return static_cast<double>(milliseconds);
}

std::unique_ptr<Event> CudaBackend::event() { return std::make_unique<CudaEvent>(*this); }

void CudaBackend::wait_for(Event &event) {
  auto *const other = dynamic_cast<CudaEvent *>(&event);
  if (other == nullptr) return event.synchronize();
  const DeviceGuard guard(index_);
  cuda::check(cudaStreamWaitEvent(stream_, other->handle(), 0), "making a CUDA stream wait for an event");
}

void CudaBackend::wait_for_stream(void *stream) {
  const DeviceGuard guard(index_);
  cudaEvent_t behind = nullptr;
  cuda::check(cudaEventCreateWithFlags(&behind, cudaEventDisableTiming), "making a CUDA event");
  cudaError_t status = cudaEventRecord(behind, static_cast<cudaStream_t>(stream));
  if (status == cudaSuccess) status = cudaStreamWaitEvent(stream_, behind, 0);
  cudaEventDestroy(behind);
  cuda::check(status, "making a CUDA stream wait for another");
}

}  // namespace cuda
}  // namespace nero
