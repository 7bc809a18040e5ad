// A step takes no memory: every way to the C library's allocator is counted, whoever goes it. oneDNN alone keeps a list
// of a call's arguments, a few small nodes that are gone when the call is over.
#include <atomic>
#include <cerrno>

#include "check.h"
#include "nn/twin.h"

namespace {

constexpr size_t kNode = 4096;  // the smallest activation here has 96,000 bytes

std::atomic<bool> counting{false};
std::atomic<int64_t> allocations{0};
std::atomic<int64_t> large{0};
std::atomic<int64_t> live{0};

void *counted(void *memory, size_t size) {
  if (counting.load(std::memory_order_relaxed) && memory != nullptr) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    live.fetch_add(1, std::memory_order_relaxed);
    if (size > kNode) large.fetch_add(1, std::memory_order_relaxed);
  }
  return memory;
}

}  // namespace

extern "C" {
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

void *malloc(size_t size) { return counted(__libc_malloc(size), size); }
void *calloc(size_t count, size_t size) { return counted(__libc_calloc(count, size), count * size); }
void *memalign(size_t alignment, size_t size) { return counted(__libc_memalign(alignment, size), size); }
void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }
int posix_memalign(void **memory, size_t alignment, size_t size) {
  *memory = memalign(alignment, size);
  return *memory == nullptr ? ENOMEM : 0;
}
void free(void *memory) {
  if (counting.load(std::memory_order_relaxed) && memory != nullptr) live.fetch_sub(1, std::memory_order_relaxed);
  __libc_free(memory);
}
void *realloc(void *memory, size_t size) {
  if (counting.load(std::memory_order_relaxed) && memory != nullptr) live.fetch_sub(1, std::memory_order_relaxed);
  return counted(__libc_realloc(memory, size), size);
}
}

int main() {
  for (const int threads : {1, 2}) {
    twin::Network n(300, 120, threads);
    const int32_t skip = n.relu(n.linear(0, 256, true), 1.5);
    n.finish(n.linear(n.relu(n.sum(n.linear(skip, 256, true), skip), 1), 200, true), 3);
    // The first call starts the threads of this one.
    n.run(true, 120);
    large = live = 0;
    counting = true;
    for (int i = 0; i < 20; i++) {
      n.run(true, i % 2 == 0 ? 120 : 33);
      n.run(false, 17);
    }
    counting = false;
    CHECK(large == 0);
    if (live != 0) std::fprintf(stderr, "%lld blocks more than before, on %d threads\n", (long long)live, threads);
    CHECK(live == 0);
  }
  {
    twin::Network n(twin::Shape{16, 16, 16}, 12, 2);
    const twin::Window three{3, 3, 1, 1, 1, 1}, two{2, 2, 2, 2, 0, 0};
    int32_t x = n.relu(n.batch_norm(n.convolution(0, 32, three, 1, false), 1e-5, 0.1), 1);
    x = n.pool(n.relu(n.sum(n.convolution(x, 32, three, 2, true), x), 1), two, true);
    x = n.dropout(n.layer_norm(n.flatten(n.pool(x, two, false)), 1e-5), 0.5, 1);
    n.finish(n.linear(x, 10, true), 3);
    n.run(true, 12);
    n.run(false, 12);
    large = live = 0;
    counting = true;
    for (int i = 0; i < 5; i++) {
      n.run(true, i % 2 == 0 ? 12 : 5);
      n.run(false, 7);
    }
    counting = false;
    CHECK(large == 0 && live == 0);
  }
  {
    twin::Network n(twin::Shape{40}, 64, 2);
    n.finish(n.linear(n.embedding(30, 64), 10, true), 3);
    n.run(true, 64);
    n.run(false, 64);
    large = live = 0;
    counting = true;
    for (int i = 0; i < 5; i++) {
      n.run(true, i % 2 == 0 ? 64 : 5);
      n.run(false, 7);
    }
    counting = false;
    CHECK(large == 0 && live == 0);
  }
  // The counter counts.
  allocations = large = live = 0;
  counting = true;
  {
    twin::Network another(300, 30, 1);
    CHECK(live > 0);
  }
  counting = false;
  CHECK(allocations > 0 && large > 0);
  return nero_failures == 0 ? 0 : 1;
}
