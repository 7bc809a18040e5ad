// Makers of each kind; they check the hyper-parameters. struct_size has been checked before.
#pragma once

#include "runtime/algorithm.h"

namespace nero {

std::unique_ptr<Algorithm> make_nero(const nero_nero_hyper &hyper);
std::unique_ptr<Algorithm> make_sgd(const nero_sgd_hyper &hyper);
std::unique_ptr<Algorithm> make_adam(const nero_adam_hyper &hyper);
std::unique_ptr<Algorithm> make_lamb(const nero_lamb_hyper &hyper);
std::unique_ptr<Algorithm> make_madam(const nero_madam_hyper &hyper);
std::unique_ptr<Algorithm> make_fromage(const nero_fromage_hyper &hyper);
std::unique_ptr<Algorithm> make_lars(const nero_lars_hyper &hyper);

}  // namespace nero
