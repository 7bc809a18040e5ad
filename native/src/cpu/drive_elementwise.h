// Optimisers whose elements need nothing of each other. Bytes a weight from memory: SGD 12, with momentum 20; Adam 28,
// with AMSGrad 36; Madam 20. Included by drivers.h alone.
#pragma once

template <class Storage>
inline void sgd_kernel(const Tensor &t, float *momentum, const SgdStep &step, Range range, Tally &tally,
                       Seam<Storage> &seam) {
  const Place<Storage> at = start<Storage>(t);
  if (step.has_momentum) {
    each_element<Storage>(
        t, range, tally, seam, [=](int64_t i) { return sgd_momentum(at.weight(i), at.gradient(i), momentum[i], step); },
        momentum);
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
    each_element<Storage>(
        t, range, tally, seam,
        [=](int64_t i) {
          return amsgrad_element(at.weight(i), at.gradient(i), first[i], second[i], max_second[i], step);
        },
        first, second, max_second);
  } else {
    each_element<Storage>(
        t, range, tally, seam,
        [=](int64_t i) { return adam_element(at.weight(i), at.gradient(i), first[i], second[i], step); }, first,
        second);
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
