#include "runtime/algorithm.h"

#include "runtime/algorithms.h"
#include "runtime/failure.h"

namespace nero {

namespace {

/// A hyper-parameter struct, read no further than its size until that is known to be right.
template <class T>
const T &sized(const void *hyper, const char *name) {
  require_size(name, *static_cast<const uint32_t *>(hyper), sizeof(T));
  return *static_cast<const T *>(hyper);
}

}  // namespace

void Algorithm::measured(Slot &, const Norms &) const {}

std::unique_ptr<Algorithm> make_algorithm(nero_optimizer_kind kind, const void *hyper) {
  switch (kind) {
    case NERO_KIND_NERO:
      return make_nero(sized<nero_nero_hyper>(hyper, "nero_nero_hyper"));
    case NERO_KIND_SGD:
      return make_sgd(sized<nero_sgd_hyper>(hyper, "nero_sgd_hyper"));
    case NERO_KIND_ADAM:
      return make_adam(sized<nero_adam_hyper>(hyper, "nero_adam_hyper"));
    case NERO_KIND_LAMB:
      return make_lamb(sized<nero_lamb_hyper>(hyper, "nero_lamb_hyper"));
    case NERO_KIND_MADAM:
      return make_madam(sized<nero_madam_hyper>(hyper, "nero_madam_hyper"));
    case NERO_KIND_FROMAGE:
      return make_fromage(sized<nero_fromage_hyper>(hyper, "nero_fromage_hyper"));
    case NERO_KIND_LARS:
      return make_lars(sized<nero_lars_hyper>(hyper, "nero_lars_hyper"));
  }
  throw Failure(NERO_ERROR_INTERNAL, "a kind without an algorithm");
}

}  // namespace nero
