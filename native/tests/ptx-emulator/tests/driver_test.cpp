// A program that loads PTX by itself through the driver's functions.
#include <cuda.h>

#include <string>
#include <vector>

#include "../../check.h"

namespace {

const char *const kAdd = R"(
.version 9.0
.target sm_90
.address_size 64
.global .align 4 .u32 extra = 7;
.visible .entry add(.param .u64 add_p, .param .u32 add_n)
{
  .reg .pred %p; .reg .b32 %r<6>; .reg .b64 %rd<4>;
  ld.param.u64 %rd1, [add_p]; ld.param.u32 %r1, [add_n]; mov.u32 %r2, %tid.x;
  setp.ge.u32 %p, %r2, %r1; @%p bra $out;
  mul.wide.u32 %rd2, %r2, 4; add.s64 %rd3, %rd1, %rd2; ld.global.u32 %r3, [extra]; add.u32 %r4, %r3, %r2;
  st.global.u32 [%rd3], %r4;
$out: ret;
})";

}  // namespace

int main() {
  CUdevice device;
  CUcontext context;
  CUmodule module;
  CUfunction add;
  CUdeviceptr p;
  int count = 0;
  CHECK(cuInit(0) == CUDA_SUCCESS && cuDeviceGetCount(&count) == CUDA_SUCCESS && count == 1);
  CHECK(cuDeviceGet(&device, 1) == CUDA_ERROR_INVALID_DEVICE && cuDeviceGet(&device, 0) == CUDA_SUCCESS);
  CHECK(cuDevicePrimaryCtxRetain(&context, device) == CUDA_SUCCESS);
  CHECK(cuModuleLoadData(&module, "no PTX at all") == CUDA_ERROR_INVALID_IMAGE);
  CHECK(cuModuleLoadData(&module, kAdd) == CUDA_SUCCESS);
  CHECK(cuModuleGetFunction(&add, module, "subtract") == CUDA_ERROR_NOT_FOUND);
  CHECK(cuModuleGetFunction(&add, module, "add") == CUDA_SUCCESS);
  CHECK(cuMemAlloc(&p, 40) == CUDA_SUCCESS && cuMemsetD32(p, 1, 10) == CUDA_SUCCESS);
  unsigned n = 9;
  void *args[] = {&p, &n};
  CHECK(cuLaunchKernel(add, 1, 1, 1, 32, 1, 1, 0, nullptr, args, nullptr) == CUDA_SUCCESS);
  CHECK(cuCtxSynchronize() == CUDA_SUCCESS);
  std::vector<unsigned> v(10);
  CHECK(cuMemcpyDtoH(v.data(), p, 40) == CUDA_SUCCESS);
  for (unsigned i = 0; i < 10; i++) CHECK(v[i] == (i < 9 ? 7 + i : 1));
  CHECK(cuMemcpyHtoD(p, v.data(), 41) == CUDA_ERROR_INVALID_VALUE);
  n = 11;
  CHECK(cuLaunchKernel(add, 1, 1, 1, 32, 1, 1, 0, nullptr, args, nullptr) == CUDA_ERROR_ILLEGAL_ADDRESS);
  const char *text = nullptr;
  CHECK(cuGetErrorString(CUDA_ERROR_ILLEGAL_ADDRESS, &text) == CUDA_SUCCESS);
  CHECK(std::string(text).find("thread (10,0,0)") != std::string::npos);
  CHECK(cuMemFree(p) == CUDA_SUCCESS && cuModuleUnload(module) == CUDA_SUCCESS);
  return nero_failures != 0;
}
