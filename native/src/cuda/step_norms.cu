// LAMB, Fromage and LARS: norms of each tensor in one launch, weights in a second. Bytes a weight from memory: LAMB
// 24 + 20, Fromage 8 + 12, LARS 8 + 20; less where a tensor stays in the second-level cache. The second launch reads
// gradients again, for a neuron whose gradient is not finite rests in both.
#include "cuda/launch.h"
#include "cuda/step.cuh"
#include "rules/fromage.h"
#include "rules/lamb.h"
#include "rules/lars.h"

namespace nero {
namespace cuda {

namespace {

/// sum + x y; the product of two floats is exact in double, so this rounds as two operations would.
__device__ inline double plus_product(double sum, float x, float y) {
  return fma(static_cast<double>(x), static_cast<double>(y), sum);
}

struct LambSums {
  using Step = LambStep;
  static constexpr int kStates = 2;
  static constexpr bool kReadsWeights = true;
  static constexpr bool kWritesStates = true;
  static constexpr bool kMoves = false;
  static constexpr bool kCounts = true;
  const Step &step;
  __device__ explicit LambSums(const Step &s) : step(s) {}

  static __device__ Step prepare(const Program &p, const DeviceTensor &t, int32_t tensor) {
    return make_lamb_step(p.hyper.lamb, rate_of(p, t), scale_of(p), t.decay_factor, step_of(p, tensor));
  }
  __device__ float operator()(float w, float g, float *state, double *sums) const {
    lamb_moment(w, g, state[0], state[1], step);
    const float update = lamb_update(w, state[0], state[1], step);
    sums[0] = plus_product(sums[0], w, w);
    sums[1] = plus_product(sums[1], update, update);
    return w;
  }
  static __device__ void between(const Program &p, const Step &step, int32_t tensor, const double (&total)[3]) {
    p.numbers[tensor].trust_ratio = lamb_trust_ratio(total[0], total[1], p.hyper.lamb, step);
  }
};

struct LambApply {
  struct Step {
    LambStep lamb;
    float rate;
  };
  static constexpr int kStates = 2;
  static constexpr bool kReadsWeights = true;
  static constexpr bool kWritesStates = false;
  static constexpr bool kMoves = true;
  static constexpr bool kCounts = false;
  const Step &step;
  __device__ explicit LambApply(const Step &s) : step(s) {}

  static __device__ Step prepare(const Program &p, const DeviceTensor &t, int32_t tensor) {
    const LambStep s = LambSums::prepare(p, t, tensor);
    return {s, static_cast<float>(s.rate * p.numbers[tensor].trust_ratio)};
  }
  __device__ float operator()(float w, float, float *state, double *) const {
    return lamb_element(w, state[0], state[1], step.rate, step.lamb);
  }
};

/// |w|^2, |g|^2 and, where it is asked for, <w, g>; kFor tells what becomes of them.
template <nero_optimizer_kind kFor>
struct NormsRule {
  struct Step {
    bool product;
    double rate, scale, decay_factor;
    nero_layout layout;
  };
  static constexpr int kStates = 0;
  static constexpr bool kReadsWeights = true;
  static constexpr bool kWritesStates = false;
  static constexpr bool kMoves = false;
  static constexpr bool kCounts = true;
  const Step &step;
  __device__ explicit NormsRule(const Step &s) : step(s) {}

  static __device__ Step prepare(const Program &p, const DeviceTensor &t, int32_t) {
    const bool bounded = kFor == NERO_KIND_FROMAGE && p.hyper.fromage.weight_bound > 0;
    return {bounded, rate_of(p, t), scale_of(p), t.decay_factor, t.layout};
  }
  __device__ float operator()(float w, float g, float *, double *sums) const {
    sums[0] = plus_product(sums[0], w, w);
    sums[1] = plus_product(sums[1], g, g);
    if (step.product) sums[2] = plus_product(sums[2], w, g);
    return w;
  }
  static __device__ void between(const Program &p, const Step &step, int32_t tensor, const double (&total)[3]) {
    const double weights = total[0];
    const double gradients = total[1] * step.scale * step.scale;
    Between &b = p.between[tensor];
    if (kFor == NERO_KIND_FROMAGE) {
      const FromageStep s = make_fromage_step(step.rate, step.scale);
      b.ratio = fromage_ratio(weights, gradients, s);
      b.shrink = step.product
                     ? fromage_bounded_shrink(weights, gradients, total[2], b.ratio, p.numbers[tensor].scale, s)
                     : s.shrink;
    } else {
      b.lars = lars_factors(weights, gradients, p.hyper.lars,
                            make_lars_step(p.hyper.lars, step.rate, step.scale, step.decay_factor, step.layout));
    }
  }
};

struct FromageApply {
  using Step = Between;
  static constexpr int kStates = 0;
  static constexpr bool kReadsWeights = true;
  static constexpr bool kWritesStates = false;
  static constexpr bool kMoves = true;
  static constexpr bool kCounts = false;
  const double ratio, shrink;
  const bool in_double;
  __device__ explicit FromageApply(const Step &s)
      : ratio(s.ratio), shrink(s.shrink), in_double(fromage_needs_double(s.ratio)) {}

  static __device__ Step prepare(const Program &p, const DeviceTensor &, int32_t tensor) { return p.between[tensor]; }
  __device__ float operator()(float w, float g, float *, double *) const {
    if (in_double) return fromage_element_double(w, g, ratio, shrink);
    return fromage_element(w, g, static_cast<float>(ratio), static_cast<float>(shrink));
  }
};

struct LarsApply {
  struct Step {
    LarsFactors factors;
    float momentum;
  };
  static constexpr int kStates = 1;
  static constexpr bool kReadsWeights = true;
  static constexpr bool kWritesStates = true;
  static constexpr bool kMoves = true;
  static constexpr bool kCounts = false;
  const Step &step;
  __device__ explicit LarsApply(const Step &s) : step(s) {}

  static __device__ Step prepare(const Program &p, const DeviceTensor &, int32_t tensor) {
    return {p.between[tensor].lars, static_cast<float>(p.hyper.lars.momentum)};
  }
  __device__ float operator()(float w, float g, float *state, double *) const {
    return lars_element(w, g, state[0], step.momentum, step.factors);
  }
};

template <class Sums, class Apply>
void launch_both(const Program &p, unsigned blocks, cudaStream_t stream) {
  Program first = p;
  first.finishes = false;
  sums_kernel<Sums><<<blocks, kThreads, 0, stream>>>(first);
  single_kernel<Apply><<<blocks, kThreads, 0, stream>>>(p);
}

}  // namespace

void launch_lamb(const Program &p, unsigned blocks, cudaStream_t stream) {
  launch_both<LambSums, LambApply>(p, blocks, stream);
}

void launch_fromage(const Program &p, unsigned blocks, cudaStream_t stream) {
  launch_both<NormsRule<NERO_KIND_FROMAGE>, FromageApply>(p, blocks, stream);
}

void launch_lars(const Program &p, unsigned blocks, cudaStream_t stream) {
  launch_both<NormsRule<NERO_KIND_LARS>, LarsApply>(p, blocks, stream);
}

}  // namespace cuda
}  // namespace nero
