// Who touched which word of shared memory since the block's last barrier.
#pragma once

#include <vector>

#include "core/types.h"

namespace ptxemu {

/// Finds accesses of different warps to one word between two barriers, one of them a write: the order of the two is
/// then chance. Atomics and volatile accesses are left out; so are writes of the value that is there.
class SharedShadow {
 public:
  void reset(u64 bytes) { words_.assign((bytes + 3) / 4, Word{}); }
  /// All threads of the block have met.
  void next_interval() { interval_++; }

  /// True when the access is one of a race.
  bool read(u64 address, u32 bytes, u32 warp) {
    bool race = false;
    for (u64 w = address / 4; w <= (address + bytes - 1) / 4; w++) {
      Word &word = words_[w];
      race = race || (word.written == interval_ && word.writer != warp);
      if (word.read != interval_) {
        word.read = interval_;
        word.reader = static_cast<u16>(warp);
      } else if (word.reader != warp) {
        word.reader = kSeveral;
      }
    }
    return race;
  }

  bool write(u64 address, u32 bytes, u32 warp) {
    bool race = false;
    for (u64 w = address / 4; w <= (address + bytes - 1) / 4; w++) {
      Word &word = words_[w];
      // Bytes of one word may belong to different warps.
      race = race || (bytes >= 4 && word.written == interval_ && word.writer != warp) ||
             (bytes >= 4 && word.read == interval_ && word.reader != warp);
      word.written = interval_;
      word.writer = static_cast<u16>(warp);
    }
    return race;
  }

 private:
  static constexpr u16 kSeveral = 0xffff;
  struct Word {
    u32 written = 0;
    u32 read = 0;
    u16 writer = 0;
    u16 reader = 0;
  };

  std::vector<Word> words_;
  u32 interval_ = 1;
};

}  // namespace ptxemu
