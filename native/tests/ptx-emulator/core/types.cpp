#include "core/types.h"

#include <array>
#include <utility>

namespace ptxemu {

Type type_named(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, Type>, 20> kNames = {
      {{"u8", Type::U8},   {"u16", Type::U16}, {"u32", Type::U32},     {"u64", Type::U64},       {"s8", Type::S8},
       {"s16", Type::S16}, {"s32", Type::S32}, {"s64", Type::S64},     {"b8", Type::B8},         {"b16", Type::B16},
       {"b32", Type::B32}, {"b64", Type::B64}, {"b128", Type::B128},   {"f16", Type::F16},       {"bf16", Type::BF16},
       {"f32", Type::F32}, {"f64", Type::F64}, {"f16x2", Type::F16x2}, {"bf16x2", Type::BF16x2}, {"pred", Type::Pred}}};
  for (const auto &[known, type] : kNames) {
    if (known == name) return type;
  }
  return Type::None;
}

}  // namespace ptxemu
