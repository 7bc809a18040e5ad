#include "cuda/launch.h"
#include "cuda/nero.cuh"
#include "cuda/step.cuh"

namespace nero {
namespace cuda {

namespace {

/// One launch a step. Registers: at most 128, so that a multiprocessor holds one block, 16 warps, with 128 KiB of loads
/// under way.
__global__ void __launch_bounds__(kThreads, 1) nero_kernel(const Program p) {
  Tile tile;
  if (takes_part(p, tile)) {
    __shared__ NeroStep shared_step;
    __shared__ DeviceTensor tensor;
    if (threadIdx.x == 0) tensor = p.tensors[tile.tensor];
    __syncthreads();
    const Walk walk = {tensor, p.non_finite, rate_of(p, tensor) != 0};
    if (threadIdx.x == 0) {
      shared_step = make_nero_step(p.hyper.nero, rate_of(p, walk.t), scale_of(p), p.numbers[tile.tensor].scale,
                                   step_of(p, tile.tensor));
    }
    __syncthreads();
    const NeroStep &step = shared_step;
    Met met;
    switch (tile.way) {
      case Way::kElements:
        nero_vector(walk, step, tile, met);
        break;
      case Way::kSubWarps:
        nero_rows<Group<8>, 2>(walk, step, tile, met);
        break;
      case Way::kWarps:
        nero_rows<Group<32>, 8>(walk, step, tile, met);
        break;
      case Way::kBlock:
        nero_rows<Group<kThreads>, 8>(walk, step, tile, met);
        break;
      case Way::kSegment:
        nero_segment(p, walk, step, tile, blockIdx.x, met);
        break;
      case Way::kColumns:
        nero_columns(walk, step, tile, met);
        break;
    }
    tell(p, met);
  }
  finish(p);
}

}  // namespace

void launch_nero(const Program &p, unsigned blocks, cudaStream_t stream) {
  nero_kernel<<<blocks, kThreads, 0, stream>>>(p);
}

}  // namespace cuda
}  // namespace nero
