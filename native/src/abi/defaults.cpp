#include <cmath>

#include "abi/guard.h"

using namespace nero;

namespace {

/// Fills *hyper, which must not be NULL.
template <class T>
nero_status filled(T *hyper, nero_error *error, const T &values) {
  return guarded(error, [&] { required(hyper, "hyper") = values; });
}

}  // namespace

nero_status nero_nero_defaults(nero_nero_hyper *hyper, nero_error *error) {
  return filled(hyper, error, {sizeof *hyper, NERO_SCALE_STORED, 0.999, 0});
}

nero_status nero_sgd_defaults(nero_sgd_hyper *hyper, nero_error *error) {
  return filled(hyper, error, {sizeof *hyper, 0, 0, 0, 0, 0, 0});
}

nero_status nero_adam_defaults(nero_adam_hyper *hyper, nero_error *error) {
  return filled(hyper, error, {sizeof *hyper, NERO_WEIGHT_DECAY_DECOUPLED, 0, 1, 0.9, 0.999, 1e-8, 0});
}

nero_status nero_lamb_defaults(nero_lamb_preset preset, nero_lamb_hyper *hyper, nero_error *error) {
  return guarded(error, [&] {
    require_enum("preset", preset, NERO_LAMB_PYTORCH_OPTIMIZER);
    const double none = INFINITY;
    const uint32_t size = sizeof(nero_lamb_hyper);
    const nero_lamb_hyper presets[] = {
        {size, NERO_LAMB_CORRECTION_NONE, NERO_LAMB_DECAY_IN_UPDATE, 0, 1, 1, 0.9, 0.999, 1e-6, 0, 0, 10, 0, none, 0},
        {size, NERO_LAMB_CORRECTION_MOMENTS, NERO_LAMB_DECAY_IN_UPDATE, 0, 1, 0, 0.9, 0.999, 1e-6, 0.01, 1, none, 0,
         none, 0},
        {size, NERO_LAMB_CORRECTION_MOMENTS, NERO_LAMB_DECAY_IN_UPDATE, 0, 1, 1, 0.9, 0.999, 1e-6, 0.01, 1, none, 0,
         none, 0},
        {size, NERO_LAMB_CORRECTION_STEP_SIZE, NERO_LAMB_DECAY_IN_UPDATE, 0, 1, 1, 0.9, 0.999, 1e-8, 0, 0, none, 0.01,
         10, 0},
        {size, NERO_LAMB_CORRECTION_FIRST, NERO_LAMB_DECAY_BEFORE, 0, 1, 1, 0.9, 0.999, 1e-6, 0, 0, 10, 0, none, 1e-6}};
    required(hyper, "hyper") = presets[preset];
  });
}

nero_status nero_madam_defaults(nero_madam_hyper *hyper, nero_error *error) {
  return filled(hyper, error, {sizeof *hyper, 0, 0.999, 3, 10});
}

nero_status nero_fromage_defaults(nero_fromage_hyper *hyper, nero_error *error) {
  return filled(hyper, error, {sizeof *hyper, 0, 0});
}

nero_status nero_lars_defaults(nero_lars_kind variant, nero_lars_hyper *hyper, nero_error *error) {
  return guarded(error, [&] {
    require_enum("variant", variant, NERO_LARS_PYTORCH_OPTIMIZER);
    const bool larc = variant == NERO_LARS_LARC_CLIP || variant == NERO_LARS_LARC_SCALE;
    required(hyper, "hyper") = {sizeof *hyper, variant, 0.9, 0, larc ? 0.02 : 0.001, larc ? 1e-8 : 0, 0, 0};
  });
}
