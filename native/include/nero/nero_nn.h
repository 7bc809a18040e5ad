/* nero4j's layers: feed-forward networks for the training loop, over oneDNN.
 *
 * The rules are those of nero.h: statuses, an error that the caller owns, struct_size first, nothing changed by a call that
 * fails. A network may be used from any thread, one at a time. */
#ifndef NERO_NERO_NN_H
#define NERO_NERO_NN_H

#include "nero/nero.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Raised when a change to this header breaks programs or bindings built against an earlier one. */
#define NERO_NN_ABI_VERSION 1

/* A network planned for one batch size: layers one after another, then softmax cross-entropy. Owns every buffer. */
typedef struct nero_nn_network nero_nn_network;

typedef struct nero_nn_options {
  uint32_t struct_size;
  int32_t threads;  /* of oneDNN; 0: all processors */
  int64_t batch;    /* rows planned for, 1 or more */
  int64_t features; /* floats of an input, 1 or more */
} nero_nn_options;

NERO_API nero_status nero_nn_network_create(const nero_nn_options *options, nero_nn_network **network,
                                            nero_error *error);
/* NULL is legal. */
NERO_API nero_status nero_nn_network_destroy(nero_nn_network *network, nero_error *error);

/* y = x W^T + b with W [outputs, inputs], b [outputs]. */
NERO_API nero_status nero_nn_add_linear(nero_nn_network *network, int64_t outputs, uint32_t bias, nero_error *error);
/* y = scale * max(x, 0), in place; scale > 0. The paper's networks scale by the root of 2. */
NERO_API nero_status nero_nn_add_relu(nero_nn_network *network, double scale, nero_error *error);
/* Ends the network: its last width is the number of classes. Makes every primitive and buffer; from here on nothing is
 * allocated and no layer can be added. */
NERO_API nero_status nero_nn_plan(nero_nn_network *network, nero_error *error);

typedef struct nero_nn_buffers {
  uint32_t struct_size;
  uint32_t reserved;
  float *inputs;   /* [batch, features], written by the caller; zero at first */
  int32_t *labels; /* [batch], 0 .. classes - 1; zero at first */
  int64_t classes;
  int64_t parameters;
} nero_nn_buffers;

NERO_API nero_status nero_nn_describe(nero_nn_network *network, nero_nn_buffers *buffers, nero_error *error);

typedef struct nero_nn_parameter {
  uint32_t struct_size;
  uint32_t is_matrix; /* 1: [neurons, fan_in]; 0: a vector of neurons elements, fan_in is 1 */
  int64_t layer;      /* which linear layer it belongs to, from 0 */
  int64_t neurons;
  int64_t fan_in;
  float *weights;     /* zero at first */
  float *gradients;
} nero_nn_parameter;

/* Parameters in the order of the layers, a layer's matrix before its bias. */
NERO_API nero_status nero_nn_parameter_describe(nero_nn_network *network, int64_t index,
                                                nero_nn_parameter *parameter, nero_error *error);

typedef struct nero_nn_result {
  uint32_t struct_size;
  uint32_t reserved;
  int64_t correct; /* rows whose greatest output, the first of equals, is their label's */
  double loss;     /* mean cross entropy of the rows */
} nero_nn_result;

/* Forward and backward over the first count rows, 1 .. batch; gradients of the mean loss. Allocates nothing. The same input
 * gives the same bits for the same number of threads. */
NERO_API nero_status nero_nn_train(nero_nn_network *network, int64_t count, nero_nn_result *result, nero_error *error);
/* Forward alone. */
NERO_API nero_status nero_nn_evaluate(nero_nn_network *network, int64_t count, nero_nn_result *result,
                                      nero_error *error);

/* oneDNN's version, such as "3.8.1". Static storage. */
NERO_API const char *nero_nn_backend(void);
NERO_API uint32_t nero_nn_abi_version(void);

#ifdef __cplusplus
}
#endif

#endif
