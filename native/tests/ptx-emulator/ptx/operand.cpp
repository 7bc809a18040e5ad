#include "ptx/parser.h"

namespace ptxemu {

namespace {

using syntax::Operand;

/// `x`, `x+8`, `x+-8`, `16`: a base and an offset.
void parse_sum(const std::string &s, Operand *o) {
  std::size_t plus = s.find('+');
  const std::string base = trimmed(s.substr(0, plus));
  u64 bits = 0;
  if (plus != std::string::npos) {
    if (!parse_number(trimmed(s.substr(plus + 1)), &bits)) throw ParseError("PTX: offset in operand: " + s);
    o->offset = static_cast<i64>(bits);
  }
  if (parse_number(base, &bits)) {
    o->offset += static_cast<i64>(bits);
  } else {
    o->name = base;
  }
}

void parse_parts(const std::string &s, Operand *o) {
  for (const std::string &part : split_list(s)) {
    if (!part.empty()) o->parts.push_back(parse_operand(part));
  }
}

}  // namespace

Operand parse_operand(std::string_view text) {
  const std::string s = trimmed(text);
  Operand o;
  if (s.empty()) throw ParseError("PTX: empty operand");
  if (s == "_") return o;
  if (s[0] == '!') {
    o = parse_operand(s.substr(1));
    o.negated = true;
    return o;
  }
  const std::string inner = s.size() >= 2 ? s.substr(1, s.size() - 2) : "";
  if (s[0] == '{' || s[0] == '(') {
    o.kind = s[0] == '{' ? Operand::Kind::Vector : Operand::Kind::List;
    parse_parts(inner, &o);
    return o;
  }
  if (s[0] == '[') {
    o.kind = Operand::Kind::Memory;
    parse_sum(trimmed(inner), &o);
    return o;
  }
  if (const std::size_t bar = s.find('|'); bar != std::string::npos) {
    o.kind = Operand::Kind::Vector;
    o.parts = {parse_operand(s.substr(0, bar)), parse_operand(s.substr(bar + 1))};
    return o;
  }
  if (parse_number(s, &o.bits, &o.single)) {
    o.kind = Operand::Kind::Immediate;
    return o;
  }
  o.kind = Operand::Kind::Name;
  parse_sum(s, &o);
  return o;
}

}  // namespace ptxemu
