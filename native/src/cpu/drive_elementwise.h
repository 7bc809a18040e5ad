// Optimisers whose elements need nothing of each other. Bytes a weight from memory: SGD 12, with momentum 20; Adam 28,
// with AMSGrad 36; Madam 20. Included by drivers.h alone.
#pragma once

// The rules over the elements of a place.

template <class Storage>
NERO_INLINE auto momentum_element(Place<Storage> at, float *momentum, const SgdStep &step) {
  return either(
      __builtin_inff(), [=](int64_t i) { return sgd_momentum(at.weight(i), at.gradient(i), momentum[i], step); },
      [=](int64_t i) { return sgd_momentum<true>(at.weight(i), at.gradient(i), momentum[i], step); });
}

template <class Storage>
NERO_INLINE auto adam_element(Place<Storage> at, float *first, float *second, const AdamStep &step) {
  return either(
      bounded_below(step.gradient_scale, step.coupled_decay),
      [=](int64_t i) { return adam_element(at.weight(i), at.gradient(i), first[i], second[i], step); },
      [=](int64_t i) { return adam_element<true>(at.weight(i), at.gradient(i), first[i], second[i], step); });
}

template <class Storage>
NERO_INLINE auto amsgrad_element(Place<Storage> at, float *first, float *second, float *largest, const AdamStep &step) {
  return either(
      bounded_below(step.gradient_scale, step.coupled_decay),
      [=](int64_t i) { return amsgrad_element(at.weight(i), at.gradient(i), first[i], second[i], largest[i], step); },
      [=](int64_t i) {
        return amsgrad_element<true>(at.weight(i), at.gradient(i), first[i], second[i], largest[i], step);
      });
}

template <class Storage>
inline void sgd_kernel(const Tensor &t, float *momentum, const SgdStep &step, Range range, Tally &tally,
                       Seam<Storage> &seam) {
  const Place<Storage> at = start<Storage>(t);
  if (step.has_momentum) {
    each_element<Storage>(t, range, tally, seam, momentum_element(at, momentum, step), momentum);
  } else {
    each_element<Storage>(t, range, tally, seam,
                          [=](int64_t i) { return sgd_plain(at.weight(i), at.gradient(i), step); });
  }
}

template <class Storage>
inline void adam_kernel(const Tensor &t, float *first, float *second, float *max_second, const AdamStep &step,
                        Range range, Tally &tally, Seam<Storage> &seam) {
  const Place<Storage> at = start<Storage>(t);
  if (step.amsgrad) {
    each_element<Storage>(t, range, tally, seam, amsgrad_element(at, first, second, max_second, step), first, second,
                          max_second);
  } else {
    each_element<Storage>(t, range, tally, seam, adam_element(at, first, second, step), first, second);
  }
}

template <class Storage>
inline void madam_kernel(const Tensor &t, float *root_second, const MadamStep &step, Range range, Tally &tally,
                         Seam<Storage> &seam) {
  const Place<Storage> at = start<Storage>(t);
  if (madam_is_short(step)) {
    each_element<Storage>(
        t, range, tally, seam,
        [=](int64_t i) { return madam_element<true>(at.weight(i), at.gradient(i), root_second[i], step); },
        root_second);
  } else {
    each_element<Storage>(
        t, range, tally, seam,
        [=](int64_t i) { return madam_element(at.weight(i), at.gradient(i), root_second[i], step); }, root_second);
  }
}
