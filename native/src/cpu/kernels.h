// What one SIMD level of the CPU backend offers: every optimiser's arithmetic over neurons of a tensor, or of several
// that are alike.
// The runtime cuts tensors into ranges, deals these to threads, and adds up what the kernels report in range order, so
// neither the number of threads nor the level changes a bit of the result.
#pragma once

#include <cstdint>

#include "nero/nero.h"
#include "rules/adam.h"
#include "rules/fromage.h"
#include "rules/lamb.h"
#include "rules/lars.h"
#include "rules/madam.h"
#include "rules/nero.h"
#include "rules/sgd.h"

namespace nero {

/// One parameter as the kernels see it: NERO_VECTOR has fan_in 1. Memory is apart and aligned to 4; nothing is null
/// unless said.
struct Tensor {
  nero_layout layout;
  nero_constraint constraint;  ///< what holds here: NONE for vectors and unconstrained parameters
  nero_non_finite non_finite;
  int64_t neurons;
  int64_t fan_in;
  void *weights;  ///< like the gradients, of the storage that the kernels are for
  const void *gradients;
  const uint8_t *exempt;  ///< [neurons] 1: this neuron is not constrained; null: all are
  bool moves;             ///< false at a learning rate of 0: state advances, weights keep every bit
};

/// A number that the compiler does not pair with another in one vector register, which would be a wide load behind two
/// narrow stores, and wait for them.
inline int64_t unpaired(int64_t number) {
  asm("" : "+r"(number));
  return number;
}

/// Neurons [begin, end) of a tensor. State buffers are indexed like the whole tensor, not from begin.
struct Range {
  int64_t begin;
  int64_t end;
};

/// Where one tensor lies, in one cache line: thousands of them are read one behind the other.
struct alignas(64) Item {
  void *weights;
  const void *gradients;
  union {
    float *first;    ///< element buffers, by what the kind makes of them
    double *square;  ///< Nero's, one a neuron
  };
  float *second;
  float *third;
  int64_t neurons;
  int64_t fan_in;
  double number;  ///< Nero's scale, Madam's bound, LAMB's trust ratio
};

/// What a kernel steps at once: a tensor, or some of its neurons, and those behind it, which are alike but for what an
/// item says of each.
struct Series {
  const Tensor &first;
  const Item *items;  ///< the first tensor's, then the others'
  int64_t count;

  Tensor tensor(int64_t index) const {
    Tensor t = first;
    t.neurons = items[index].neurons;
    t.fan_in = items[index].fan_in;
    t.weights = items[index].weights;
    t.gradients = items[index].gradients;
    return t;
  }
  Range range(int64_t index, Range of_first) const {
    return {unpaired(index == 0 ? of_first.begin : 0), unpaired(index == 0 ? of_first.end : items[index].neurons)};
  }
};

/// What was met in a series.
struct Tally {
  int64_t non_finite = 0;  ///< neurons with a gradient that is not finite
  int64_t unbalanced = 0;  ///< neurons that could not be balanced after the step
};

/// Sums over a range for the optimisers that need norms of a whole tensor, in double.
struct TensorSums {
  double weights;  ///< |w|^2
  double update;   ///< |u|^2 (LAMB) or |scaled g|^2 (Fromage, LARS), skipped neurons left out
  double product;  ///< <w, raw g>, where asked for
};

struct Kernels {
  const char *level;  ///< as in nero_runtime_info.cpu_levels

  // One pass: a whole step of the series, constraint included. The range is the first tensor's; it is all of it where
  // others are behind it. Scale and bound are the items'.
  void (*nero)(const Series &, Range, const NeroStep &, Tally &);
  void (*sgd)(const Series &, Range, const SgdStep &, Tally &);      ///< momentum in first
  void (*adam)(const Series &, Range, const AdamStep &, Tally &);    ///< moments in first, second, third (AMSGrad)
  void (*madam)(const Series &, Range, const MadamStep &, Tally &);  ///< root of the second moment in first

  // Two passes: sums of every range, then, with the tensor's ratio, the weights. Non-finite neurons are counted in the
  // first pass alone and left alone by both (policy SKIP_NEURON); the constraint is put on in the second. Under another
  // policy, which is also what a caller says whose first pass met none, the second does not look for them.
  void (*lamb_moments)(const Series &, Range, const LambStep &, Tally &, TensorSums *);  ///< sums of each item
  void (*lamb_apply)(const Series &, Range, const LambStep &, Tally &);
  void (*norms)(const Tensor &, double gradient_scale, bool product, Range, Tally &, TensorSums &);  ///< Fromage, LARS
  /// w <- (w - ratio g) shrink
  void (*fromage_apply)(const Tensor &, double ratio, double shrink, Range, Tally &);
  void (*lars_apply)(const Tensor &, float *momentum, float keep, const LarsFactors &, Range, Tally &);

  // Around the step.
  /// Whether all gradients of the range, taken as if neurons lay in rows, are finite.
  bool (*finite_gradients)(const Tensor &, Range);
  /// |scale * g|^2 over the range and how many of its neurons have a gradient that is not finite.
  void (*inspect_gradients)(const Tensor &, double gradient_scale, Range, double &sum, int64_t &non_finite);
  /// Weights of the range put on the constraint, in double, exempt neurons left alone.
  void (*project)(const Tensor &, double epsilon, Range);
  /// Sum of the neurons' norms (|w| for vectors) and of w^2 over the range.
  void (*measure)(const Tensor &, Range, double &norms, double &squares);
  /// The first neuron of the range that the tensor's constraint cannot hold (norm of the centred row <= 16 *
  /// FLT_EPSILON * norm of the row, or fan_in < 2 where the mean is fixed, or zero norm), or -1; degenerate, if not
  /// null, gets 1 for each such neuron.
  int64_t (*find_degenerate)(const Tensor &, Range, uint8_t *degenerate);
};

/// The kernels of a level by name, or null if this processor or build lacks it. Null name: NERO_CPU_LEVEL, else the
/// best.
const Kernels *kernels(const char *level);

/// Every level that this processor can run, best first, separated by a blank.
const char *kernel_levels();

}  // namespace nero
