// Every optimiser as cuda_costs.h counts it, in its order.
#pragma once

#include "cuda_costs.h"
#include "model.h"

struct CudaKind {
  int kind;
  const void *hyper;
};

struct CudaKinds {
  Hypers all;
  nero_sgd_hyper plain;
  nero_lamb_hyper unclipped;
  std::vector<CudaKind> list;

  CudaKinds() : plain(all.sgd), unclipped(all.lamb) {
    all.adam.amsgrad = 0;
    plain.momentum = 0;
    unclipped.max_gradient_norm = 0;
    list = {{NERO_KIND_NERO, &all.nero}, {NERO_KIND_SGD, &plain},           {NERO_KIND_SGD, &all.sgd},
            {NERO_KIND_ADAM, &all.adam}, {NERO_KIND_MADAM, &all.madam},     {NERO_KIND_LAMB, &unclipped},
            {NERO_KIND_LAMB, &all.lamb}, {NERO_KIND_FROMAGE, &all.fromage}, {NERO_KIND_LARS, &all.lars}};
  }
  CudaKinds(const CudaKinds &) = delete;
  CudaKinds &operator=(const CudaKinds &) = delete;
};
