/* nero4j's layers: networks for the training loop, over oneDNN.
 *
 * The rules are those of nero.h: statuses, an error that the caller owns, struct_size first, nothing changed by a call
 * that fails. A network may be used from any thread, one at a time; a second one gets NERO_ERROR_BUSY.
 *
 * A network is a graph. Each layer names the tensors that it reads and gives the tensor that it makes, so layers are
 * added in an order in which they can run. A tensor is, for each example of the batch, a vector [width] or an image
 * [channels, height, width]. Inside, images lie as oneDNN likes them; inputs, outputs, parameters and gradients are
 * plain floats, images NCHW and weights OIHW. */
#ifndef NERO_NERO_NN_H
#define NERO_NERO_NN_H

#include "nero/nero.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Raised when a change to this header breaks programs or bindings built against an earlier one. */
#define NERO_NN_ABI_VERSION 2

/* The tensor that every network starts with: its input. */
#define NERO_NN_INPUT 0

/* A graph of layers and its loss, planned for one batch size. Owns every buffer. */
typedef struct nero_nn_network nero_nn_network;

typedef struct nero_nn_options {
  uint32_t struct_size;
  int32_t threads;  /* of every call, 0 to 1024; 0: all processors. The calling thread's setting stays as it was */
  int64_t batch;    /* rows planned for, 1 to 2^24 */
  int64_t features; /* floats of an input, 1 to 2^24 */
  int64_t height;   /* of an input that is an image [features / (height * width), height, width]; */
  int64_t width;    /* both 0: a vector */
  /* 1: convolutions and linear layers may round what they multiply to bfloat16, and add in float;
   * NERO_ERROR_UNSUPPORTED where nero_nn_has_bfloat16 is 0. Weights, gradients and activations stay floats. */
  uint32_t bfloat16;
  uint32_t reserved;
} nero_nn_options;

/* ------------------------------------------------------------------ layers -- */

NERO_API nero_status nero_nn_network_create(const nero_nn_options *options, nero_nn_network **network,
                                            nero_error *error);
/* Frees the network and all its buffers. NULL is legal. */
NERO_API nero_status nero_nn_network_destroy(nero_nn_network *network, nero_error *error);

/* output = input W^T + b, W [outputs, width of input], b [outputs]; no b where bias is 0. The input is a vector. */
NERO_API nero_status nero_nn_add_linear(nero_nn_network *network, int32_t input, int64_t outputs, uint32_t bias,
                                        int32_t *output, nero_error *error);
/* output = scale max(input, 0), scale within 1e-30 and 1e30; a NaN stays one. The paper scales by the root of 2. */
NERO_API nero_status nero_nn_add_relu(nero_nn_network *network, int32_t input, double scale, int32_t *output,
                                      nero_error *error);
/* output = first + second, of one shape: the join of a residual branch. */
NERO_API nero_status nero_nn_add_sum(nero_nn_network *network, int32_t first, int32_t second, int32_t *output,
                                     nero_error *error);

/* What a convolution or a pool sees at once. An output is (size + 2 padding - kernel) / stride + 1 high and wide,
 * rounded down. */
typedef struct nero_nn_window {
  uint32_t struct_size;
  uint32_t reserved;
  int64_t kernel_height, kernel_width;   /* 1 to 2^15 */
  int64_t stride_height, stride_width;   /* 1 to 2^15 */
  int64_t padding_height, padding_width; /* on either side, 0 to 2^15; less than the kernel */
} nero_nn_window;

/* The cross-correlation that is called convolution. W [outputs, channels / groups, kernel_height, kernel_width], so
 * that a neuron is a row of channels / groups * kernel_height * kernel_width weights; b [outputs], none where bias is
 * 0. Group g of the outputs sees group g of the channels. Zeros lie around the image. */
NERO_API nero_status nero_nn_add_convolution(nero_nn_network *network, int32_t input, const nero_nn_window *window,
                                             int64_t outputs, int64_t groups, uint32_t bias, int32_t *output,
                                             nero_error *error);
/* The greatest of each window; padding is never it, and neither is a NaN, which oneDNN's kernels pass over. Of several,
 * the gradient goes to one. Padding is at most half of the kernel. */
NERO_API nero_status nero_nn_add_max_pool(nero_nn_network *network, int32_t input, const nero_nn_window *window,
                                          int32_t *output, nero_error *error);
/* The mean of each window, zeros of the padding counted. Padding is at most half of the kernel. */
NERO_API nero_status nero_nn_add_average_pool(nero_nn_network *network, int32_t input, const nero_nn_window *window,
                                              int32_t *output, nero_error *error);
/* The mean of each channel: an image [channels, 1, 1]. */
NERO_API nero_status nero_nn_add_global_average_pool(nero_nn_network *network, int32_t input, int32_t *output,
                                                     nero_error *error);
/* output = gain (input - mean) / sqrt(variance + epsilon) + bias, per channel of an image or element of a vector. In
 * training mean and variance are those of the count rows at hand, which the gradient knows, and
 *     running = (1 - momentum) running + momentum batch's
 * with the unbiased variance; of a single value the variance is 0. In evaluation they are the running ones, which are
 * state: 0 and 1 at first. Gain, 1 at first, and bias are vectors. epsilon within 1e-12 and 1, momentum within 0 and 1.
 */
NERO_API nero_status nero_nn_add_batch_norm(nero_nn_network *network, int32_t input, double epsilon, double momentum,
                                            int32_t *output, nero_error *error);
/* The same, mean and variance over the elements of one row's vector, in training and evaluation; the variance is the
 * biased one. Gain, 1 at first, and bias are vectors [width]. */
NERO_API nero_status nero_nn_add_layer_norm(nero_nn_network *network, int32_t input, double epsilon, int32_t *output,
                                            nero_error *error);
/* In training an element is zero with this probability, 0 or more and below 1, else divided by 1 - probability; in
 * evaluation nothing happens. Element i, in the order in which the tensor lies (a vector's is plain), of the training
 * run that follows step others is dropped where word i % 4 of Philox4x32-10 with key seed and counter (i / 4, step) is
 * below probability * 2^32: the same for any number of threads. */
NERO_API nero_status nero_nn_add_dropout(nero_nn_network *network, int32_t input, double probability, uint64_t seed,
                                         int32_t *output, nero_error *error);
/* An image as a vector, in the order channel, height, width. */
NERO_API nero_status nero_nn_add_flatten(nero_nn_network *network, int32_t input, int32_t *output, nero_error *error);
/* Rows of a table W [vocabulary, width], one for each token of the network's input, which is a vector of whole numbers
 * from 0 to vocabulary - 1: a vector of features * width. Tokens are checked with the labels. */
NERO_API nero_status nero_nn_add_embedding(nero_nn_network *network, int32_t input, int64_t vocabulary, int64_t width,
                                           int32_t *output, nero_error *error);
/* The loss, one a network: the mean over rows of -log softmax(logits)[label]; as many classes as logits are wide.
 * Logits are a vector. */
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
  int64_t states;       /* for nero_nn_state_describe */
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
  float *weights;   /* aligned to 64; zero at first but for gains, which are 1; written by the caller */
  float *gradients; /* aligned to 64; written by nero_nn_train */
  uint32_t role;    /* of nero_nn_role */
  uint32_t rank;    /* of its shape, 1 to 4 */
  int64_t shape[4]; /* [neurons], [neurons, fan_in] or OIHW; 0 behind rank */
} nero_nn_parameter;

typedef enum nero_nn_role {
  NERO_NN_ROLE_WEIGHT = 0,
  NERO_NN_ROLE_BIAS = 1,
  NERO_NN_ROLE_GAIN = 2,      /* of a norm */
  NERO_NN_ROLE_EMBEDDING = 3, /* a row a token */
} nero_nn_role;

/* Parameters in the order of the layers, a layer's weights or gain before its bias. NERO_ERROR_NOT_FOUND behind the
 * last. */
NERO_API nero_status nero_nn_parameter_describe(nero_nn_network *network, int64_t index, nero_nn_parameter *parameter,
                                                nero_error *error);

/* What training changes and no gradient does: running means and variances. Save it with the parameters. */
typedef struct nero_nn_state {
  uint32_t struct_size;
  uint32_t kind; /* of nero_nn_state_kind */
  int64_t layer; /* as a parameter's */
  int64_t count;
  float *values; /* written by nero_nn_train, and by the caller between calls */
} nero_nn_state;

typedef enum nero_nn_state_kind {
  NERO_NN_STATE_RUNNING_MEAN = 0,
  NERO_NN_STATE_RUNNING_VARIANCE = 1,
} nero_nn_state_kind;

/* In the order of the layers, a layer's mean before its variance. NERO_ERROR_NOT_FOUND behind the last. */
NERO_API nero_status nero_nn_state_describe(nero_nn_network *network, int64_t index, nero_nn_state *state,
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
/* Calls of nero_nn_train that were done, 0 at first; dropout draws by it. A run that is resumed sets it, 0 or more. */
NERO_API nero_status nero_nn_step(nero_nn_network *network, int64_t *step, nero_error *error);
NERO_API nero_status nero_nn_set_step(nero_nn_network *network, int64_t step, nero_error *error);

/* ----------------------------------------------------------------- library -- */

/* oneDNN's version, such as "3.8.1". Static storage. */
NERO_API const char *nero_nn_backend(void);
/* 1 where the processor multiplies bfloat16 in tiles (AMX), else 0. */
NERO_API uint32_t nero_nn_has_bfloat16(void);
NERO_API uint32_t nero_nn_abi_version(void);
/* As nero_abi_describe, for the structs of this header. Static storage. */
NERO_API const char *nero_nn_abi_describe(void);

#ifdef __cplusplus
}
#endif

#endif
