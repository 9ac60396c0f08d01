#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "spate/types/HashMix.h"
#include "spate/types/SameBytes.h"

namespace spate {

/// Numbers distinct keys from 0 in the order in which they come first. Looks many up at once, so
/// that the memory of one is on its way while others are compared. The store says what a key is,
/// and keeps a copy of each distinct one: TextKeyStore below, WordKeyStore of KeyWords.h.
///
/// Threads one at a time; findAll() also from many while nobody adds
template <class Store>
class KeyIndex {
 public:
  using Key = typename Store::Key;
  static constexpr uint32_t kNone = 0xffffffffu;

  explicit KeyIndex(Store store = Store()) : store_(std::move(store)) {}

  uint32_t size() const { return store_.size(); }

  /// The numbers of `keyAt(0)` to `keyAt(count - 1)`; `added(i)` is told of each key that is new.
  template <class KeyAt, class Added>
  void findOrAddAll(size_t count, KeyAt keyAt, uint32_t* numbers, Added added) {
    forChunks(count, keyAt, numbers, [&](size_t i, Key key, uint64_t hash) {
      const uint32_t found = find(key, hash);
      if (found != kNone) return found;
      added(i);
      return add(key, hash);
    });
  }

  /// The same, with kNone for keys that are not there.
  template <class KeyAt>
  void findAll(size_t count, KeyAt keyAt, uint32_t* numbers) const {
    forChunks(count, keyAt, numbers,
              [&](size_t, Key key, uint64_t hash) { return find(key, hash); });
  }

 private:
  /// A key's number, and half of its hash by which most others are told from it.
  struct Slot {
    uint32_t tag = 0;
    uint32_t number = kNone;
  };
  static constexpr size_t kChunk = 32;
  static constexpr size_t kFirstSlots = 1024;
  static constexpr size_t kManySlots = size_t{1} << 18;

  static uint32_t tagOf(uint64_t hash) { return static_cast<uint32_t>(hash); }
  size_t placeOf(uint64_t hash) const { return static_cast<size_t>(hash >> shift_); }

  /// `slow` is asked where the first key with the tag is not the one.
  template <class KeyAt, class Slow>
  void forChunks(size_t count, KeyAt& keyAt, uint32_t* numbers, Slow slow) const {
    uint64_t hashes[kChunk];
    uint32_t candidates[kChunk];
    for (size_t begin = 0; begin < count; begin += kChunk) {
      const size_t chunk = count - begin < kChunk ? count - begin : kChunk;
      if (slots_.empty()) {  // nothing to look at yet
        for (size_t i = begin; i < begin + chunk; ++i) {
          const Key key = keyAt(i);
          numbers[i] = slow(i, key, store_.hash(key));
        }
        continue;
      }
      for (size_t i = 0; i < chunk; ++i) {
        hashes[i] = store_.hash(keyAt(begin + i));
        __builtin_prefetch(&slots_[placeOf(hashes[i])]);
      }
      for (size_t i = 0; i < chunk; ++i) {
        candidates[i] = candidate(hashes[i]);
        if (candidates[i] != kNone) store_.prefetch(candidates[i]);
      }
      for (size_t i = 0; i < chunk; ++i)
        if (candidates[i] != kNone) store_.prefetchBytes(candidates[i]);
      for (size_t i = 0; i < chunk; ++i) {
        const Key key = keyAt(begin + i);
        numbers[begin + i] = candidates[i] != kNone && store_.isAt(candidates[i], key)
                                 ? candidates[i]
                                 : slow(begin + i, key, hashes[i]);
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

  uint32_t find(Key key, uint64_t hash) const {
    if (slots_.empty()) return kNone;
    const size_t mask = slots_.size() - 1;
    for (size_t place = placeOf(hash);; place = (place + 1) & mask) {
      const Slot& slot = slots_[place];
      if (slot.number == kNone) return kNone;
      if (slot.tag == tagOf(hash) && store_.isAt(slot.number, key)) return slot.number;
    }
  }

  uint32_t add(Key key, uint64_t hash) {
    if ((size_t{size()} + 1) * 2 > slots_.size()) grow();
    const uint32_t number = size();
    place(number, hash);
    store_.add(key);
    return number;
  }

  void place(uint32_t number, uint64_t hash) {
    const size_t mask = slots_.size() - 1;
    size_t at = placeOf(hash);
    while (slots_[at].number != kNone) at = (at + 1) & mask;
    slots_[at] = {tagOf(hash), number};
  }

  void grow() {
    const size_t slots =
        std::max(kFirstSlots, slots_.size() * (slots_.size() < kManySlots ? 4 : 2));
    slots_.assign(slots, {});
    shift_ = 64 - __builtin_ctzll(slots);
    for (uint32_t number = 0; number < size(); ++number)
      place(number, store_.hash(store_.at(number)));
  }

  /// A power of two of them, at most half of them full; empty until the first key.
  std::vector<Slot> slots_;
  int shift_ = 64;
  Store store_;
};

/// Distinct byte strings.
class TextKeyStore {
 public:
  using Key = std::string_view;

  uint32_t size() const { return static_cast<uint32_t>(keys_.size()); }
  Key at(uint32_t number) const { return keys_[number]; }
  void add(Key key) { keys_.emplace_back(keep(key), key.size()); }

  static uint64_t hash(Key key) { return hashBytes(key, 0); }
  bool isAt(uint32_t number, Key key) const { return sameBytes(keys_[number], key); }
  void prefetch(uint32_t number) const { __builtin_prefetch(&keys_[number]); }
  void prefetchBytes(uint32_t number) const { __builtin_prefetch(keys_[number].data()); }

 private:
  const char* keep(std::string_view text) {
    constexpr size_t kBlock = size_t{1} << 16;
    if (free_ < text.size() || at_ == nullptr) {
      const size_t size = std::max(kBlock, text.size());
      blocks_.push_back(std::make_unique_for_overwrite<char[]>(size));
      at_ = blocks_.back().get();
      free_ = size;
    }
    char* const place = at_;
    std::copy(text.begin(), text.end(), place);
    at_ += text.size();
    free_ -= text.size();
    return place;
  }

  std::vector<std::string_view> keys_;
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* at_ = nullptr;
  size_t free_ = 0;
};

}  // namespace spate
