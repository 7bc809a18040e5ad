#include "core/fat_binary.h"

#include <dlfcn.h>

#include <algorithm>

#include "core/values.h"

namespace ptxemu {

namespace {

constexpr u32 kMagic = 0xba55ed50;
constexpr u16 kPtx = 1;
constexpr u64 kLz4 = 0x2000, kZstd = 0x8000;

template <class T>
T read(const u8 *from) {
  T v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

/// One entry's header, as far as it is of use here.
struct Entry {
  explicit Entry(const u8 *at)
      : kind(read<u16>(at)),
        header(read<u32>(at + 4)),
        bytes(read<u64>(at + 8)),
        compressed(read<u32>(at + 16)),
        architecture(read<u32>(at + 28)),
        flags(read<u64>(at + 40)),
        expanded(read<u64>(at + 56)),
        payload(at + header) {}

  u16 kind;
  u32 header;
  u64 bytes;
  u32 compressed;
  u32 architecture;
  u64 flags;
  u64 expanded;
  const u8 *payload;
};

/// By the system's libzstd, where there is one.
bool expand_zstd(const Entry &e, std::string *to) {
  using Decompress = std::size_t (*)(void *, std::size_t, const void *, std::size_t);
  static const auto decompress = [] {
    void *library = dlopen("libzstd.so.1", RTLD_NOW);
    return library ? reinterpret_cast<Decompress>(dlsym(library, "ZSTD_decompress")) : nullptr;
  }();
  if (!decompress) return false;
  to->resize(e.expanded);
  const std::size_t n = decompress(to->data(), e.expanded, e.payload, e.compressed);
  if (n > e.expanded) return false;
  to->resize(n);
  return true;
}

std::string text_of(const Entry &e, std::string *problem) {
  std::string text;
  if (e.flags & kZstd) {
    if (!expand_zstd(e, &text)) {
      *problem = "its PTX is compressed by zstd, and no libzstd.so.1 is here: build with nvcc --compress-mode=none";
      text.clear();
    }
  } else if (e.flags & kLz4) {
    if (!expand_lz4(e.payload, e.compressed, e.expanded, &text)) {
      *problem = "its PTX cannot be expanded: build with nvcc --compress-mode=none";
      text.clear();
    }
  } else {
    text.assign(reinterpret_cast<const char *>(e.payload), e.bytes);
  }
  return text.substr(0, text.find('\0'));
}

}  // namespace

EmbeddedPtx find_ptx(const u8 *at, u32 capability) {
  EmbeddedPtx best;
  best.problem = "it holds no PTX: build with nvcc -gencode arch=compute_XX,code=compute_XX";
  // What stands behind it belongs to another source file of the library, which registers it itself.
  if (read<u32>(at) == kMagic) {
    const u16 header = read<u16>(at + 6);
    const u64 bytes = read<u64>(at + 8);
    const u8 *end = at + header + bytes;
    for (at += header; at < end;) {
      const Entry e(at);
      if (e.kind == kPtx && e.architecture > capability) {
        best.problem = "its PTX is for a newer device than PTXEMU_CC says";
      } else if (e.kind == kPtx && e.architecture >= best.architecture) {
        std::string text = text_of(e, &best.problem);
        if (!text.empty()) {
          best.text = std::move(text);
          best.architecture = e.architecture;
        }
      }
      at += e.header + e.bytes;
    }
  }
  return best;
}

bool expand_lz4(const u8 *from, u64 bytes, u64 expanded, std::string *to) {
  const u8 *end = from + bytes;
  to->clear();
  to->reserve(expanded);
  const auto length = [&](u64 n) {
    for (u8 more = 255; n >= 15 && more == 255 && from < end;) n += more = *from++;
    return n;
  };
  while (from < end && to->size() < expanded) {
    const u8 token = *from++;
    const u64 literals = length(token >> 4);
    if (literals > static_cast<u64>(end - from)) return false;
    to->append(reinterpret_cast<const char *>(from), literals);
    from += literals;
    if (from + 2 > end) break;  // the last sequence has literals alone
    const u64 distance = read<u16>(from);
    from += 2;
    const u64 match = length(token & 15) + 4;
    if (distance == 0 || distance > to->size()) return false;
    for (u64 i = 0; i < match; i++) to->push_back((*to)[to->size() - distance]);
  }
  return to->size() == expanded;
}

}  // namespace ptxemu
