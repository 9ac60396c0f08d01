#pragma once

#include <algorithm>
#include <bit>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "spate/state/HeapBytes.h"
#include "spate/types/Hash.h"
#include "spate/types/Owned.h"

namespace spate {

/// A hash table with one level of undo: all changes since the last commit() can be taken back, or
/// listed, at a cost that depends on their number and not on the size of the table.
///
/// Entries are visited in the order in which their keys came in (a key that was removed and comes
/// in again after a commit counts as new). So the order depends on the history alone, not on hash
/// values, table sizes, or on how often the table was written out and loaded again.
///
/// Kept    pointers to values stay good until the key is removed, or until commit() or abort()
/// Threads one at a time; reads from several threads while nobody writes
template <class K, class V, class Hash = StableHash, class Equal = StableEqual>
class StateTable {
  struct Slot;

 public:
  /// An entry that is being visited by updateEach; changes go into the undo log.
  class Entry {
   public:
    const K& key() const { return slot_.key; }
    const V& value() const { return slot_.value; }
    void set(V value) { table_.assign(index_, slot_, std::move(value)); }
    /// For a change in place; the old value is copied for abort().
    V& mutate() {
      table_.remember(index_, slot_, [](V& old) { return old; });
      return slot_.value;
    }
    void remove() { table_.removeValue(index_, slot_); }

   private:
    friend class StateTable;
    Entry(StateTable& table, uint32_t index, Slot& slot)
        : table_(table), index_(index), slot_(slot) {}
    StateTable& table_;
    uint32_t index_;
    Slot& slot_;
  };

  StateTable() = default;
  StateTable(const StateTable&) = delete;
  StateTable& operator=(const StateTable&) = delete;
  ~StateTable() { clear(); }

  size_t size() const { return live_; }

  /// Keys may be given as views: what StableHash and StableEqual take for one.
  template <class Q = K>
  const V* get(const Q& key) const {
    const auto found = index_.find(probe(key));
    if (found == index_.end()) return nullptr;
    const Slot& slot = slotAt(found->slot);
    return slot.hasValue ? &slot.value : nullptr;
  }

  template <class Q = K>
  void put(Q&& key, V value) {
    const uint32_t hash = hashOf(key);
    const auto found = index_.find(Probe<std::remove_cvref_t<Q>>{*this, key, hash});
    if (found != index_.end()) return assign(found->slot, slotAt(found->slot), std::move(value));
    const uint32_t index = append(ownedKey(std::forward<Q>(key)), std::move(value), hash);
    undo_.push_back({index, std::nullopt});
    slotAt(index).change = static_cast<uint32_t>(undo_.size());
  }

  /// False when the key was not there.
  template <class Q = K>
  bool remove(const Q& key) {
    const auto found = index_.find(probe(key));
    if (found == index_.end() || !slotAt(found->slot).hasValue) return false;
    removeValue(found->slot, slotAt(found->slot));
    return true;
  }

  /// visit(const K&, const V&) for each entry. It must not change the table.
  template <class Visit>
  void scan(Visit&& visit) const {
    const_cast<StateTable*>(this)->forEachSlot([&](uint32_t, Slot& slot) {
      if (slot.hasValue) visit(std::as_const(slot.key), std::as_const(slot.value));
    });
  }

  /// visit(Entry&) for each entry; an entry that is not changed costs nothing but the visit. The
  /// visitor may put keys: those that are new are not visited.
  template <class Visit>
  void updateEach(Visit&& visit) {
    forEachSlot([&](uint32_t index, Slot& slot) {
      if (!slot.hasValue) return;
      Entry entry(*this, index, slot);
      visit(entry);
    });
  }

  /// Keys touched since the last commit.
  size_t changes() const { return undo_.size(); }

  /// visit(const K&, const V*) for each key whose entry differs, or may differ, from the last
  /// commit, in the order of the first touch; null: it was removed.
  template <class Visit>
  void forEachChange(Visit&& visit) const {
    for (const Undo& undo : undo_) {
      const Slot& slot = slotAt(undo.slot);
      if (slot.hasValue) {
        visit(slot.key, &slot.value);
      } else if (undo.old) {
        visit(slot.key, static_cast<const V*>(nullptr));
      }
    }
  }

  void commit() {
    for (const Undo& undo : undo_) {
      Slot& slot = slotAt(undo.slot);
      slot.change = 0;
      if (!slot.hasValue) bury(undo.slot, slot);
    }
    forgetUndo(undo_.size());
    giveBack();
    if (dead_ > 64 && dead_ > live_) compact();
  }

  void abort() {
    const size_t used = undo_.size();
    while (!undo_.empty()) {
      Undo& undo = undo_.back();
      Slot& slot = slotAt(undo.slot);
      slot.change = 0;
      if (undo.old) {
        if (slot.hasValue) {
          slot.value = std::move(*undo.old);
        } else {
          giveValue(slot, std::move(*undo.old));
        }
      } else {
        if (slot.hasValue) dropValue(slot);
        bury(undo.slot, slot);
      }
      undo_.pop_back();
    }
    forgetUndo(used);
    giveBack();
  }

  /// Empties the table, with no way back.
  void clear() {
    for (uint32_t i = 0; i < slotCount_; ++i) {
      Slot& slot = slotAt(i);
      if (slot.hasValue) slot.value.~V();
      if (slot.hasKey) slot.key.~K();
    }
    chunks_.clear();
    slotCount_ = 0;
    live_ = dead_ = 0;
    index_.clear();
    undo_.clear();
  }

  /// As put() and remove() with a commit() behind each, without the cost: for loading.
  void load(K key, V value) {
    const uint32_t hash = hashOf(key);
    const auto found = index_.find(Probe<K>{*this, key, hash});
    if (found != index_.end()) {
      slotAt(found->slot).value = std::move(value);
    } else {
      append(std::move(key), std::move(value), hash);
    }
  }
  template <class Q = K>
  void loadRemoved(const Q& key) {
    const auto found = index_.find(probe(key));
    if (found == index_.end()) return;
    const uint32_t index = found->slot;
    dropValue(slotAt(index));
    bury(index, slotAt(index));
    if (dead_ > 64 && dead_ > live_) compact();
  }

  /// An estimate from a sample of the entries: the table and what keys and values hold on the heap.
  size_t memoryBytes() const {
    constexpr uint32_t kSampled = 1000;
    size_t sampled = 0;
    size_t heap = 0;
    const uint32_t step = slotCount_ / kSampled + 1;
    for (uint32_t i = 0; i < slotCount_; i += step) {
      const Slot& slot = slotAt(i);
      if (!slot.hasValue) continue;
      ++sampled;
      heap += heapBytes(slot.key) + heapBytes(slot.value);
    }
    const size_t onHeap = sampled == 0 ? 0 : heap * live_ / sampled;
    return slotCount_ * sizeof(Slot) + index_.bucket_count() * (sizeof(IndexEntry) + 1) + onHeap +
           undo_.capacity() * sizeof(Undo);
  }

 private:
  /// Key and value live in the slot by hand: an empty slot needs no default value of either.
  struct Slot {
    Slot() {}
    ~Slot() {}
    union {
      K key;
    };
    union {
      V value;
    };
    uint32_t change = 0;  ///< 1 + place in the undo log; 0: as committed
    bool hasKey = false;
    bool hasValue = false;
  };
  struct Undo {
    uint32_t slot;
    std::optional<V> old;
  };
  /// The index holds a part of the hash too: growing it, and most misses, touch no slot.
  struct IndexEntry {
    uint32_t slot;
    uint32_t hash;
  };
  template <class Q>
  struct Probe {
    const StateTable& table;
    const Q& key;
    uint32_t hash;
  };
  struct IndexHash {
    using is_transparent = void;
    using is_avalanching = void;
    size_t operator()(const auto& entry) const { return entry.hash * 0x9e3779b97f4a7c15u; }
  };
  struct IndexEqual {
    using is_transparent = void;
    bool operator()(const IndexEntry& a, const IndexEntry& b) const { return a.slot == b.slot; }
    template <class Q>
    bool operator()(const Probe<Q>& a, const IndexEntry& b) const {
      return a.hash == b.hash && Equal{}(a.key, a.table.slotAt(b.slot).key);
    }
    template <class Q>
    bool operator()(const IndexEntry& a, const Probe<Q>& b) const {
      return (*this)(b, a);
    }
  };
  struct FreeSlots {
    void operator()(Slot* slots) const {
      ::operator delete(slots, std::align_val_t(alignof(Slot)));
    }
  };

  // Slots stand in chunks of 16, 32, 64, ... so that none ever moves while the table grows.
  static constexpr uint32_t kFirstChunk = 16;
  static size_t chunkOf(uint32_t index) {
    return static_cast<size_t>(std::bit_width(uint64_t{index} + kFirstChunk)) - 5;
  }
  static size_t chunkSize(size_t chunk) { return size_t{kFirstChunk} << chunk; }
  static size_t chunkStart(size_t chunk) { return chunkSize(chunk) - kFirstChunk; }

  Slot& slotAt(uint32_t index) {
    const size_t chunk = chunkOf(index);
    return chunks_[chunk].get()[index - chunkStart(chunk)];
  }
  const Slot& slotAt(uint32_t index) const { return const_cast<StateTable*>(this)->slotAt(index); }

  template <class Visit>
  void forEachSlot(Visit&& visit) {
    const uint32_t count = slotCount_;  // as it was at the start
    for (size_t chunk = 0; chunk < chunks_.size() && chunkStart(chunk) < count; ++chunk) {
      const auto start = static_cast<uint32_t>(chunkStart(chunk));
      const auto end = static_cast<uint32_t>(std::min<size_t>(start + chunkSize(chunk), count));
      Slot* slots = chunks_[chunk].get();
      for (uint32_t i = start; i < end; ++i) visit(i, slots[i - start]);
    }
  }

  template <class Q>
  static uint32_t hashOf(const Q& key) {
    const auto hash = static_cast<uint64_t>(Hash{}(key));
    return static_cast<uint32_t>(hash ^ hash >> 32);
  }
  template <class Q>
  Probe<Q> probe(const Q& key) const {
    return {*this, key, hashOf(key)};
  }

  template <class Q>
  static K ownedKey(Q&& key) {
    if constexpr (std::is_constructible_v<K, Q&&>) {
      return K(std::forward<Q>(key));
    } else {
      return K(toOwned(std::forward<Q>(key)));
    }
  }

  uint32_t append(K key, V value, uint32_t hash) {
    const uint32_t index = slotCount_;
    const size_t chunk = chunkOf(index);
    if (chunk == chunks_.size()) {
      chunks_.emplace_back(static_cast<Slot*>(
          ::operator new(chunkSize(chunk) * sizeof(Slot), std::align_val_t(alignof(Slot)))));
    }
    Slot& slot = *new (&chunks_[chunk].get()[index - chunkStart(chunk)]) Slot;
    ++slotCount_;
    new (&slot.key) K(std::move(key));
    slot.hasKey = true;
    giveValue(slot, std::move(value));
    index_.insert(IndexEntry{index, hash});
    return index;
  }

  void giveValue(Slot& slot, V value) {
    new (&slot.value) V(std::move(value));
    slot.hasValue = true;
    ++live_;
  }
  void dropValue(Slot& slot) {
    slot.value.~V();
    slot.hasValue = false;
    --live_;
  }

  /// Notes the committed value, made by `take` from the current one, at the first change.
  template <class Take>
  void remember(uint32_t index, Slot& slot, Take take) {
    if (slot.change != 0) return;
    undo_.push_back({index, std::optional<V>(take(slot.value))});
    slot.change = static_cast<uint32_t>(undo_.size());
  }

  void assign(uint32_t index, Slot& slot, V value) {
    if (!slot.hasValue) return giveValue(slot, std::move(value));
    remember(index, slot, [](V& old) { return std::move(old); });
    slot.value = std::move(value);
  }

  void removeValue(uint32_t index, Slot& slot) {
    remember(index, slot, [](V& old) { return std::move(old); });
    dropValue(slot);
  }

  /// Takes a key without a value out; its slot stays empty until compact(), or goes at once when
  /// it is the last.
  void bury(uint32_t index, Slot& slot) {
    index_.erase(index_.find(IndexEntry{index, hashOf(slot.key)}));
    slot.key.~K();
    slot.hasKey = false;
    ++dead_;
    while (slotCount_ > 0 && !slotAt(slotCount_ - 1).hasKey) {
      --slotCount_;
      --dead_;
    }
  }

  /// Closes the gaps, in order. Costs as much as the removals that made them.
  void compact() {
    uint32_t to = 0;
    index_.clear();
    for (uint32_t from = 0; from < slotCount_; ++from) {
      Slot& source = slotAt(from);
      if (!source.hasKey) continue;
      if (to != from) {
        Slot& target = slotAt(to);
        new (&target.key) K(std::move(source.key));
        new (&target.value) V(std::move(source.value));
        target.hasKey = target.hasValue = true;
        source.key.~K();
        source.value.~V();
        source.hasKey = source.hasValue = false;
      }
      index_.insert(IndexEntry{to, hashOf(slotAt(to).key)});
      ++to;
    }
    slotCount_ = to;
    dead_ = 0;
    giveBack();
  }

  /// Lets go of what is far more than the entries need, keeping some to grow into.
  void giveBack() {
    while (chunks_.size() > 1 && chunkStart(chunks_.size() - 2) >= slotCount_) chunks_.pop_back();
    if (index_.bucket_count() > 1024 && index_.bucket_count() > 8 * index_.size()) index_.rehash(0);
  }

  void forgetUndo(size_t used) {
    undo_.clear();
    // One batch that touched most of the table must not keep its memory for good.
    const size_t capacity = undo_.capacity();
    if (capacity > 4096 && (capacity > live_ || used < capacity / 8)) undo_.shrink_to_fit();
  }

  std::vector<std::unique_ptr<Slot[], FreeSlots>> chunks_;
  uint32_t slotCount_ = 0;
  size_t live_ = 0;
  size_t dead_ = 0;
  boost::unordered_flat_set<IndexEntry, IndexHash, IndexEqual> index_;
  std::vector<Undo> undo_;
};

}  // namespace spate
