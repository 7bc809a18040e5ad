#include "nn/primitive.h"

namespace nero::nn {

dnnl::primitive_attr own_scratchpad() {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
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
  const dnnl::memory::desc scratchpad = desc.scratchpad_desc();
  if (scratchpad.get_size() > 0) {
    scratchpad_ = Buffer(static_cast<int64_t>((scratchpad.get_size() + sizeof(float) - 1) / sizeof(float)));
    bind({DNNL_ARG_SCRATCHPAD, scratchpad, scratchpad_.data()});
  }
}

void Primitive::execute(const dnnl::stream &stream) const {
  // Not dnnl::primitive::execute, which copies the arguments.
  dnnl::error::wrap_c_api(
      dnnl_primitive_execute(primitive_.get(), stream.get(), static_cast<int>(arguments_.size()), arguments_.data()),
      "could not execute a primitive");
}

}  // namespace nero::nn
