#include "abi/guard.h"

using namespace nero;

nero_status nero_optimizer_state_count(nero_optimizer *optimizer, int64_t parameter, int64_t *count,
                                       nero_error *error) {
  return entered(optimizer, error, [&](Optimizer &o) { required(count, "count") = o.state_count(parameter); });
}

nero_status nero_optimizer_state_describe(nero_optimizer *optimizer, int64_t parameter, int64_t index,
                                          nero_state_info *info, nero_error *error) {
  return entered(optimizer, error, [&](Optimizer &o) {
    nero_state_info &i = known(info, "nero_state_info");
    const State state = o.state(parameter, index);
    i.dtype = state.dtype;
    i.count = state.count;
    i.bytes = state.bytes();
    copy_text(i.name, state.name);
  });
}

nero_status nero_optimizer_state_read(nero_optimizer *optimizer, int64_t parameter, const char *name, void *to,
                                      uint64_t bytes, nero_error *error) {
  return entered(optimizer, error, [&](Optimizer &o) {
    require_bytes(to, bytes, "to");
    o.read_state(parameter, &required(name, "name"), to, bytes);
  });
}

nero_status nero_optimizer_state_write(nero_optimizer *optimizer, int64_t parameter, const char *name, const void *from,
                                       uint64_t bytes, nero_error *error) {
  return entered(optimizer, error, [&](Optimizer &o) {
    require_bytes(from, bytes, "from");
    o.write_state(parameter, &required(name, "name"), from, bytes);
  });
}

nero_status nero_optimizer_state_bytes(nero_optimizer *optimizer, uint64_t *bytes, nero_error *error) {
  return entered(optimizer, error, [&](Optimizer &o) { required(bytes, "bytes") = o.state_bytes(); });
}
