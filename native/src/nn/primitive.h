// A oneDNN primitive with all that it works on.
#pragma once

#include <vector>

#include "dnnl.hpp"
#include "nn/buffer.h"

namespace nero::nn {

/// Attributes of every primitive: its scratchpad is ours. One of oneDNN's own would belong to the thread that made the
/// primitive, while a network may run on any.
dnnl::primitive_attr own_scratchpad();

/// Bound once to its memory, so that running it is one call.
class Primitive {
 public:
  struct Argument {
    int index;
    dnnl::memory::desc desc;
    float *data;
  };

  Primitive() = default;
  Primitive(const dnnl::engine &engine, const dnnl::primitive_desc_base &desc, const std::vector<Argument> &arguments);

  explicit operator bool() const { return !arguments_.empty(); }
  void execute(const dnnl::stream &stream) const;

 private:
  dnnl::primitive primitive_;
  Buffer scratchpad_;
  std::vector<dnnl::memory> memory_;
  std::vector<dnnl_exec_arg_t> arguments_;
};

}  // namespace nero::nn
