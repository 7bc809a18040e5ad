// What a build without nvcc has for CUDA.
#include "runtime/cuda.h"
#include "runtime/failure.h"

namespace nero {

namespace {

[[noreturn]] void refuse(int index) {
  throw Failure(NERO_ERROR_DEVICE, text("no CUDA device %d: %s", index, cuda_description().c_str()));
}

}  // namespace

int cuda_device_count() { return 0; }

std::string cuda_description() { return "none: this build of nero4j has no CUDA backend"; }

void describe_cuda_device(int index, nero_device_info &) { refuse(index); }

std::unique_ptr<Backend> make_cuda_backend(int index, void *) { refuse(index); }

}  // namespace nero
