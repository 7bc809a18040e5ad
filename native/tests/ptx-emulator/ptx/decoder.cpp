#include "ptx/decoder.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/execution.h"

namespace ptxemu {

namespace {

using syntax::Operand;
using syntax::Statement;
using Kind = Operand::Kind;

const std::map<std::string, Special> &specials() {
  static const std::map<std::string, Special> names = {{"%tid.x", Special::TidX},
                                                       {"%tid.y", Special::TidY},
                                                       {"%tid.z", Special::TidZ},
                                                       {"%ntid.x", Special::NtidX},
                                                       {"%ntid.y", Special::NtidY},
                                                       {"%ntid.z", Special::NtidZ},
                                                       {"%ctaid.x", Special::CtaidX},
                                                       {"%ctaid.y", Special::CtaidY},
                                                       {"%ctaid.z", Special::CtaidZ},
                                                       {"%nctaid.x", Special::NctaidX},
                                                       {"%nctaid.y", Special::NctaidY},
                                                       {"%nctaid.z", Special::NctaidZ},
                                                       {"%laneid", Special::Lane},
                                                       {"%warpid", Special::Warp},
                                                       {"%nwarpid", Special::Warps},
                                                       {"%lanemask_eq", Special::MaskEq},
                                                       {"%lanemask_lt", Special::MaskLt},
                                                       {"%lanemask_le", Special::MaskLe},
                                                       {"%lanemask_gt", Special::MaskGt},
                                                       {"%lanemask_ge", Special::MaskGe},
                                                       {"%smid", Special::Sm},
                                                       {"%nsmid", Special::Sms},
                                                       {"%dynamic_smem_size", Special::DynamicShared},
                                                       {"%total_smem_size", Special::TotalShared},
                                                       {"%envreg1", Special::Env1},
                                                       {"%envreg2", Special::Env2},
                                                       {"WARP_SZ", Special::WarpSize}};
  return names;
}

const DecodeTable &decode_table() {
  static const DecodeTable table = [] {
    DecodeTable t;
    for (auto add : {add_integer, add_float, add_logic, add_compare, add_convert, add_moves, add_memory, add_control,
                     add_warp, add_atomics}) {
      add(&t);
    }
    return t;
  }();
  return table;
}

void not_understood(Exec &x, const Instruction &i, u32) {
  throw Fault(kIllegalInstruction, -1, x.frame->function->problems[i.target]);
}

}  // namespace

Decoder::Decoder(const syntax::Function &source, const Module &module, Function *f)
    : function(*f), source_(source), module_(module) {
  lay_out_registers();
  lay_out_variables();
  for (const auto &[name, labels] : source.tables) {
    tables_[name] = static_cast<u32>(function.tables.size());
    std::vector<u32> targets;
    for (const std::string &l : labels) {
      const auto it = source.labels.find(l);
      if (it == source.labels.end()) throw DecodeError("branch target " + l);
      targets.push_back(static_cast<u32>(it->second));
    }
    function.tables.push_back(targets);
  }
}

void Decoder::lay_out_registers() {
  u32 at = 0;
  // Wide slots first keep everything aligned to 64 bytes.
  local_base_ = at;
  at += kWideSlot;
  sink_ = at;
  at += kWideSlot;
  u32 words = 0;
  for (const auto &[name, type] : source_.registers) {
    if (type == Type::Pred) continue;
    registers_[name] = {at, type};
    at += size_of(type) == 8 ? kWideSlot : kNarrowSlot;
    words += size_of(type) == 8 ? 2 : 1;
  }
  for (const auto &[name, type] : source_.registers) {
    if (type != Type::Pred) continue;
    registers_[name] = {at, type};
    at += 4;
  }
  function.register_bytes = static_cast<u32>(round_up(at, 64));
  function.registers = words;
  if (function.register_bytes > kSlotOffset) throw DecodeError("too many registers");
}

void Decoder::lay_out_variables() {
  u64 frame = 0, local = 0, shared = function.shared_begin;
  const auto place = [](u64 *at, const syntax::Variable &v) {
    *at = round_up(*at, std::max<u64>(v.align, 1));
    const u64 here = *at;
    *at += v.bytes;
    return here;
  };
  const auto parameters = [&](const std::vector<syntax::Variable> &list, u64 *at, u64 base,
                              std::vector<Parameter> *out) {
    for (const syntax::Variable &v : list) {
      const u64 here = place(at, v);
      symbols_[v.name] = {Space::Param, base + here, v.bytes, false};
      out->push_back({static_cast<u32>(here), static_cast<u32>(v.bytes)});
    }
  };
  u64 own = 0;
  if (source_.entry) {
    parameters(source_.parameters, &own, 0, &function.parameters);
  } else {
    parameters(source_.parameters, &frame, kFrameParameters, &function.parameters);
    parameters(source_.results, &frame, kFrameParameters, &function.results);
  }
  function.parameter_bytes = static_cast<u32>(own);
  for (const syntax::Variable &v : source_.variables) {
    u64 *at = v.space == Space::Param ? &frame : v.space == Space::Local ? &local : &shared;
    const u64 base = v.space == Space::Param ? kFrameParameters : 0;
    symbols_[v.name] = {v.space, base + place(at, v), v.bytes, false};
  }
  function.frame_parameter_bytes = static_cast<u32>(round_up(frame, 16));
  function.local_bytes = static_cast<u32>(round_up(local, 16));
  function.shared_end = static_cast<u32>(shared);
}

const Decoder::Place *Decoder::find_register(const std::string &name) const {
  const auto it = registers_.find(name);
  return it == registers_.end() ? nullptr : &it->second;
}

const Symbol *Decoder::find_symbol(const std::string &name) const {
  if (const auto it = symbols_.find(name); it != symbols_.end()) return &it->second;
  if (const auto it = module_.symbols.find(name); it != module_.symbols.end()) return &it->second;
  return nullptr;
}

bool Decoder::is_wide(const Operand &o) const {
  const Place *p = find_register(o.name);
  return p && size_of(p->type) == 8;
}

bool Decoder::is_predicate(const Operand &o) const {
  const Place *p = find_register(o.name);
  return p && p->type == Type::Pred;
}

Slot Decoder::constant(u64 bits, bool wide) {
  auto [it, fresh] = constants_.emplace(std::make_pair(bits, wide), 0);
  if (fresh) {
    const u32 offset = static_cast<u32>(function.constants.size());
    function.constants.resize(offset + (wide ? kWideSlot : kNarrowSlot));
    for (u32 l = 0; l < kLanes; l++) {
      const u32 size = wide ? 8 : 4;
      std::memcpy(function.constants.data() + offset + l * size, &bits, size);
    }
    it->second = make_slot(Bank::Constants, offset);
  }
  return it->second;
}

/// What is no register: immediates, special registers, addresses of symbols.
Slot Decoder::value_of(const Operand &o, bool wide) {
  if (o.kind == Kind::Immediate) return constant(o.bits, wide);
  if (o.kind != Kind::Name) throw DecodeError("operand is no value");
  if (const auto it = specials().find(o.name); it != specials().end()) {
    if (wide) throw DecodeError("64-bit use of " + o.name);
    return make_slot(Bank::Special, static_cast<u32>(it->second) * kNarrowSlot);
  }
  const Symbol *s = find_symbol(o.name);
  if (!s) throw DecodeError("unknown operand " + o.name);
  if (s->space == Space::Local) throw DecodeError("address of a local variable outside mov");
  const u64 dynamic = round_up(function.shared_end, function.dynamic_align);
  return constant((s->dynamic ? dynamic : s->address) + static_cast<u64>(o.offset), wide);
}

Slot Decoder::source(const Operand &o, Type t) {
  const bool wide = size_of(t) == 8;
  const Place *p = o.kind == Kind::Name ? find_register(o.name) : nullptr;
  if (!p) return value_of(o, wide);
  if (p->type == Type::Pred || (size_of(p->type) == 8) != wide)
    throw DecodeError("register " + o.name + " has not the width");
  return make_slot(Bank::Frame, p->offset);
}

Slot Decoder::source_any(const Operand &o, bool *wide) {
  const Place *p = o.kind == Kind::Name ? find_register(o.name) : nullptr;
  if (p && p->type == Type::Pred) throw DecodeError("predicate " + o.name + " as a value");
  if (p) {
    *wide = size_of(p->type) == 8;
    return make_slot(Bank::Frame, p->offset);
  }
  *wide = o.kind != Kind::Name || specials().count(o.name) == 0;
  return value_of(o, *wide);
}

Slot Decoder::destination(const Operand &o, Type t) {
  if (o.kind == Kind::Sink) return make_slot(Bank::Frame, sink_);
  const Place *p = o.kind == Kind::Name ? find_register(o.name) : nullptr;
  if (!p || p->type == Type::Pred || (size_of(p->type) == 8) != (size_of(t) == 8)) {
    throw DecodeError("destination " + o.name);
  }
  return make_slot(Bank::Frame, p->offset);
}

Slot Decoder::destination_any(const Operand &o, bool *wide) {
  *wide = o.kind == Kind::Sink || is_wide(o);
  return destination(o, *wide ? Type::B64 : Type::B32);
}

Slot Decoder::predicate(const Operand &o) {
  if (o.kind == Kind::Immediate) return constant((o.bits != 0) != o.negated ? ~u64{0} : 0, false);
  if (!is_predicate(o)) throw DecodeError("predicate expected, not " + o.name);
  return make_slot(Bank::Frame, find_register(o.name)->offset) | (o.negated ? kNegated : 0);
}

Slot Decoder::predicate_destination(const Operand &o) {
  if (o.kind == Kind::Sink) return make_slot(Bank::Frame, sink_);
  return predicate(o) & ~kNegated;
}

i64 Decoder::local_offset(const Operand &o) const {
  const Symbol *s = o.kind == Kind::Name || o.kind == Kind::Memory ? find_symbol(o.name) : nullptr;
  return s && s->space == Space::Local ? static_cast<i64>(s->address) + o.offset : -1;
}

void Decoder::address(const Operand &o, Instruction *i) {
  if (o.kind != Kind::Memory) throw DecodeError("address expected");
  i->offset = o.offset;
  i->wide_a = true;
  if (o.name.empty()) {
    i->a = constant(0, true);
  } else if (const Place *p = find_register(o.name)) {
    i->a = make_slot(Bank::Frame, p->offset);
    i->wide_a = size_of(p->type) == 8;
  } else if (const Symbol *s = find_symbol(o.name)) {
    if (i->space == Space::Generic) i->space = s->space;
    if (s->space == Space::Local) {
      i->a = local_base();
      i->offset += static_cast<i64>(s->address);
    } else {
      const u64 dynamic = round_up(function.shared_end, function.dynamic_align);
      i->a = constant(s->dynamic ? dynamic : s->address, true);
    }
  } else {
    throw DecodeError("unknown address " + o.name);
  }
}

void Decoder::set_list(Instruction *i, const std::vector<Slot> &slots) {
  i->list = static_cast<u32>(function.lists.size());
  i->listed = static_cast<u32>(slots.size());
  function.lists.insert(function.lists.end(), slots.begin(), slots.end());
}

u32 Decoder::label(const Operand &o) const {
  const auto it = source_.labels.find(o.name);
  if (it == source_.labels.end()) throw DecodeError("unknown label " + o.name);
  return static_cast<u32>(it->second);
}

u32 Decoder::table(const Operand &o) const {
  const auto it = tables_.find(o.name);
  if (it == tables_.end()) throw DecodeError("unknown table " + o.name);
  return it->second;
}

u32 Decoder::parameter_of_frame(const Operand &o) const {
  const Symbol *s = find_symbol(o.name);
  if (!s || s->space != Space::Param || s->address < kFrameParameters) throw DecodeError("call parameter " + o.name);
  return static_cast<u32>(s->address - kFrameParameters);
}

u32 Decoder::call_site(const Statement &s) {
  CallSite site;
  std::size_t at = 0;
  if (operand(s, 0).kind == Kind::List) {
    for (const Operand &o : s.operands[at++].parts) site.results.push_back(parameter_of_frame(o));
  }
  const Operand &callee = operand(s, at++);
  if (callee.kind != Kind::Name || find_register(callee.name)) throw DecodeError("indirect call");
  site.callee = callee.name;
  if (at < s.operands.size() && s.operands[at].kind == Kind::List) {
    for (const Operand &o : s.operands[at].parts) site.arguments.push_back(parameter_of_frame(o));
  }
  function.has_calls = true;
  function.calls.push_back(std::move(site));
  return static_cast<u32>(function.calls.size()) - 1;
}

void Decoder::decode(const Statement &s, Instruction *i) {
  const auto it = decode_table().find(s.opcode);
  if (it == decode_table().end()) throw DecodeError("unsupported");
  i->type = type_of(s);
  i->from = type_of(s, 1);
  it->second(*this, s, i);
  if (!s.guard.empty()) {
    Operand o;
    o.kind = Kind::Name;
    o.name = s.guard;
    o.negated = s.guard_negated;
    i->guard = predicate(o);
  }
}

void Decoder::decode_body() {
  for (const Statement &s : source_.statements) {
    Instruction i;
    try {
      decode(s, &i);
    } catch (const DecodeError &e) {
      i = Instruction{};
      i.run = not_understood;
      i.target = static_cast<u32>(function.problems.size());
      function.problems.push_back(std::string("instruction not understood (") + e.what() + ")");
    }
    function.code.push_back(i);
    function.texts.push_back(s.text);
  }
  Instruction end;
  end.flow = Flow::Return;
  function.code.push_back(end);
  function.texts.push_back("end of function");
}

}  // namespace ptxemu
