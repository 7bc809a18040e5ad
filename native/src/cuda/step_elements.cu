// SGD, Adam and Madam: one launch a step. Bytes a weight from memory: SGD 12, with momentum 20; Adam 28, with AMSGrad
// 36; Madam 20. A row's gradients are looked at before anything moves and read again from the cache.
#include "cuda/launch.h"
#include "cuda/step.cuh"
#include "rules/adam.h"
#include "rules/madam.h"
#include "rules/sgd.h"

namespace nero {
namespace cuda {

namespace {

/// What single_kernel and the walks ask of a rule that moves weights in one pass.
template <int kHowManyStates, class StepOfRule>
struct OnePass {
  using Step = StepOfRule;
  static constexpr int kStates = kHowManyStates;
  static constexpr bool kReadsWeights = true;
  static constexpr bool kWritesStates = true;
  static constexpr bool kMoves = true;
  static constexpr bool kCounts = true;
  const Step &step;
  __device__ explicit OnePass(const Step &s) : step(s) {}
};

template <bool kMomentum>
struct SgdRule : OnePass<kMomentum ? 1 : 0, SgdStep> {
  using OnePass<kMomentum ? 1 : 0, SgdStep>::OnePass;
  static __device__ SgdStep prepare(const Program &p, const DeviceTensor &t, int32_t tensor) {
    return make_sgd_step(p.hyper.sgd, rate_of(p, t), scale_of(p), t.decay_factor, step_of(p, tensor));
  }
  __device__ float operator()(float w, float g, float *state, double *) const {
    if (kMomentum) return sgd_momentum(w, g, state[0], this->step);
    return sgd_plain(w, g, this->step);
  }
};

template <bool kAmsgrad>
struct AdamRule : OnePass<kAmsgrad ? 3 : 2, AdamStep> {
  using OnePass<kAmsgrad ? 3 : 2, AdamStep>::OnePass;
  static __device__ AdamStep prepare(const Program &p, const DeviceTensor &t, int32_t tensor) {
    return make_adam_step(p.hyper.adam, rate_of(p, t), scale_of(p), t.decay_factor, step_of(p, tensor));
  }
  __device__ float operator()(float w, float g, float *state, double *) const {
    if constexpr (kAmsgrad) {
      return amsgrad_element(w, g, state[0], state[1], state[2], this->step);
    } else {
      return adam_element(w, g, state[0], state[1], this->step);
    }
  }
};

struct MadamRule : OnePass<1, MadamStep> {
  using OnePass<1, MadamStep>::OnePass;
  static __device__ MadamStep prepare(const Program &p, const DeviceTensor &t, int32_t tensor) {
    return make_madam_step(p.hyper.madam, rate_of(p, t), scale_of(p), p.numbers[tensor].scale, step_of(p, tensor));
  }
  __device__ float operator()(float w, float g, float *state, double *) const {
    return madam_element(w, g, state[0], step);
  }
};

}  // namespace

void launch_sgd(const Program &p, unsigned blocks, cudaStream_t stream) {
  if (p.hyper.sgd.momentum > 0) {
    single_kernel<SgdRule<true>><<<blocks, kThreads, 0, stream>>>(p);
  } else {
    single_kernel<SgdRule<false>><<<blocks, kThreads, 0, stream>>>(p);
  }
}

void launch_adam(const Program &p, unsigned blocks, cudaStream_t stream) {
  if (p.hyper.adam.amsgrad != 0) {
    single_kernel<AdamRule<true>><<<blocks, kThreads, 0, stream>>>(p);
  } else {
    single_kernel<AdamRule<false>><<<blocks, kThreads, 0, stream>>>(p);
  }
}

void launch_madam(const Program &p, unsigned blocks, cudaStream_t stream) {
  single_kernel<MadamRule><<<blocks, kThreads, 0, stream>>>(p);
}

}  // namespace cuda
}  // namespace nero
