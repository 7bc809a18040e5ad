/* nero4j: fused optimiser steps over memory that the caller owns.
 *
 * This header is the whole contract. It is plain C11 (and C++17), includes nothing but two standard headers, and holds
 * for every backend.
 *
 * Every function that can fail returns a nero_status and takes, last, a nero_error that the caller owns and may leave
 * NULL. Nothing has changed when a function fails, unless its comment says otherwise. No exception, signal or abort
 * leaves the library.
 *
 * Every struct starts with struct_size, set by the caller to sizeof the struct; fields are added at the end only.
 *
 * A context, an optimiser and a stateless step may be used from any thread, one thread at a time; a second thread that
 * enters meanwhile gets NERO_ERROR_BUSY. Different optimisers may share a context from different threads.
 */
#ifndef NERO_NERO_H
#define NERO_NERO_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32)
#define NERO_API __declspec(dllexport)
#else
#define NERO_API __attribute__((visibility("default")))
#endif

/* Raised when a change to this header breaks programs or bindings built against an earlier one. */
#define NERO_ABI_VERSION 1

/* Learning rates above this are refused as mistakes. */
#define NERO_MAX_LEARNING_RATE 1000000

/* ------------------------------------------------------------------ status -- */

typedef enum nero_status {
  NERO_OK = 0,
  NERO_ERROR_NULL = 1,              /* a required pointer is NULL */
  NERO_ERROR_STRUCT_SIZE = 2,       /* struct_size is none that this library knows */
  NERO_ERROR_ARGUMENT = 3,          /* a value is out of its range, NaN included */
  NERO_ERROR_SIZE = 4,              /* a buffer and a shape do not agree, or a shape overflows */
  NERO_ERROR_ALIGNMENT = 5,         /* an address is not a multiple of its element's size */
  NERO_ERROR_OVERLAP = 6,           /* two buffers that must be apart share bytes */
  NERO_ERROR_DTYPE = 7,             /* a dtype that this function does not take */
  NERO_ERROR_DEVICE = 8,            /* no such device, or memory of another one */
  NERO_ERROR_DEGENERATE_NEURON = 9, /* a neuron cannot be balanced; error names parameter and neuron */
  NERO_ERROR_NOT_FOUND = 10,        /* no state, parameter or level of that name or index */
  NERO_ERROR_BUSY = 11,             /* another thread is inside this object */
  NERO_ERROR_SEQUENCE = 12,         /* a call out of order, such as apply before begin */
  NERO_ERROR_OUT_OF_MEMORY = 13,
  NERO_ERROR_UNSUPPORTED = 14, /* known, but not by this build or device */
  NERO_ERROR_INTERNAL = 15     /* a defect of this library */
} nero_status;

#define NERO_ERROR_MESSAGE_SIZE 512

/* What went wrong, in a sentence that names the argument and the numbers. */
typedef struct nero_error {
  uint32_t struct_size;
  nero_status status;
  int64_t parameter;                     /* index of the parameter concerned, or -1 */
  int64_t neuron;                        /* index of the neuron concerned, or -1 */
  char message[NERO_ERROR_MESSAGE_SIZE]; /* UTF-8, zero-terminated */
} nero_error;

/* ----------------------------------------------------------------- runtime -- */

typedef enum nero_device_kind { NERO_DEVICE_CPU = 0, NERO_DEVICE_CUDA = 1 } nero_device_kind;

typedef struct nero_runtime_info {
  uint32_t struct_size;
  uint32_t abi_version;
  uint64_t layout_hash; /* FNV-1a 64 of nero_abi_describe's text */
  int32_t threads;      /* threads that a context uses by default */
  int32_t cuda_devices; /* 0 where CUDA is absent */
  char version[32];     /* library version, such as "0.1.0" */
  char cpu_level[32];   /* SIMD level in use by default: "x86-64-v4", "x86-64-v3", "x86-64-v2", "generic" */
  char cpu_levels[96];  /* every level that this processor can run, best first, separated by a blank */
  char build[128];      /* compiler and target */
  char cuda[256];       /* the CUDA runtime, or one sentence that says why there is none */
} nero_runtime_info;

/* Describes library, processor and devices. Reads NERO_CPU_LEVEL and NERO_NUM_THREADS. */
NERO_API nero_status nero_runtime_describe(nero_runtime_info *info, nero_error *error);

/* The size of every struct, the offset and size of every field, the value of every enum constant, as the C compiler
 * sees them: lines of text "struct NAME SIZE", "field STRUCT.FIELD OFFSET SIZE", "enum NAME VALUE". Static storage. */
NERO_API const char *nero_abi_describe(void);

typedef struct nero_device_info {
  uint32_t struct_size;
  nero_device_kind kind;
  int32_t index;
  int32_t multiprocessors; /* processors online, or multiprocessors */
  uint64_t memory_bytes;
  char name[128];
} nero_device_info;

/* Devices of a kind; 0 and NERO_OK where there is none. */
NERO_API nero_status nero_device_count(nero_device_kind kind, int32_t *count, nero_error *error);
NERO_API nero_status nero_device_describe(nero_device_kind kind, int32_t index, nero_device_info *info,
                                          nero_error *error);

/* ----------------------------------------------------------------- context -- */

/* One device and one stream of work on it. On the CPU work is done before a call returns; with CUDA steps, fills and
 * asynchronous copies are queued on the stream, and everything else that needs their results waits for them. An error
 * of queued work is told by a later call of its context. No call changes the calling thread's current CUDA device. */
typedef struct nero_context nero_context;

typedef struct nero_context_options {
  uint32_t struct_size;
  nero_device_kind device_kind;
  int32_t device_index;
  int32_t threads;       /* CPU: threads of a step; 0 takes NERO_NUM_THREADS, else the processors available */
  void *stream;          /* CUDA: the caller's stream, or NULL for one of the context's own; CPU: NULL */
  const char *cpu_level; /* one of nero_runtime_info.cpu_levels, or NULL for NERO_CPU_LEVEL, else the best */
} nero_context_options;

/* options may be NULL: the first CPU, all defaults. */
NERO_API nero_status nero_context_create(const nero_context_options *options, nero_context **context,
                                         nero_error *error);
/* NERO_ERROR_SEQUENCE while optimisers or events of it live. NULL is legal and does nothing. */
NERO_API nero_status nero_context_destroy(nero_context *context, nero_error *error);
/* Returns when all work given to the context is done. */
NERO_API nero_status nero_context_synchronize(nero_context *context, nero_error *error);

/* ------------------------------------------------------------------ memory -- */

typedef enum nero_copy_direction {
  NERO_COPY_HOST_TO_DEVICE = 0,
  NERO_COPY_DEVICE_TO_HOST = 1,
  NERO_COPY_DEVICE_TO_DEVICE = 2
} nero_copy_direction;

/* bytes of device memory, aligned to 64, zeroed, on huge pages where the system offers them; 0 bytes give an address
 * that may be freed. It may be used on any CUDA stream as soon as the call returns, which waits for all work given to
 * the context before. */
NERO_API nero_status nero_memory_allocate(nero_context *context, uint64_t bytes, void **address, nero_error *error);
/* Frees what nero_memory_allocate of the same context gave, after all work given to the context before; what other
 * streams do with it must be done. NULL is legal. */
NERO_API nero_status nero_memory_free(nero_context *context, void *address, nero_error *error);
/* bytes of host memory, aligned to 64, zeroed; with CUDA it is pinned, so that copies run beside other work. */
NERO_API nero_status nero_memory_allocate_host(nero_context *context, uint64_t bytes, void **address,
                                               nero_error *error);
/* Frees what nero_memory_allocate_host of the same context gave. NULL is legal. */
NERO_API nero_status nero_memory_free_host(nero_context *context, void *address, nero_error *error);
/* Copies, after all work given to the context before, and returns when it is done; the two ranges must not overlap. */
NERO_API nero_status nero_memory_copy(nero_context *context, void *to, const void *from, uint64_t bytes,
                                      nero_copy_direction direction, nero_error *error);
/* The same, queued: both ranges are the library's until nero_context_synchronize returns or an event behind is reached.
 * On the CPU, and with CUDA where the host memory is not pinned, it may be done before the call returns. */
NERO_API nero_status nero_memory_copy_async(nero_context *context, void *to, const void *from, uint64_t bytes,
                                            nero_copy_direction direction, nero_error *error);
/* Sets count floats to value; queued. */
NERO_API nero_status nero_memory_fill_f32(nero_context *context, float *address, uint64_t count, float value,
                                          nero_error *error);

/* ------------------------------------------------------------------ events -- */

/* A point in the order of a context's work, to measure time by and to put other work behind. With CUDA it is an event
 * on the context's stream, reached when the device gets there. On the CPU, where work is done before a call returns, it
 * is reached as it is recorded, and keeps the time. Any thread may use an event. */
typedef struct nero_event nero_event;

NERO_API nero_status nero_event_create(nero_context *context, nero_event **event, nero_error *error);
/* Before its context, reached or not. NULL is legal. */
NERO_API nero_status nero_event_destroy(nero_event *event, nero_error *error);
/* Puts the event behind all work given to its context so far, and returns at once; once more moves it. */
NERO_API nero_status nero_event_record(nero_event *event, nero_error *error);
/* Returns when the event is reached. NERO_ERROR_SEQUENCE where it was never recorded, here and below. */
NERO_API nero_status nero_event_synchronize(nero_event *event, nero_error *error);
/* Milliseconds from one event to another, each waited for; below 0 where to was reached first. NERO_ERROR_DEVICE for
 * events of two devices, which have no clock in common. */
NERO_API nero_status nero_event_elapsed(nero_event *from, nero_event *to, double *milliseconds, nero_error *error);

/* Work given to the context from now on begins when the event, of any context, is reached as it was recorded last. Two
 * CUDA streams are ordered without the host; otherwise the call waits. */
NERO_API nero_status nero_context_wait_event(nero_context *context, nero_event *event, nero_error *error);
/* Work given to the context from now on begins when all is done that was queued so far on a CUDA stream of the caller's
 * (a cudaStream_t of the context's device; NULL is the legacy default stream): gradients made there are then seen by
 * the next step. The host does not wait. On the CPU stream must be NULL, and nothing happens. */
NERO_API nero_status nero_context_wait_stream(nero_context *context, void *stream, nero_error *error);

/* -------------------------------------------------------------- parameters -- */

typedef enum nero_dtype { NERO_F32 = 0, NERO_F64 = 1, NERO_I64 = 2 } nero_dtype;

/* A neuron is the set of weights that feeds one output. */
typedef enum nero_layout {
  NERO_VECTOR = 0, /* biases, gains: each element a neuron of its own, never constrained; fan_in is 1 */
  NERO_ROWS = 1,   /* [neurons, fan_in], a neuron's weights adjacent: PyTorch, oneDNN, cuDNN */
  NERO_COLUMNS = 2 /* [fan_in, neurons], a neuron's weights neurons apart: TensorFlow, Keras, DL4J */
} nero_layout;

/* What holds for every neuron of a matrix after each step; bits, combined by or. */
typedef enum nero_constraint {
  NERO_CONSTRAINT_NONE = 0,
  NERO_CONSTRAINT_MEAN = 1,    /* zero mean */
  NERO_CONSTRAINT_NORM = 2,    /* unit Euclidean norm */
  NERO_CONSTRAINT_BALANCED = 3 /* both: mean first, then norm */
} nero_constraint;

/* One tensor of a model. */
typedef struct nero_parameter {
  uint32_t struct_size;
  nero_dtype dtype; /* of weights and gradients: NERO_F32 */
  nero_layout layout;
  uint32_t unconstrained; /* not 0: the optimiser's constraint does not hold for this parameter */
  int64_t neurons;        /* 0 or more */
  int64_t fan_in;         /* 0 or more; 1 for NERO_VECTOR */
  float *weights;         /* neurons * fan_in elements; NULL where there are none */
  uint64_t weights_bytes;
  const float *gradients; /* same shape; NULL: no gradient until rebound, the parameter rests */
  uint64_t gradients_bytes;
  const char *name;            /* UTF-8, copied; NULL gives "parameter INDEX" */
  double learning_rate_factor; /* multiplies the step's learning rate, 0 or more */
  double weight_decay_factor;  /* multiplies the optimiser's weight decay; 0 spares biases and gains */
  double scale;                /* Nero, Madam, Fromage: the tensor's scale (Nero: mean neuron norm; Madam, Fromage: the
                                  bound), for shards of one tensor; 0: measured from the weights */
} nero_parameter;

/* --------------------------------------------------- hyper-parameters, kinds -- */

typedef enum nero_optimizer_kind {
  NERO_KIND_NERO = 0,
  NERO_KIND_SGD = 1,
  NERO_KIND_ADAM = 2,
  NERO_KIND_LAMB = 3,
  NERO_KIND_MADAM = 4,
  NERO_KIND_FROMAGE = 5,
  NERO_KIND_LARS = 6
} nero_optimizer_kind;

/* Nero (Liu et al. 2021, Algorithm 1, bias-corrected as in its text):
 *   square <- beta square + (1 - beta) |g|^2                  one number a neuron
 *   w      <- w - lr scale g / (sqrt(square / (1 - beta^t)) + epsilon), then the constraint
 * The constraint is the optimiser's (nero_optimizer_options). */
typedef enum nero_scale_kind {
  NERO_SCALE_STORED = 0, /* mean neuron norm at construction, 0.01 if that is 0 */
  NERO_SCALE_CURRENT = 1 /* the neuron's own norm before the step (the paper's Algorithm 1), 0.01 if that is 0 */
} nero_scale_kind;

typedef struct nero_nero_hyper {
  uint32_t struct_size;
  nero_scale_kind scale;
  double beta;    /* [0, 1) */
  double epsilon; /* 0 or more; added to the root and to every norm divided by. The paper has none */
} nero_nero_hyper;

/* SGD (PyTorch's conventions): g += wd w; momentum buffer starts as the first gradient, undampened. */
typedef struct nero_sgd_hyper {
  uint32_t struct_size;
  uint32_t nesterov;                    /* needs momentum > 0 and dampening 0 */
  uint32_t weight_decay_after_momentum; /* wd w is added to the momentum's result, not to the gradient */
  uint32_t reserved;
  double momentum;     /* [0, 1) */
  double dampening;    /* [0, 1] */
  double weight_decay; /* 0 or more */
} nero_sgd_hyper;

typedef enum nero_weight_decay_kind {
  NERO_WEIGHT_DECAY_DECOUPLED = 0, /* AdamW: w shrinks by lr wd w, apart from the moments */
  NERO_WEIGHT_DECAY_COUPLED = 1    /* L2: wd w joins the gradient, and so the moments */
} nero_weight_decay_kind;

/* Adam and AdamW: w -= lr (m / c1) / (sqrt(v / c2) + epsilon), c1 = 1 - beta1^t, c2 = 1 - beta2^t. */
typedef struct nero_adam_hyper {
  uint32_t struct_size;
  nero_weight_decay_kind weight_decay_kind;
  uint32_t amsgrad;         /* the denominator takes the largest v so far */
  uint32_t bias_correction; /* 0: c1 = c2 = 1 */
  double beta1;             /* [0, 1) */
  double beta2;             /* [0, 1) */
  double epsilon;           /* 0 or more */
  double weight_decay;      /* 0 or more */
} nero_adam_hyper;

typedef enum nero_lamb_correction {
  NERO_LAMB_CORRECTION_NONE = 0,      /* the code of the Nero paper */
  NERO_LAMB_CORRECTION_MOMENTS = 1,   /* apex: m / c1, v / c2 */
  NERO_LAMB_CORRECTION_STEP_SIZE = 2, /* DeepSpeed: lr sqrt(c2) / c1 */
  NERO_LAMB_CORRECTION_FIRST = 3      /* pytorch_optimizer: lr / c1 */
} nero_lamb_correction;

typedef enum nero_lamb_decay {
  NERO_LAMB_DECAY_IN_UPDATE = 0, /* u += wd w, before the trust ratio */
  NERO_LAMB_DECAY_COUPLED = 1,   /* g += wd w */
  NERO_LAMB_DECAY_BEFORE = 2     /* w *= 1 - lr wd, before anything else is read from w */
} nero_lamb_decay;

/* LAMB: u = m / (sqrt(v) + epsilon) (corrected and decayed as below); w -= lr r u, with the tensor's trust ratio
 *   r = clamp(min(|w|, weight_norm_max) / (|u| + ratio_epsilon), ratio_min, ratio_max), 1 where either norm is 0. */
typedef struct nero_lamb_hyper {
  uint32_t struct_size;
  nero_lamb_correction correction;
  nero_lamb_decay decay;
  uint32_t epsilon_inside_root; /* m / sqrt(v + epsilon) */
  uint32_t gradient_averaging;  /* 0: m = beta1 m + g */
  uint32_t adapt_without_decay; /* 0: r = 1 where the parameter's weight decay is 0 (apex); 1: NVLAMB and others */
  double beta1;
  double beta2;
  double epsilon;
  double weight_decay;
  double max_gradient_norm; /* gradients of all parameters together are scaled down to it; 0: never */
  double weight_norm_max;   /* INFINITY: none */
  double ratio_min;
  double ratio_max; /* INFINITY: none */
  double ratio_epsilon;
} nero_lamb_hyper;

typedef enum nero_lamb_preset {
  NERO_LAMB_PAPER = 0,            /* as "Learning by Turning" ran it */
  NERO_LAMB_APEX = 1,             /* NVIDIA apex FusedLAMB */
  NERO_LAMB_NVLAMB = 2,           /* apex with use_nvlamb */
  NERO_LAMB_DEEPSPEED = 3,        /* DeepSpeed FusedLamb */
  NERO_LAMB_PYTORCH_OPTIMIZER = 4 /* kozistr's pytorch_optimizer */
} nero_lamb_preset;

/* Madam (Bernstein et al. 2020): multiplicative.
 *   v <- beta v + (1 - beta) g^2;  u = clamp(g / sqrt(v / (1 - beta^t)), +-gradient_bound)
 *   w <- clamp(w exp(-lr u sign(w)), +-bound),  bound = weight_scale sqrt(mean w^2) at construction. */
typedef struct nero_madam_hyper {
  uint32_t struct_size;
  uint32_t reserved;
  double beta;           /* [0, 1) */
  double weight_scale;   /* > 0 */
  double gradient_bound; /* > 0 */
} nero_madam_hyper;

/* Fromage (Bernstein et al. 2020): w <- (w - lr g |w| / |g|) / sqrt(1 + lr^2), norms of the tensor;
 * where a norm is 0, w <- (w - lr g) / sqrt(1 + lr^2). */
typedef struct nero_fromage_hyper {
  uint32_t struct_size;
  uint32_t reserved;
  double weight_bound; /* |w| is held to weight_bound times its norm at construction; 0: not */
} nero_fromage_hyper;

typedef enum nero_lars_kind {
  NERO_LARS_PAPER = 0, /* You et al. 2017: buf <- mom buf + lr a (g + wd w); w -= buf; a = trust |w| / (|g| + wd |w|) */
  NERO_LARS_LARC_CLIP = 1,  /* apex LARC: g <- min(a / lr, 1) (g + wd w), then SGD; a's denominator has epsilon too */
  NERO_LARS_LARC_SCALE = 2, /* apex LARC: g <- a (g + wd w), then SGD */
  /* kozistr's pytorch_optimizer: g <- a (g + wd w) with a = trust |w| / |g|, then SGD; vectors have neither ratio nor
   * decay. Its buffer starts at 0 here, not at the first gradient without its ratio. */
  NERO_LARS_PYTORCH_OPTIMIZER = 3
} nero_lars_kind;

typedef struct nero_lars_hyper {
  uint32_t struct_size;
  nero_lars_kind variant;
  double momentum;
  double weight_decay;
  double trust;      /* trust coefficient, > 0 */
  double epsilon;    /* LARC only */
  uint32_t nesterov; /* w moves by what enters the buffer and mom times the buffer */
  uint32_t reserved;
} nero_lars_hyper;

/* The defaults of each kind: the reference's. struct_size is set. */
NERO_API nero_status nero_nero_defaults(nero_nero_hyper *hyper, nero_error *error);
NERO_API nero_status nero_sgd_defaults(nero_sgd_hyper *hyper, nero_error *error);
NERO_API nero_status nero_adam_defaults(nero_adam_hyper *hyper, nero_error *error);
NERO_API nero_status nero_lamb_defaults(nero_lamb_preset preset, nero_lamb_hyper *hyper, nero_error *error);
NERO_API nero_status nero_madam_defaults(nero_madam_hyper *hyper, nero_error *error);
NERO_API nero_status nero_fromage_defaults(nero_fromage_hyper *hyper, nero_error *error);
NERO_API nero_status nero_lars_defaults(nero_lars_kind variant, nero_lars_hyper *hyper, nero_error *error);

/* ------------------------------------------------------------- a step's terms -- */

/* What becomes of a gradient that is not finite. */
typedef enum nero_non_finite {
  NERO_NON_FINITE_SKIP_NEURON = 0, /* its neuron and that neuron's state rest for this step */
  NERO_NON_FINITE_SKIP_STEP = 1,   /* nothing moves, no state, no step count; reads all gradients once more */
  NERO_NON_FINITE_PROPAGATE = 2    /* arithmetic takes its course */
} nero_non_finite;

/* What becomes of a neuron that cannot be balanced (equal weights, all zero, fan-in 1) at construction. */
typedef enum nero_degenerate {
  NERO_DEGENERATE_REFUSE = 0, /* NERO_ERROR_DEGENERATE_NEURON names parameter and neuron */
  NERO_DEGENERATE_EXEMPT = 1  /* it moves unconstrained and is counted */
} nero_degenerate;

typedef enum nero_step_count {
  NERO_STEP_COUNT_PER_PARAMETER = 0, /* a parameter without a gradient does not advance (PyTorch, the Nero paper) */
  NERO_STEP_COUNT_SHARED = 1         /* all advance together (apex) */
} nero_step_count;

typedef struct nero_step_args {
  uint32_t struct_size;
  uint32_t reserved;
  double learning_rate;  /* 0 .. NERO_MAX_LEARNING_RATE; 0 moves no weight, but state advances */
  double gradient_scale; /* gradients are multiplied by it first; finite, not 0 */
} nero_step_args;

typedef struct nero_step_report {
  uint32_t struct_size;
  uint32_t skipped; /* 1: the whole step was skipped */
  int64_t step;     /* steps that this optimiser has taken, this one included */
  int64_t parameters_stepped;
  int64_t parameters_absent;  /* had no gradient */
  int64_t neurons_non_finite; /* had a gradient that is not finite */
  int64_t
      neurons_unbalanced; /* landed where they cannot be balanced: Nero leaves them in place, others where they are */
  int64_t neurons_exempt; /* degenerate since construction, moving unconstrained */
  double gradient_norm;   /* of all gradients, scaled; NaN where the step had no need of it */
} nero_step_report;

/* --------------------------------------------------------------- optimisers -- */

/* An optimiser over a table of parameters; owns its state, none of the weights or gradients. */
typedef struct nero_optimizer nero_optimizer;

typedef struct nero_optimizer_options {
  uint32_t struct_size;
  nero_constraint constraint;
  uint32_t project_at_construction; /* the constraint is put on the weights when the optimiser is made */
  nero_non_finite non_finite;
  nero_degenerate degenerate;
  nero_step_count step_count;
} nero_optimizer_options;

/* Nero: balanced, projected at construction. Others: no constraint. */
NERO_API nero_status nero_optimizer_options_defaults(nero_optimizer_kind kind, nero_optimizer_options *options,
                                                     nero_error *error);

/* Makes an optimiser over count parameters, whose descriptions are copied. hyper is the struct of the kind; options
 * may be NULL. May project the weights (see options); refuses what is null, misaligned, overlapping or of a wrong size,
 * naming the parameter. When it fails no weight has changed. */
NERO_API nero_status nero_optimizer_create(nero_context *context, nero_optimizer_kind kind, const void *hyper,
                                           const nero_optimizer_options *options, const nero_parameter *parameters,
                                           int64_t count, nero_optimizer **optimizer, nero_error *error);
/* NERO_ERROR_SEQUENCE while graphs of it live. NULL is legal. */
NERO_API nero_status nero_optimizer_destroy(nero_optimizer *optimizer, nero_error *error);

/* One step of every parameter that has a gradient. Allocates nothing. report may be NULL; with CUDA the step is queued,
 * and a report waits for it. */
NERO_API nero_status nero_optimizer_step(nero_optimizer *optimizer, const nero_step_args *args,
                                         nero_step_report *report, nero_error *error);

/* The report of the last step or replay, which is waited for; NERO_ERROR_SEQUENCE before the first one and between
 * begin and end. */
NERO_API nero_status nero_optimizer_report(nero_optimizer *optimizer, nero_step_report *report, nero_error *error);

/* A step recorded once, to be replayed with little work for the host: a CUDA graph; on the CPU replaying is stepping.
 * The learning rate, the gradient scale, step counts, addresses after a rebind and which parameters rest are those of
 * the moment of replay. */
typedef struct nero_graph nero_graph;

/* Records a step without taking it. */
NERO_API nero_status nero_optimizer_capture(nero_optimizer *optimizer, nero_graph **graph, nero_error *error);
/* One step, as nero_optimizer_step without a report would take it. */
NERO_API nero_status nero_graph_replay(nero_graph *graph, const nero_step_args *args, nero_error *error);
/* Before its optimiser: that is NERO_ERROR_SEQUENCE while graphs of it live. NULL is legal. */
NERO_API nero_status nero_graph_destroy(nero_graph *graph, nero_error *error);

/* Where parameters lie from now on; state stays. NULL gradients: the parameter rests until rebound. NULL weights: they
 * are given at apply. */
typedef struct nero_binding {
  uint32_t struct_size;
  uint32_t reserved;
  int64_t parameter; /* index */
  float *weights;
  uint64_t weights_bytes;
  const float *gradients;
  uint64_t gradients_bytes;
} nero_binding;

NERO_API nero_status nero_optimizer_rebind(nero_optimizer *optimizer, const nero_binding *bindings, int64_t count,
                                           nero_error *error);

/* The same step in parts, for the CPU and memory whose address holds only during a call (a Java array): begin; then
 * observe every parameter if begin sets *observe; then apply every parameter; then end. A parameter not applied rests.
 * abandon ends a begun step early; parameters applied before stay applied. Addresses given here are used during the
 * call alone. A step that a non-finite gradient skips is known after the last observe: apply then moves nothing. Begin
 * gives NERO_ERROR_UNSUPPORTED with CUDA, whose kernels cannot reach such memory. */
NERO_API nero_status nero_optimizer_begin(nero_optimizer *optimizer, const nero_step_args *args, uint32_t *observe,
                                          nero_error *error);
NERO_API nero_status nero_optimizer_observe(nero_optimizer *optimizer, int64_t parameter, const float *gradients,
                                            uint64_t gradients_bytes, nero_error *error);
NERO_API nero_status nero_optimizer_apply(nero_optimizer *optimizer, int64_t parameter, float *weights,
                                          uint64_t weights_bytes, const float *gradients, uint64_t gradients_bytes,
                                          nero_error *error);
NERO_API nero_status nero_optimizer_end(nero_optimizer *optimizer, nero_step_report *report, nero_error *error);
NERO_API nero_status nero_optimizer_abandon(nero_optimizer *optimizer, nero_error *error);

/* ------------------------------------------------------------------- state -- */

/* State is named: "step" (i64, 1) for every parameter; and, per neuron or element or tensor,
 *   Nero     "square" (f64, neurons), "scale" (f64, 1)
 *   SGD      "momentum" (f32, elements) where momentum > 0
 *   Adam     "first_moment", "second_moment", with AMSGrad "max_second_moment" (f32, elements)
 *   LAMB     "first_moment", "second_moment" (f32, elements), "trust_ratio" (f64, 1)
 *   Madam    "root_second_moment" (f32, elements), "bound" (f64, 1)
 *   Fromage  "bound" (f64, 1) where weight_bound > 0
 *   LARS     "momentum" (f32, elements)
 * and "exempt" (f64, neurons, 0 or 1) where a constraint holds. Reading and writing neither rounds nor casts. */
typedef struct nero_state_info {
  uint32_t struct_size;
  nero_dtype dtype;
  int64_t count; /* elements */
  uint64_t bytes;
  char name[32];
} nero_state_info;

NERO_API nero_status nero_optimizer_state_count(nero_optimizer *optimizer, int64_t parameter, int64_t *count,
                                                nero_error *error);
NERO_API nero_status nero_optimizer_state_describe(nero_optimizer *optimizer, int64_t parameter, int64_t index,
                                                   nero_state_info *info, nero_error *error);
/* bytes must equal the state's. to and from are host memory. What no step makes is refused with NERO_ERROR_ARGUMENT: a
 * negative step count, a scale, bound or second moment (Nero's square and Madam's root are such) that is negative or,
 * but for second moments under NERO_NON_FINITE_PROPAGATE, not finite. */
NERO_API nero_status nero_optimizer_state_read(nero_optimizer *optimizer, int64_t parameter, const char *name, void *to,
                                               uint64_t bytes, nero_error *error);
NERO_API nero_status nero_optimizer_state_write(nero_optimizer *optimizer, int64_t parameter, const char *name,
                                                const void *from, uint64_t bytes, nero_error *error);
/* Bytes of all buffers of state that grow with a parameter, by element or by neuron; a parameter has besides its step
 * count and a number or two. */
NERO_API nero_status nero_optimizer_state_bytes(nero_optimizer *optimizer, uint64_t *bytes, nero_error *error);

/* --------------------------------------------------------- stateless steps -- */

/* One parameter, one step, state given as buffers by the caller, who keeps them between steps. The parameter's weights,
 * gradients, layout, factors and scale count; its name serves messages. State is zero before step 1 unless said. No
 * buffer may overlap another. terms.step is 1 for the first step. Nothing is projected before the step:
 * nero_project does that. NERO_NON_FINITE_SKIP_STEP is about this parameter alone, and the caller must not count the
 * step when report->skipped is 1. With CUDA all buffers are device memory, but trust_ratio and report, which are the
 * host's and waited for; every such step makes and frees a little device memory, stream-ordered. */
typedef struct nero_step_terms {
  uint32_t struct_size;
  nero_constraint constraint;
  nero_non_finite non_finite;
  uint32_t reserved;
  int64_t step;
  double learning_rate;
  double gradient_scale;
} nero_step_terms;

/* Puts a constraint on weights now (what an optimiser does at construction); refuses degenerate neurons. */
NERO_API nero_status nero_project(nero_context *context, const nero_parameter *parameter, nero_constraint constraint,
                                  nero_error *error);

/* What an optimiser would measure as scale: nero: mean neuron norm (0.01 for 0). */
NERO_API nero_status nero_measure_scale(nero_context *context, const nero_parameter *parameter, double *scale,
                                        nero_error *error);

/* square: neurons doubles. parameter->scale must be > 0 unless hyper->scale is NERO_SCALE_CURRENT. */
NERO_API nero_status nero_step_nero(nero_context *context, const nero_parameter *parameter, double *square,
                                    const nero_nero_hyper *hyper, const nero_step_terms *terms,
                                    nero_step_report *report, nero_error *error);
/* momentum: elements floats, NULL where hyper->momentum is 0. */
NERO_API nero_status nero_step_sgd(nero_context *context, const nero_parameter *parameter, float *momentum,
                                   const nero_sgd_hyper *hyper, const nero_step_terms *terms, nero_step_report *report,
                                   nero_error *error);
/* max_second_moment: NULL unless hyper->amsgrad. */
NERO_API nero_status nero_step_adam(nero_context *context, const nero_parameter *parameter, float *first_moment,
                                    float *second_moment, float *max_second_moment, const nero_adam_hyper *hyper,
                                    const nero_step_terms *terms, nero_step_report *report, nero_error *error);
/* trust_ratio: receives the ratio used; may be NULL. max_gradient_norm is about this parameter's gradient alone. */
NERO_API nero_status nero_step_lamb(nero_context *context, const nero_parameter *parameter, float *first_moment,
                                    float *second_moment, double *trust_ratio, const nero_lamb_hyper *hyper,
                                    const nero_step_terms *terms, nero_step_report *report, nero_error *error);
/* parameter->scale is the bound and must be > 0. */
NERO_API nero_status nero_step_madam(nero_context *context, const nero_parameter *parameter, float *root_second_moment,
                                     const nero_madam_hyper *hyper, const nero_step_terms *terms,
                                     nero_step_report *report, nero_error *error);
/* parameter->scale is the bound on |w|, read where hyper->weight_bound > 0. */
NERO_API nero_status nero_step_fromage(nero_context *context, const nero_parameter *parameter,
                                       const nero_fromage_hyper *hyper, const nero_step_terms *terms,
                                       nero_step_report *report, nero_error *error);
NERO_API nero_status nero_step_lars(nero_context *context, const nero_parameter *parameter, float *momentum,
                                    const nero_lars_hyper *hyper, const nero_step_terms *terms,
                                    nero_step_report *report, nero_error *error);

#ifdef __cplusplus
}
#endif

#endif
