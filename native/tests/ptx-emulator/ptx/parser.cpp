#include "ptx/parser.h"

#include <algorithm>
#include <cstdlib>

namespace ptxemu {

namespace {

using syntax::Function;
using syntax::Operand;
using syntax::Statement;
using syntax::Variable;

bool starts_with(const std::string &s, const char *prefix) { return s.rfind(prefix, 0) == 0; }

u64 to_number(const std::string &s) { return std::strtoull(s.c_str(), nullptr, 0); }

/// `{1, 2, symbol}` behind an equals sign.
void parse_initial(Cursor &at, Variable *v) {
  std::string list = at.until(';');
  at.move_to(at.position() - 1);
  std::replace_if(
      list.begin(), list.end(), [](char c) { return c == '{' || c == '}'; }, ' ');
  for (const std::string &element : split_list(list)) {
    if (element.empty()) continue;
    u64 bits = 0;
    if (!parse_number(element, &bits)) {
      std::string symbol = element;
      if (starts_with(symbol, "generic(")) symbol = symbol.substr(8, symbol.size() - 9);
      v->addresses.emplace_back(v->values.size(), symbol);
    }
    v->values.push_back(bits);
  }
}

/// A variable from behind the word of its state space up to `;`, `,` or `)`.
Variable parse_variable(Cursor &at, Space space) {
  Variable v;
  v.space = space;
  u64 vector = 1;
  for (;;) {
    const std::string w = at.word();
    if (w == ".align") {
      v.align = to_number(at.word());
    } else if (w == ".v2" || w == ".v4") {
      vector = w == ".v2" ? 2 : 4;
    } else if (starts_with(w, ".")) {  // a type; or .ptr .global and the like, which change nothing here
      if (const Type t = type_named(w.substr(1)); t != Type::None) v.type = t;
    } else {
      if (w.empty()) at.fail("variable without a name");
      v.name = w;
      break;
    }
  }
  const u64 element = static_cast<u64>(size_of(v.type)) * vector;
  v.align = std::max(v.align, std::min<u64>(element, 16));
  u64 count = 1;
  bool open = false;
  while (at.eat('[')) {
    const std::string n = at.word();
    open = open || n.empty();
    count *= to_number(n);
    at.expect(']');
  }
  if (at.eat('=')) parse_initial(at, &v);
  v.bytes = element * (open ? v.values.size() : count);
  return v;
}

std::vector<Variable> parse_parameters(Cursor &at) {
  std::vector<Variable> list;
  if (!at.eat('(')) return list;
  while (!at.eat(')')) {
    const std::string w = at.word();
    if (w != ".param" && w != ".reg") at.fail("parameter expected, found '" + w + "'");
    list.push_back(parse_variable(at, Space::Param));
    at.eat(',');
  }
  return list;
}

/// The body of a function. Names declared in an inner { } are renamed, so that each is unique in the function.
class BodyParser {
 public:
  BodyParser(Cursor &at, Function *f) : at_(at), f_(*f) {}

  void parse() {
    at_.expect('{');
    scopes_.push_back({-1, {}});
    int depth = 1;
    while (depth > 0) {
      if (at_.eat('{')) {
        scopes_.push_back({scope_, {}});
        scope_ = static_cast<int>(scopes_.size()) - 1;
        depth++;
      } else if (at_.eat('}')) {
        scope_ = scopes_[static_cast<std::size_t>(scope_)].parent;
        depth--;
      } else {
        parse_line();
      }
    }
    for (Statement &s : f_.statements) resolve(&s);
  }

 private:
  struct Scope {
    int parent;
    std::map<std::string, std::string> names;
  };

  void parse_line() {
    const std::size_t begin = at_.position();
    const std::string w = at_.word();
    if (w == ".loc" || w == ".file") {
      at_.skip_line();
    } else if (w == ".pragma") {
      at_.until(';');
    } else if (w == ".reg") {
      parse_registers();
    } else if (w == ".param" || w == ".local" || w == ".shared") {
      const Space space = w == ".param" ? Space::Param : w == ".local" ? Space::Local : Space::Shared;
      f_.variables.push_back(parse_variable(at_, space));
      at_.expect(';');
      f_.variables.back().name = declared(f_.variables.back().name);
    } else if (!w.empty() && at_.peek() == ':') {
      at_.expect(':');
      parse_label(w);
    } else {
      at_.move_to(begin);
      parse_statement();
    }
  }

  std::string declared(const std::string &name) {
    if (scope_ == 0) return name;
    const std::string unique = name + "@" + std::to_string(scope_);
    scopes_[static_cast<std::size_t>(scope_)].names[name] = unique;
    return unique;
  }

  void parse_registers() {
    Type type = Type::None;
    std::string w = at_.word();
    for (; starts_with(w, "."); w = at_.word()) {
      if (const Type t = type_named(w.substr(1)); t != Type::None) type = t;
    }
    for (;; w = at_.word()) {
      if (at_.eat('<')) {
        const u64 count = to_number(at_.word());
        at_.expect('>');
        for (u64 i = 0; i < count; i++) f_.registers[declared(w + std::to_string(i))] = type;
      } else {
        f_.registers[declared(w)] = type;
      }
      if (!at_.eat(',')) break;
    }
    at_.expect(';');
  }

  void parse_label(const std::string &name) {
    const std::size_t begin = at_.position();
    const std::string w = at_.word();
    if (w == ".branchtargets" || w == ".calltargets") {
      f_.tables[declared(name)] = split_list(at_.until(';'));
    } else if (w == ".callprototype") {
      at_.until(';');
    } else {
      at_.move_to(begin);
      f_.labels[declared(name)] = f_.statements.size();
    }
  }

  void parse_statement() {
    Statement s;
    s.scope = scope_;
    const std::string raw = at_.until(';');
    s.text = trimmed(raw);
    std::replace_if(
        s.text.begin(), s.text.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
    std::string rest = s.text;
    const auto first = [&rest] {
      const std::size_t end = std::min(rest.find(' '), rest.size());
      const std::string head = rest.substr(0, end);
      rest = trimmed(rest.substr(end));
      return head;
    };
    if (starts_with(rest, "@")) {
      s.guard = first().substr(1);
      s.guard_negated = starts_with(s.guard, "!");
      if (s.guard_negated) s.guard.erase(0, 1);
    }
    std::string opcode = first();
    const auto next_part = [&opcode] {
      const std::size_t dot = std::min(opcode.find('.'), opcode.size());
      const std::string part = opcode.substr(0, dot);
      opcode.erase(0, std::min(dot + 1, opcode.size()));
      return part;
    };
    s.opcode = next_part();
    while (!opcode.empty()) {
      const std::string part = next_part();
      s.modifiers.push_back(part.substr(0, part.find("::")));
    }
    for (const std::string &o : split_list(rest)) s.operands.push_back(parse_operand(o));
    f_.statements.push_back(std::move(s));
  }

  const std::string &resolved(const std::string &name, int scope) const {
    for (; scope > 0; scope = scopes_[static_cast<std::size_t>(scope)].parent) {
      const auto &names = scopes_[static_cast<std::size_t>(scope)].names;
      if (const auto it = names.find(name); it != names.end()) return it->second;
    }
    return name;
  }

  void resolve(Operand *o, int scope) const {
    if (!o->name.empty()) o->name = resolved(o->name, scope);
    for (Operand &part : o->parts) resolve(&part, scope);
  }

  void resolve(Statement *s) const {
    s->guard = resolved(s->guard, s->scope);
    for (Operand &o : s->operands) resolve(&o, s->scope);
  }

  Cursor &at_;
  Function &f_;
  std::vector<Scope> scopes_;
  int scope_ = 0;
};

/// Between the parameters and the body: .maxntid and other directives.
void parse_directives(Cursor &at, Function *f) {
  while (at.peek() != '{' && at.peek() != ';') {
    const std::string w = at.word();
    if (w == ".maxntid") {
      f->max_threads = 1;
      do {
        f->max_threads *= static_cast<u32>(to_number(at.word()));
      } while (at.eat(','));
    } else if (w.empty() && !at.eat(',')) {
      at.fail("directive of " + f->name);
    }
  }
}

Function parse_function(Cursor &at, bool entry) {
  Function f;
  f.entry = entry;
  if (!entry) f.results = parse_parameters(at);
  f.name = at.word();
  f.parameters = parse_parameters(at);
  parse_directives(at, &f);
  if (at.eat(';')) return f;
  f.defined = true;
  BodyParser(at, &f).parse();
  return f;
}

}  // namespace

syntax::Module parse_ptx(std::string_view text) {
  Cursor at(text);
  syntax::Module m;
  bool external = false;
  while (!at.at_end()) {
    if (at.eat(';')) continue;
    const std::string w = at.word();
    if (w == ".version" || w == ".address_size" || w == ".file" || w == ".pragma") {
      at.skip_line();
    } else if (w == ".target") {
      m.target = at.word();
      at.skip_line();
    } else if (w == ".section") {
      at.until('}');
    } else if (w == ".alias") {
      at.until(';');
    } else if (w == ".visible" || w == ".weak" || w == ".common") {
      continue;
    } else if (w == ".extern") {
      external = true;
      continue;
    } else if (w == ".entry" || w == ".func") {
      m.functions.push_back(parse_function(at, w == ".entry"));
    } else if (w == ".global" || w == ".const" || w == ".shared") {
      const Space space = w == ".global" ? Space::Global : w == ".const" ? Space::Const : Space::Shared;
      m.variables.push_back(parse_variable(at, space));
      m.variables.back().external = external;
      at.expect(';');
    } else {
      at.fail("unknown directive '" + w + "'");
    }
    external = false;
  }
  return m;
}

}  // namespace ptxemu
