#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "spate/types/HashMix.h"
#include "spate/types/SameBytes.h"

namespace spate {

/// Numbers distinct byte strings from 0 in the order in which they come first. Looks many up at
/// once, so that the memory of one is on its way while others are compared.
///
/// Kept    a copy of each distinct string
/// Threads one at a time; findAll() also from many while nobody adds
class KeyIndex {
 public:
  static constexpr uint32_t kNone = 0xffffffffu;

  uint32_t size() const { return static_cast<uint32_t>(keys_.size()); }

  /// The numbers of `textAt(0)` to `textAt(count - 1)`, each a std::string_view; `added(i)` is told
  /// of each text that is new.
  template <class TextAt, class Added>
  void findOrAddAll(size_t count, TextAt textAt, uint32_t* numbers, Added added) {
    forChunks(count, textAt, numbers, [&](size_t i, std::string_view text, uint64_t hash) {
      const uint32_t found = find(text, hash);
      if (found != kNone) return found;
      added(i);
      return add(text, hash);
    });
  }

  /// The same, with kNone for texts that are not there.
  template <class TextAt>
  void findAll(size_t count, TextAt textAt, uint32_t* numbers) const {
    forChunks(count, textAt, numbers,
              [&](size_t, std::string_view text, uint64_t hash) { return find(text, hash); });
  }

 private:
  /// A text's number, and half of its hash by which most others are told from it.
  struct Slot {
    uint32_t tag = 0;
    uint32_t number = kNone;
  };
  struct Key {
    const char* data;
    size_t size;
  };
  static constexpr size_t kChunk = 32;

  static uint32_t tagOf(uint64_t hash) { return static_cast<uint32_t>(hash); }
  size_t placeOf(uint64_t hash) const { return static_cast<size_t>(hash >> shift_); }
  bool isAt(uint32_t number, std::string_view text) const {
    const Key& key = keys_[number];
    return sameBytes({key.data, key.size}, text);
  }

  /// `slow` is asked where the first text with the tag is not the one.
  template <class TextAt, class Slow>
  void forChunks(size_t count, TextAt& textAt, uint32_t* numbers, Slow slow) const {
    uint64_t hashes[kChunk];
    uint32_t candidates[kChunk];
    for (size_t begin = 0; begin < count; begin += kChunk) {
      const size_t chunk = count - begin < kChunk ? count - begin : kChunk;
      if (slots_.empty()) {  // nothing to look at yet
        for (size_t i = begin; i < begin + chunk; ++i) {
          const std::string_view text = textAt(i);
          numbers[i] = slow(i, text, hashBytes(text, 0));
        }
        continue;
      }
      for (size_t i = 0; i < chunk; ++i) {
        hashes[i] = hashBytes(textAt(begin + i), 0);
        __builtin_prefetch(&slots_[placeOf(hashes[i])]);
      }
      for (size_t i = 0; i < chunk; ++i) {
        candidates[i] = candidate(hashes[i]);
        if (candidates[i] != kNone) __builtin_prefetch(&keys_[candidates[i]]);
      }
      for (size_t i = 0; i < chunk; ++i)
        if (candidates[i] != kNone) __builtin_prefetch(keys_[candidates[i]].data);
      for (size_t i = 0; i < chunk; ++i) {
        const std::string_view text = textAt(begin + i);
        numbers[begin + i] = candidates[i] != kNone && isAt(candidates[i], text)
                                 ? candidates[i]
                                 : slow(begin + i, text, hashes[i]);
      }
    }
  }

  /// The first with the tag.
  uint32_t candidate(uint64_t hash) const {
    const size_t mask = slots_.size() - 1;
    for (size_t place = placeOf(hash);; place = (place + 1) & mask) {
      const Slot& slot = slots_[place];
      if (slot.number == kNone || slot.tag == tagOf(hash)) return slot.number;
    }
  }

  uint32_t find(std::string_view text, uint64_t hash) const;
  uint32_t add(std::string_view text, uint64_t hash);
  void grow();
  const char* keep(std::string_view text);

  /// A power of two of them, at most half of them full; empty until the first text.
  std::vector<Slot> slots_;
  int shift_ = 64;
  std::vector<Key> keys_;
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* at_ = nullptr;
  size_t free_ = 0;
};

}  // namespace spate
