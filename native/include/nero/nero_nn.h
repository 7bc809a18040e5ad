/* nero4j's layers: networks for the training loop, over oneDNN.
 *
 * The rules are those of nero.h: statuses, an error that the caller owns, struct_size first, nothing changed by a call
 * that fails. A network may be used from any thread, one at a time; a second one gets NERO_ERROR_BUSY.
 *
 * A network is a graph. Each layer names the tensors that it reads and gives the tensor that it makes, so layers are
 * added in an order in which they can run. A tensor is [batch, width] floats, a row an example. */
#ifndef NERO_NERO_NN_H
#define NERO_NERO_NN_H

#include "nero/nero.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Raised when a change to this header breaks programs or bindings built against an earlier one. */
#define NERO_NN_ABI_VERSION 1

/* The tensor that every network starts with: its input. */
#define NERO_NN_INPUT 0

/* A graph of layers and its loss, planned for one batch size. Owns every buffer. */
typedef struct nero_nn_network nero_nn_network;

typedef struct nero_nn_options {
  uint32_t struct_size;
  int32_t threads;  /* of every call, 0 to 1024; 0: all processors. The calling thread's setting stays as it was */
  int64_t batch;    /* rows planned for, 1 to 2^24 */
  int64_t features; /* floats of an input, 1 to 2^24 */
} nero_nn_options;

/* ------------------------------------------------------------------ layers -- */

NERO_API nero_status nero_nn_network_create(const nero_nn_options *options, nero_nn_network **network,
                                            nero_error *error);
/* Frees the network and all its buffers. NULL is legal. */
NERO_API nero_status nero_nn_network_destroy(nero_nn_network *network, nero_error *error);

/* output = input W^T + b, W [outputs, width of input], b [outputs]; no b where bias is 0. */
NERO_API nero_status nero_nn_add_linear(nero_nn_network *network, int32_t input, int64_t outputs, uint32_t bias,
                                        int32_t *output, nero_error *error);
/* output = scale max(input, 0), scale within 1e-30 and 1e30; a NaN stays one. The paper scales by the root of 2. */
NERO_API nero_status nero_nn_add_relu(nero_nn_network *network, int32_t input, double scale, int32_t *output,
                                      nero_error *error);
/* output = first + second, of one width: the join of a residual branch. */
NERO_API nero_status nero_nn_add_sum(nero_nn_network *network, int32_t first, int32_t second, int32_t *output,
                                     nero_error *error);
/* The loss, one a network: the mean over rows of -log softmax(logits)[label]; as many classes as logits are wide. */
NERO_API nero_status nero_nn_add_softmax_cross_entropy(nero_nn_network *network, int32_t logits, nero_error *error);

/* Makes every primitive and every buffer. From here on nothing is allocated, and no layer can be added. Every tensor
 * must lead to the loss. */
NERO_API nero_status nero_nn_network_plan(nero_nn_network *network, nero_error *error);

/* ----------------------------------------------------------------- buffers -- */

typedef struct nero_nn_buffers {
  uint32_t struct_size;
  int32_t threads; /* that the network runs on */
  int64_t classes;
  int64_t parameters;   /* for nero_nn_parameter_describe */
  float *inputs;        /* [batch, features], written by the caller; zero at first */
  int32_t *labels;      /* [batch], 0 .. classes - 1, written by the caller; zero at first */
  const float *outputs; /* [batch, classes], the logits of the last call */
} nero_nn_buffers;

/* Where a planned network's buffers lie, until it is destroyed. */
NERO_API nero_status nero_nn_network_describe(nero_nn_network *network, nero_nn_buffers *buffers, nero_error *error);

typedef struct nero_nn_parameter {
  uint32_t struct_size;
  uint32_t is_matrix; /* 1: [neurons, fan_in], a neuron's weights adjacent; 0: a vector of neurons elements, fan_in 1 */
  int64_t layer;      /* which of the layers that have parameters, from 0 */
  int64_t neurons;
  int64_t fan_in;
  float *weights;   /* aligned to 64; zero at first, written by the caller */
  float *gradients; /* aligned to 64; written by nero_nn_train */
} nero_nn_parameter;

/* Parameters in the order of the layers, a layer's matrix before its bias. NERO_ERROR_NOT_FOUND behind the last. */
NERO_API nero_status nero_nn_parameter_describe(nero_nn_network *network, int64_t index, nero_nn_parameter *parameter,
                                                nero_error *error);

/* -------------------------------------------------------------------- runs -- */

typedef struct nero_nn_result {
  uint32_t struct_size;
  uint32_t reserved;
  int64_t correct; /* rows with a finite loss whose greatest logit, the first of equals, is their label's */
  double loss;     /* mean cross entropy of the rows, summed in double in the order of the rows */
} nero_nn_result;

/* Forward and backward over the first count rows, 1 .. batch: gradients of the mean loss of these rows into every
 * parameter's gradients. Inputs of the rows behind count are set to zero, and have no part in the result. Labels are
 * checked first. Takes no memory but small nodes in which oneDNN lists a call's arguments, gone with it; a thread's
 * first call starts the threads that help it. Same inputs, weights, machine and number of threads: same bits. */
NERO_API nero_status nero_nn_train(nero_nn_network *network, int64_t count, nero_nn_result *result, nero_error *error);
/* Forward alone; inputs and gradients stay as they are. */
NERO_API nero_status nero_nn_evaluate(nero_nn_network *network, int64_t count, nero_nn_result *result,
                                      nero_error *error);

/* ----------------------------------------------------------------- library -- */

/* oneDNN's version, such as "3.8.1". Static storage. */
NERO_API const char *nero_nn_backend(void);
NERO_API uint32_t nero_nn_abi_version(void);
/* As nero_abi_describe, for the structs of this header. Static storage. */
NERO_API const char *nero_nn_abi_describe(void);

#ifdef __cplusplus
}
#endif

#endif
