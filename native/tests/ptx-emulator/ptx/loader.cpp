// Lays out a module: global variables on the device, shared memory by kernel, calls to their functions.
#include <algorithm>
#include <cstring>
#include <set>

#include "core/device_memory.h"
#include "ptx/decoder.h"
#include "ptx/parser.h"

namespace ptxemu {

namespace {

using syntax::Variable;

void allocate_global(const Variable &v, int device, Module *m) {
  DeviceMemory &memory = DeviceMemory::instance();
  const u64 at = memory.allocate(std::max<u64>(v.bytes, 1), device);
  if (!at) throw std::runtime_error("no device memory for " + v.name);
  m->allocations.push_back(at);
  u8 *host = memory.view(at, v.bytes);
  std::memset(host, 0, v.bytes);
  const auto size = static_cast<std::size_t>(size_of(v.type));
  for (std::size_t i = 0; i < v.values.size(); i++) std::memcpy(host + i * size, &v.values[i], size);
  for (const auto &[element, name] : v.addresses) {
    const auto it = m->symbols.find(name);
    if (it == m->symbols.end()) continue;
    std::memcpy(host + element * size, &it->second.address, size);
  }
  m->symbols[v.name] = {v.space, at, v.bytes, false};
}

/// Shared variables that several functions see, and those of device functions, lie below every kernel's own.
u64 lay_out_shared(const syntax::Module &source, Module *m, u64 *dynamic_align) {
  u64 top = 0;
  for (const Variable &v : source.variables) {
    if (v.space != Space::Shared) continue;
    if (v.external) {
      m->symbols[v.name] = {Space::Shared, 0, 0, true};
      *dynamic_align = std::max(*dynamic_align, v.align);
    } else {
      top = round_up(top, v.align);
      m->symbols[v.name] = {Space::Shared, top, v.bytes, false};
      top += v.bytes;
    }
  }
  return top;
}

void link_calls(Module *m) {
  for (auto &[name, f] : m->functions) {
    for (const CallSite &c : f->calls) {
      const auto it = m->functions.find(c.callee);
      f->callees.push_back(it == m->functions.end() ? nullptr : it->second.get());
    }
  }
  for (auto &[name, f] : m->functions) {
    std::set<const Function *> seen;
    std::vector<const Function *> open = {f.get()};
    while (!open.empty()) {
      const Function *at = open.back();
      open.pop_back();
      if (!at || !seen.insert(at).second) continue;
      f->orders_blocks = f->orders_blocks || at->orders_blocks;
      open.insert(open.end(), at->callees.begin(), at->callees.end());
    }
  }
}

}  // namespace

Module::~Module() {
  for (const u64 a : allocations) DeviceMemory::instance().release(a);
}

std::unique_ptr<Module> load_module(std::string_view ptx, int device) {
  const syntax::Module source = parse_ptx(ptx);
  auto m = std::make_unique<Module>();
  m->target = source.target;
  m->device = device;
  u64 dynamic_align = 16;
  u64 shared = lay_out_shared(source, m.get(), &dynamic_align);
  for (const Variable &v : source.variables) {
    if (v.space != Space::Shared && !v.external) allocate_global(v, device, m.get());
  }
  // Device functions first: their shared memory is part of every kernel's.
  for (const bool entries : {false, true}) {
    for (const syntax::Function &f : source.functions) {
      if (!f.defined || f.entry != entries) continue;
      auto &made = m->functions[f.name];
      made = std::make_unique<Function>();
      made->name = f.name;
      made->entry = f.entry;
      made->max_threads = f.max_threads;
      made->shared_begin = static_cast<u32>(shared);
      made->dynamic_align = static_cast<u32>(dynamic_align);
      Decoder(f, *m, made.get()).decode_body();
      if (!entries) shared = made->shared_end;
    }
  }
  link_calls(m.get());
  return m;
}

}  // namespace ptxemu
