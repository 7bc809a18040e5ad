#include "runtime/algorithm.h"

#include "runtime/algorithms.h"
#include "runtime/failure.h"

namespace nero {

void Algorithm::measured(Slot &, double, double) const {}

std::unique_ptr<Algorithm> make_algorithm(nero_optimizer_kind kind, const void *hyper) {
  switch (kind) {
    case NERO_KIND_NERO:
      return make_nero(*static_cast<const nero_nero_hyper *>(hyper));
    case NERO_KIND_SGD:
      return make_sgd(*static_cast<const nero_sgd_hyper *>(hyper));
    case NERO_KIND_ADAM:
      return make_adam(*static_cast<const nero_adam_hyper *>(hyper));
    case NERO_KIND_LAMB:
      return make_lamb(*static_cast<const nero_lamb_hyper *>(hyper));
    case NERO_KIND_MADAM:
      return make_madam(*static_cast<const nero_madam_hyper *>(hyper));
    case NERO_KIND_FROMAGE:
      return make_fromage(*static_cast<const nero_fromage_hyper *>(hyper));
    case NERO_KIND_LARS:
      return make_lars(*static_cast<const nero_lars_hyper *>(hyper));
  }
  throw Failure(NERO_ERROR_ARGUMENT, text("kind is %d, it must be one of 0 to %d", kind, NERO_KIND_LARS));
}

}  // namespace nero
