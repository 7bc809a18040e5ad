// A oneDNN primitive with all that it works on.
#pragma once

#include <vector>

#include "dnnl.hpp"
#include "nn/layer.h"

namespace nero::nn {

/// Attributes of every primitive: its scratchpad is ours. One of oneDNN's own would belong to the thread that made the
/// primitive, while a network may run on any.
dnnl::primitive_attr own_scratchpad();

/// Floats that lie one after the other, as the border has them: [a], [a, b], [a, b, c, d] or [a, b, c, d, e].
dnnl::memory::desc plain(const dnnl::memory::dims &dims);
/// A tensor of a batch, as the border has it.
dnnl::memory::desc plain(const Engine &engine, const Shape &shape);
/// The same dims in the layout that oneDNN likes best.
dnnl::memory::desc any(const dnnl::memory::desc &desc, dnnl::memory::data_type type = dnnl::memory::data_type::f32);
/// Floats whose memory it takes, padding of channels included.
int64_t floats(const dnnl::memory::desc &desc);

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

/// Copies from one layout to another.
Primitive reorder(const Engine &engine, const dnnl::memory::desc &from, float *source, const dnnl::memory::desc &to,
                  float *target);

/// Memory seen in another layout or in bfloat16: the very memory where the layouts are the same, else a copy.
class Relaid {
 public:
  Relaid() = default;
  /// To be read: run brings the copy up to date.
  static Relaid of_source(const Engine &engine, const dnnl::memory::desc &lies, float *data,
                          const dnnl::memory::desc &wanted);
  /// To be written: run brings what was written home.
  static Relaid of_target(const Engine &engine, const dnnl::memory::desc &lies, float *data,
                          const dnnl::memory::desc &wanted);

  float *data() const { return data_; }
  void run(const Engine &engine) const {
    if (copy_) copy_.execute(engine.stream);
  }

 private:
  Buffer own_;
  float *data_ = nullptr;
  Primitive copy_;
};

}  // namespace nero::nn
