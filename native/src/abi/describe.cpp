// What the C compiler made of nero.h, as text; the bindings' tests hold theirs against it.
#include <cstddef>
#include <string>

#include "nero/nero.h"

namespace {

class Description {
 public:
  template <class T>
  void structure(const char *name) {
    line("struct", name, sizeof(T));
  }
  void field(const char *name, size_t offset, size_t size) {
    text_ += std::string("field ") + name + ' ' + std::to_string(offset) + ' ' + std::to_string(size) + '\n';
  }
  void constant(const char *name, long long value) {
    text_ += std::string("enum ") + name + ' ' + std::to_string(value) + '\n';
  }
  std::string take() { return std::move(text_); }

 private:
  void line(const char *kind, const char *name, size_t size) {
    text_ += std::string(kind) + ' ' + name + ' ' + std::to_string(size) + '\n';
  }
  std::string text_;
};

#define STRUCT(type) d.structure<type>(#type)
#define FIELD(type, name) d.field(#type "." #name, offsetof(type, name), sizeof(type::name))
#define CONSTANT(name) d.constant(#name, name)

std::string describe() {
  Description d;
  CONSTANT(NERO_OK);
  CONSTANT(NERO_ERROR_NULL);
  CONSTANT(NERO_ERROR_STRUCT_SIZE);
  CONSTANT(NERO_ERROR_ARGUMENT);
  CONSTANT(NERO_ERROR_SIZE);
  CONSTANT(NERO_ERROR_ALIGNMENT);
  CONSTANT(NERO_ERROR_OVERLAP);
  CONSTANT(NERO_ERROR_DTYPE);
  CONSTANT(NERO_ERROR_DEVICE);
  CONSTANT(NERO_ERROR_DEGENERATE_NEURON);
  CONSTANT(NERO_ERROR_NOT_FOUND);
  CONSTANT(NERO_ERROR_BUSY);
  CONSTANT(NERO_ERROR_SEQUENCE);
  CONSTANT(NERO_ERROR_OUT_OF_MEMORY);
  CONSTANT(NERO_ERROR_UNSUPPORTED);
  CONSTANT(NERO_ERROR_INTERNAL);
  STRUCT(nero_error);
  FIELD(nero_error, struct_size);
  FIELD(nero_error, status);
  FIELD(nero_error, parameter);
  FIELD(nero_error, neuron);
  FIELD(nero_error, message);
  CONSTANT(NERO_DEVICE_CPU);
  CONSTANT(NERO_DEVICE_CUDA);
  STRUCT(nero_runtime_info);
  FIELD(nero_runtime_info, struct_size);
  FIELD(nero_runtime_info, abi_version);
  FIELD(nero_runtime_info, layout_hash);
  FIELD(nero_runtime_info, threads);
  FIELD(nero_runtime_info, cuda_devices);
  FIELD(nero_runtime_info, version);
  FIELD(nero_runtime_info, cpu_level);
  FIELD(nero_runtime_info, cpu_levels);
  FIELD(nero_runtime_info, build);
  FIELD(nero_runtime_info, cuda);
  STRUCT(nero_device_info);
  FIELD(nero_device_info, struct_size);
  FIELD(nero_device_info, kind);
  FIELD(nero_device_info, index);
  FIELD(nero_device_info, multiprocessors);
  FIELD(nero_device_info, memory_bytes);
  FIELD(nero_device_info, name);
  STRUCT(nero_context_options);
  FIELD(nero_context_options, struct_size);
  FIELD(nero_context_options, device_kind);
  FIELD(nero_context_options, device_index);
  FIELD(nero_context_options, threads);
  FIELD(nero_context_options, stream);
  FIELD(nero_context_options, cpu_level);
  CONSTANT(NERO_COPY_HOST_TO_DEVICE);
  CONSTANT(NERO_COPY_DEVICE_TO_HOST);
  CONSTANT(NERO_COPY_DEVICE_TO_DEVICE);
  CONSTANT(NERO_F32);
  CONSTANT(NERO_F64);
  CONSTANT(NERO_I64);
  CONSTANT(NERO_VECTOR);
  CONSTANT(NERO_ROWS);
  CONSTANT(NERO_COLUMNS);
  CONSTANT(NERO_CONSTRAINT_NONE);
  CONSTANT(NERO_CONSTRAINT_MEAN);
  CONSTANT(NERO_CONSTRAINT_NORM);
  CONSTANT(NERO_CONSTRAINT_BALANCED);
  STRUCT(nero_parameter);
  FIELD(nero_parameter, struct_size);
  FIELD(nero_parameter, dtype);
  FIELD(nero_parameter, layout);
  FIELD(nero_parameter, unconstrained);
  FIELD(nero_parameter, neurons);
  FIELD(nero_parameter, fan_in);
  FIELD(nero_parameter, weights);
  FIELD(nero_parameter, weights_bytes);
  FIELD(nero_parameter, gradients);
  FIELD(nero_parameter, gradients_bytes);
  FIELD(nero_parameter, name);
  FIELD(nero_parameter, learning_rate_factor);
  FIELD(nero_parameter, weight_decay_factor);
  FIELD(nero_parameter, scale);
  CONSTANT(NERO_KIND_NERO);
  CONSTANT(NERO_KIND_SGD);
  CONSTANT(NERO_KIND_ADAM);
  CONSTANT(NERO_KIND_LAMB);
  CONSTANT(NERO_KIND_MADAM);
  CONSTANT(NERO_KIND_FROMAGE);
  CONSTANT(NERO_KIND_LARS);
  CONSTANT(NERO_SCALE_STORED);
  CONSTANT(NERO_SCALE_CURRENT);
  STRUCT(nero_nero_hyper);
  FIELD(nero_nero_hyper, struct_size);
  FIELD(nero_nero_hyper, scale);
  FIELD(nero_nero_hyper, beta);
  FIELD(nero_nero_hyper, epsilon);
  STRUCT(nero_sgd_hyper);
  FIELD(nero_sgd_hyper, struct_size);
  FIELD(nero_sgd_hyper, nesterov);
  FIELD(nero_sgd_hyper, weight_decay_after_momentum);
  FIELD(nero_sgd_hyper, reserved);
  FIELD(nero_sgd_hyper, momentum);
  FIELD(nero_sgd_hyper, dampening);
  FIELD(nero_sgd_hyper, weight_decay);
  CONSTANT(NERO_WEIGHT_DECAY_DECOUPLED);
  CONSTANT(NERO_WEIGHT_DECAY_COUPLED);
  STRUCT(nero_adam_hyper);
  FIELD(nero_adam_hyper, struct_size);
  FIELD(nero_adam_hyper, weight_decay_kind);
  FIELD(nero_adam_hyper, amsgrad);
  FIELD(nero_adam_hyper, bias_correction);
  FIELD(nero_adam_hyper, beta1);
  FIELD(nero_adam_hyper, beta2);
  FIELD(nero_adam_hyper, epsilon);
  FIELD(nero_adam_hyper, weight_decay);
  CONSTANT(NERO_LAMB_CORRECTION_NONE);
  CONSTANT(NERO_LAMB_CORRECTION_MOMENTS);
  CONSTANT(NERO_LAMB_CORRECTION_STEP_SIZE);
  CONSTANT(NERO_LAMB_CORRECTION_FIRST);
  CONSTANT(NERO_LAMB_DECAY_IN_UPDATE);
  CONSTANT(NERO_LAMB_DECAY_COUPLED);
  CONSTANT(NERO_LAMB_DECAY_BEFORE);
  STRUCT(nero_lamb_hyper);
  FIELD(nero_lamb_hyper, struct_size);
  FIELD(nero_lamb_hyper, correction);
  FIELD(nero_lamb_hyper, decay);
  FIELD(nero_lamb_hyper, epsilon_inside_root);
  FIELD(nero_lamb_hyper, gradient_averaging);
  FIELD(nero_lamb_hyper, adapt_without_decay);
  FIELD(nero_lamb_hyper, beta1);
  FIELD(nero_lamb_hyper, beta2);
  FIELD(nero_lamb_hyper, epsilon);
  FIELD(nero_lamb_hyper, weight_decay);
  FIELD(nero_lamb_hyper, max_gradient_norm);
  FIELD(nero_lamb_hyper, weight_norm_max);
  FIELD(nero_lamb_hyper, ratio_min);
  FIELD(nero_lamb_hyper, ratio_max);
  FIELD(nero_lamb_hyper, ratio_epsilon);
  CONSTANT(NERO_LAMB_PAPER);
  CONSTANT(NERO_LAMB_APEX);
  CONSTANT(NERO_LAMB_NVLAMB);
  CONSTANT(NERO_LAMB_DEEPSPEED);
  CONSTANT(NERO_LAMB_PYTORCH_OPTIMIZER);
  STRUCT(nero_madam_hyper);
  FIELD(nero_madam_hyper, struct_size);
  FIELD(nero_madam_hyper, reserved);
  FIELD(nero_madam_hyper, beta);
  FIELD(nero_madam_hyper, weight_scale);
  FIELD(nero_madam_hyper, gradient_bound);
  STRUCT(nero_fromage_hyper);
  FIELD(nero_fromage_hyper, struct_size);
  FIELD(nero_fromage_hyper, reserved);
  FIELD(nero_fromage_hyper, weight_bound);
  CONSTANT(NERO_LARS_PAPER);
  CONSTANT(NERO_LARS_LARC_CLIP);
  CONSTANT(NERO_LARS_LARC_SCALE);
  CONSTANT(NERO_LARS_PYTORCH_OPTIMIZER);
  STRUCT(nero_lars_hyper);
  FIELD(nero_lars_hyper, struct_size);
  FIELD(nero_lars_hyper, variant);
  FIELD(nero_lars_hyper, momentum);
  FIELD(nero_lars_hyper, weight_decay);
  FIELD(nero_lars_hyper, trust);
  FIELD(nero_lars_hyper, epsilon);
  FIELD(nero_lars_hyper, nesterov);
  FIELD(nero_lars_hyper, reserved);
  CONSTANT(NERO_NON_FINITE_SKIP_NEURON);
  CONSTANT(NERO_NON_FINITE_SKIP_STEP);
  CONSTANT(NERO_NON_FINITE_PROPAGATE);
  CONSTANT(NERO_DEGENERATE_REFUSE);
  CONSTANT(NERO_DEGENERATE_EXEMPT);
  CONSTANT(NERO_STEP_COUNT_PER_PARAMETER);
  CONSTANT(NERO_STEP_COUNT_SHARED);
  STRUCT(nero_step_args);
  FIELD(nero_step_args, struct_size);
  FIELD(nero_step_args, reserved);
  FIELD(nero_step_args, learning_rate);
  FIELD(nero_step_args, gradient_scale);
  STRUCT(nero_step_report);
  FIELD(nero_step_report, struct_size);
  FIELD(nero_step_report, skipped);
  FIELD(nero_step_report, step);
  FIELD(nero_step_report, parameters_stepped);
  FIELD(nero_step_report, parameters_absent);
  FIELD(nero_step_report, neurons_non_finite);
  FIELD(nero_step_report, neurons_unbalanced);
  FIELD(nero_step_report, neurons_exempt);
  FIELD(nero_step_report, gradient_norm);
  STRUCT(nero_optimizer_options);
  FIELD(nero_optimizer_options, struct_size);
  FIELD(nero_optimizer_options, constraint);
  FIELD(nero_optimizer_options, project_at_construction);
  FIELD(nero_optimizer_options, non_finite);
  FIELD(nero_optimizer_options, degenerate);
  FIELD(nero_optimizer_options, step_count);
  STRUCT(nero_binding);
  FIELD(nero_binding, struct_size);
  FIELD(nero_binding, reserved);
  FIELD(nero_binding, parameter);
  FIELD(nero_binding, weights);
  FIELD(nero_binding, weights_bytes);
  FIELD(nero_binding, gradients);
  FIELD(nero_binding, gradients_bytes);
  STRUCT(nero_state_info);
  FIELD(nero_state_info, struct_size);
  FIELD(nero_state_info, dtype);
  FIELD(nero_state_info, count);
  FIELD(nero_state_info, bytes);
  FIELD(nero_state_info, name);
  STRUCT(nero_step_terms);
  FIELD(nero_step_terms, struct_size);
  FIELD(nero_step_terms, constraint);
  FIELD(nero_step_terms, non_finite);
  FIELD(nero_step_terms, reserved);
  FIELD(nero_step_terms, step);
  FIELD(nero_step_terms, learning_rate);
  FIELD(nero_step_terms, gradient_scale);
  return d.take();
}

}  // namespace

const char *nero_abi_describe(void) {
  try {
    static const std::string text = describe();
    return text.c_str();
  } catch (...) {
    return "";  // out of memory; no exception leaves the library
  }
}
