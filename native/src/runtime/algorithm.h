// What an optimiser kind does to one parameter: its state, its checks, its passes. The walk over parameters, threads
// and policies is the optimiser's.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cpu/kernels.h"
#include "nero/nero.h"
#include "runtime/parameter.h"

namespace nero {

/// Kinds of optimisers: one more than the last. Tables that a kind indexes assert that they have as many entries.
constexpr int kKinds = NERO_KIND_LARS + 1;

/// A named buffer of a parameter's state.
struct State {
  const char *name;
  nero_dtype dtype;
  int64_t count;
  void *data;

  uint64_t bytes() const { return static_cast<uint64_t>(count) * (dtype == NERO_F32 ? 4 : 8); }
};

/// Room for the step of any kind, so that a step allocates nothing.
union AnyStep {
  NeroStep nero;
  SgdStep sgd;
  AdamStep adam;
  LambStep lamb;
  MadamStep madam;
  FromageStep fromage;
  LarsStep lars;
};

/// A parameter with its state, as an optimiser holds it. Where there are thousands, a step of one pass does
/// not read each, unless it looks at gradients first.
struct Slot {
  int64_t *step = nullptr;  ///< how many it has taken
  float *first = nullptr;   ///< element buffers, by what the kind makes of them
  float *second = nullptr;
  float *third = nullptr;
  double *neuron = nullptr;
  int64_t exempt_count = 0;
  double scale = 0;  ///< Nero's scale, Madam's and Fromage's bound

  Parameter parameter;
  nero_constraint constraint = NERO_CONSTRAINT_NONE;
  std::vector<uint8_t> exempt;  ///< empty: no neuron is
  double trust_ratio = 1;       ///< LAMB's, of the last step

  // Of the step under way.
  AnyStep own;  ///< of all that are stepped with it
  double rate = 0;
  double gradient_norm2 = 0;  ///< of the scaled gradient, where it was inspected
  double ratio = 1;           ///< between the passes
  double shrink = 1;
  LarsFactors lars;
};

/// How many elements and doubles of state a kind keeps for a parameter.
struct StateShape {
  const char *element[3];  ///< names, null where there is none
  const char *neuron;      ///< one double a neuron
  const char *scalar;      ///< one double, slot.scale
  bool trust_ratio;
};

/// What is measured of a tensor's weights.
struct Norms {
  double sum = 0;      ///< of the neurons' norms
  double squares = 0;  ///< of all weights
};

class Algorithm {
 public:
  virtual ~Algorithm() = default;

  virtual nero_optimizer_kind kind() const = 0;
  /// The kind's hyper-parameter struct.
  virtual const void *hyper() const = 0;
  virtual StateShape state() const = 0;
  /// Fills slot.scale from what was measured of the weights.
  virtual void measured(Slot &slot, const Norms &norms) const;
  virtual bool wants_measure() const { return false; }
  virtual double projection_epsilon() const { return 0; }
  /// > 0: gradients of all parameters together are scaled down to this norm.
  virtual double max_gradient_norm() const { return 0; }
  /// Computes slot.own for step number slot_step: what it shares with all of the same factors and layout.
  virtual void prepare(Slot &slot, double gradient_scale, int64_t slot_step) const = 0;

  virtual bool two_passes() const { return false; }
  /// Weights move each by itself, once sums are known that a first of two passes takes.
  virtual bool elementwise() const { return true; }
  /// The range is the first tensor's. sums: of each tensor, for two passes.
  virtual void first_pass(const Kernels &, const Series &, Range, const AnyStep &, Tally &, TensorSums *sums) const = 0;
  /// For a slot and its item, from the sums of all ranges.
  virtual void between(Slot &, Item &, const AnyStep &, const TensorSums &) const {}
  /// The slots are the tensors'.
  virtual void second_pass(const Kernels &, const Series &, Range, const Slot *, const AnyStep &, Tally &) const {}
};

/// Checks hyper, the struct of the kind.
std::unique_ptr<Algorithm> make_algorithm(nero_optimizer_kind kind, const void *hyper);

}  // namespace nero
