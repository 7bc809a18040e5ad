#include "nn/primitive.h"

namespace nero::nn {

using dnnl::memory;

dnnl::primitive_attr own_scratchpad() {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

memory::desc plain(const memory::dims &dims) {
  memory::dims strides(dims.size(), 1);
  for (size_t i = dims.size() - 1; i > 0; i--) strides[i - 1] = strides[i] * dims[i];
  return {dims, memory::data_type::f32, strides};
}

memory::desc plain(const Engine &engine, const Shape &shape) {
  if (!shape.image) return plain({engine.batch, shape.channels});
  return plain({engine.batch, shape.channels, shape.height, shape.width});
}

memory::desc any(const memory::desc &desc, memory::data_type type) {
  return {desc.get_dims(), type, memory::format_tag::any};
}

int64_t floats(const memory::desc &desc) {
  return static_cast<int64_t>((desc.get_size() + sizeof(float) - 1) / sizeof(float));
}

Primitive::Primitive(const dnnl::engine &engine, const dnnl::primitive_desc_base &desc,
                     const std::vector<Argument> &arguments) {
  dnnl_primitive_t made = nullptr;
  dnnl::error::wrap_c_api(dnnl_primitive_create(&made, desc.get()), "could not create a primitive");
  primitive_.reset(made);
  const auto bind = [&](const Argument &argument) {
    memory_.emplace_back(argument.desc, engine, argument.data);
    arguments_.push_back({argument.index, memory_.back().get()});
  };
  for (const Argument &argument : arguments) bind(argument);
  const memory::desc scratchpad = desc.scratchpad_desc();
  if (scratchpad.get_size() > 0) {
    scratchpad_ = Buffer(floats(scratchpad));
    bind({DNNL_ARG_SCRATCHPAD, scratchpad, scratchpad_.data()});
  }
}

void Primitive::execute(const dnnl::stream &stream) const {
  // Not dnnl::primitive::execute, which copies the arguments.
  dnnl::error::wrap_c_api(
      dnnl_primitive_execute(primitive_.get(), stream.get(), static_cast<int>(arguments_.size()), arguments_.data()),
      "could not execute a primitive");
}

Primitive reorder(const Engine &e, const memory::desc &from, float *source, const memory::desc &to, float *target) {
  const dnnl::reorder::primitive_desc desc(e.engine, from, e.engine, to, own_scratchpad());
  return {e.engine, desc, {{DNNL_ARG_FROM, from, source}, {DNNL_ARG_TO, to, target}}};
}

Relaid Relaid::of_source(const Engine &e, const memory::desc &lies, float *data, const memory::desc &wanted) {
  Relaid made;
  made.data_ = data;
  if (lies == wanted) return made;
  made.own_ = Buffer(floats(wanted));
  made.data_ = made.own_.data();
  made.copy_ = reorder(e, lies, data, wanted, made.data_);
  return made;
}

Relaid Relaid::of_target(const Engine &e, const memory::desc &lies, float *data, const memory::desc &wanted) {
  Relaid made;
  made.data_ = data;
  if (lies == wanted) return made;
  made.own_ = Buffer(floats(wanted));
  made.data_ = made.own_.data();
  made.copy_ = reorder(e, wanted, made.data_, lies, data);
  return made;
}

}  // namespace nero::nn
