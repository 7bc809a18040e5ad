#include "runtime/modules.h"

#include <cstdio>
#include <cstring>
#include <map>
#include <set>

#include "core/fat_binary.h"
#include "core/settings.h"
#include "ptx/decoder.h"

namespace ptxemu {

namespace {

struct Name {
  Binary *binary;
  std::string name;
};

struct Registry {
  std::map<const void *, Name> kernels, variables;
  std::set<const void *> functions;
};

Registry &registry() {
  static auto *r = new Registry;
  return *r;
}

constexpr u32 kFatBinary = 0xba55ed50;
constexpr u32 kElf = 0x464c457f;

u32 first_word(const void *image) {
  u32 w;
  std::memcpy(&w, image, sizeof w);
  return w;
}

std::unique_ptr<Module> load_text(std::string_view ptx) {
  try {
    auto m = load_module(ptx, 0);
    adopt(*m);
    return m;
  } catch (const std::exception &e) {
    std::fprintf(stderr, "ptxemu: %s\n", e.what());
    return nullptr;
  }
}

Module *module_of(Binary *b) {
  if (!b->tried) {
    b->tried = true;
    b->module = load_image(b->data);
  }
  return b->module.get();
}

}  // namespace

Binary *register_binary(const u8 *data) {
  auto *b = new Binary;
  b->data = data;
  return b;
}

void unregister_binary(Binary *b) {
  for (auto *names : {&registry().kernels, &registry().variables}) {
    for (auto it = names->begin(); it != names->end();) it = it->second.binary == b ? names->erase(it) : std::next(it);
  }
  if (b->module) forget(*b->module);
  delete b;
}

void register_kernel(Binary *b, const void *host, const char *name) { registry().kernels[host] = {b, name}; }
void register_variable(Binary *b, const void *host, const char *name) { registry().variables[host] = {b, name}; }

Function *find_kernel(const void *host) {
  if (registry().functions.count(host)) return static_cast<Function *>(const_cast<void *>(host));
  const auto it = registry().kernels.find(host);
  if (it == registry().kernels.end()) return nullptr;
  Module *m = module_of(it->second.binary);
  if (!m) return nullptr;
  const auto f = m->functions.find(it->second.name);
  return f == m->functions.end() ? nullptr : f->second.get();
}

const Symbol *find_variable(const void *host) {
  const auto it = registry().variables.find(host);
  if (it == registry().variables.end()) return nullptr;
  Module *m = module_of(it->second.binary);
  if (!m) return nullptr;
  const auto s = m->symbols.find(it->second.name);
  return s == m->symbols.end() ? nullptr : &s->second;
}

std::unique_ptr<Module> load_image(const void *image) {
  if (first_word(image) == kElf) {
    std::fprintf(stderr, "ptxemu: machine code (SASS) cannot be interpreted; PTX is needed\n");
    return nullptr;
  }
  if (first_word(image) != kFatBinary) return load_text(static_cast<const char *>(image));
  const EmbeddedPtx ptx = find_ptx(static_cast<const u8 *>(image), static_cast<u32>(settings().capability));
  if (ptx.text.empty()) {
    std::fprintf(stderr, "ptxemu: no usable code in the library: %s\n", ptx.problem.c_str());
    return nullptr;
  }
  return load_text(ptx.text);
}

void adopt(const Module &m) {
  for (const auto &[name, f] : m.functions) registry().functions.insert(f.get());
}

void forget(const Module &m) {
  for (const auto &[name, f] : m.functions) registry().functions.erase(f.get());
}

}  // namespace ptxemu
