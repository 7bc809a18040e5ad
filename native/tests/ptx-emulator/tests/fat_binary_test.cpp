// Fat binaries: which PTX is taken, and how it is expanded.
#include "core/fat_binary.h"

#include <cstring>
#include <string>
#include <vector>

#include "../../check.h"

using namespace ptxemu;

namespace {

template <class T>
void put(std::vector<u8> *to, std::size_t at, T v) {
  std::memcpy(to->data() + at, &v, sizeof v);
}

constexpr u16 kPtx = 1, kSass = 2;
constexpr u64 kLz4 = 0x2000;

/// One entry as nvcc writes it.
std::vector<u8> entry(u16 kind, u32 architecture, const std::string &payload, u64 flags = 0, u64 expanded = 0) {
  std::vector<u8> e(64);
  put(&e, 0, kind);
  put(&e, 4, u32{64});
  put(&e, 8, static_cast<u64>(payload.size()));
  put(&e, 16, static_cast<u32>(flags ? payload.size() : 0));
  put(&e, 28, architecture);
  put(&e, 40, flags);
  put(&e, 56, expanded);
  for (const char c : payload) e.push_back(static_cast<u8>(c));
  return e;
}

std::vector<u8> fat_binary(const std::vector<std::vector<u8>> &entries) {
  std::vector<u8> all(16);
  for (const auto &e : entries) all.insert(all.end(), e.begin(), e.end());
  put(&all, 0, u32{0xba55ed50});
  put(&all, 6, u16{16});
  put(&all, 8, static_cast<u64>(all.size() - 16));
  return all;
}

void the_highest_is_taken() {
  const auto b = fat_binary({entry(kSass, 90, "machine code"), entry(kPtx, 75, "old"), entry(kPtx, 90, "new")});
  CHECK(find_ptx(b.data(), 120).text == "new" && find_ptx(b.data(), 120).architecture == 90);
  CHECK(find_ptx(b.data(), 89).text == "old");
  CHECK(find_ptx(b.data(), 70).text.empty() && find_ptx(b.data(), 70).problem.find("newer") != std::string::npos);
  const auto sass = fat_binary({entry(kSass, 90, "machine code")});
  CHECK(find_ptx(sass.data(), 120).text.empty() && !find_ptx(sass.data(), 120).problem.empty());
}

/// A library holds one of these for each source file, one behind the other; each is registered by itself.
void neighbours_are_left_alone() {
  auto b = fat_binary({entry(kPtx, 75, "mine")});
  const auto other = fat_binary({entry(kPtx, 90, "another's")});
  b.insert(b.end(), other.begin(), other.end());
  CHECK(find_ptx(b.data(), 120).text == "mine");
}

void compression() {
  // Four literals, a match of eight that overlaps itself, then one literal at the end.
  const std::string packed(
      "\x44"
      "abcd\x02\x00\x10!",
      9);
  std::string text;
  const auto *bytes = reinterpret_cast<const u8 *>(packed.data());
  CHECK(expand_lz4(bytes, packed.size(), 13, &text) && text == "abcdcdcdcdcd!");
  CHECK(!expand_lz4(bytes, 4, 13, &text));
  auto b = fat_binary({entry(kPtx, 75, packed, kLz4, 13)});
  CHECK(find_ptx(b.data(), 120).text == "abcdcdcdcdcd!");
  b = fat_binary({entry(kPtx, 75, packed.substr(0, 4), kLz4, 13)});
  CHECK(find_ptx(b.data(), 120).problem.find("--compress-mode=none") != std::string::npos);
}

}  // namespace

int main() {
  the_highest_is_taken();
  neighbours_are_left_alone();
  compression();
  return nero_failures != 0;
}
