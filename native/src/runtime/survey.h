// What is done to weights when an optimiser is made, by the context's device: neurons that cannot be balanced
// are found, the constraint is put on, norms are measured.
#pragma once

#include <vector>

#include "runtime/algorithm.h"
#include "runtime/context.h"

namespace nero {

/// Throws NERO_ERROR_DEGENERATE_NEURON for the first neuron that the slot's constraint cannot hold.
void refuse_degenerate(Context &context, const Slot &slot, int64_t parameter);

/// 1 for each such neuron; empty where there is none.
std::vector<uint8_t> find_degenerate(Context &context, const Slot &slot);

/// Puts the constraint on all neurons that are not exempt.
void project(Context &context, const Slot &slot, double epsilon);

Norms measure(Context &context, const Slot &slot);

/// Nero's scale: the mean norm, 0.01 for 0.
double mean_norm(const Norms &norms, int64_t neurons);

}  // namespace nero
