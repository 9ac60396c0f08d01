#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spate {

/// StateTable for keys and values that are bytes, such as Spark's UnsafeRows: one piece of memory
/// and 24 bytes an entry, and lookups of many keys at once that do not wait for memory one by one.
/// Undo, and the order in which entries are visited, are StateTable's.
///
/// Kept    views of keys and values stay good until the key is put or removed, and until commit()
///         or abort()
/// Threads one at a time; reads from several threads while nobody writes
class RowTable {
 public:
  static constexpr uint32_t kNone = 0xffffffffu;
  /// Where a key stands (kNone: nowhere), for put() behind findAll().
  struct Place {
    uint32_t hash = 0;
    uint32_t slot = kNone;
  };

  RowTable() = default;
  RowTable(const RowTable&) = delete;
  RowTable& operator=(const RowTable&) = delete;
  ~RowTable() { clear(); }

  size_t size() const { return live_; }

  std::optional<std::string_view> get(std::string_view key) const {
    return valueAt(find(key, hashOf(key)));
  }

  /// A place for each key. Places stay good until commit(), abort() or loadRemoved().
  void findAll(std::span<const std::string_view> keys, std::span<Place> places) const;
  std::optional<std::string_view> valueAt(Place place) const {
    if (place.slot == kNone) return std::nullopt;
    return valueOf(slotAt(place.slot));
  }

  void put(std::string_view key, std::string_view value) {
    put(find(key, hashOf(key)), key, value);
  }
  /// `place` is what findAll() said of the key. The bytes must not be the table's own.
  void put(Place place, std::string_view key, std::string_view value);

  /// False when the key was not there.
  bool remove(std::string_view key);

  /// visit(key, value), views, for each entry. It must not change the table.
  template <class Visit>
  void scan(Visit&& visit) const {
    for (uint32_t i = 0; i < slotCount_; ++i) {
      if (i + 8 < slotCount_) __builtin_prefetch(slotAt(i + 8).block);
      const Slot& slot = slotAt(i);
      if (slot.hasValue()) visit(slot.key(), slot.value());
    }
  }

  /// Keys touched since the last commit.
  size_t changes() const { return undo_.size(); }

  /// visit(key, const std::string_view* value) for each key whose entry differs, or may differ,
  /// from the last commit, in the order of the first touch; null: it was removed.
  template <class Visit>
  void forEachChange(Visit&& visit) const {
    for (size_t i = 0; i < undo_.size(); ++i) {
      // The keys of a batch lie anywhere: the next ones are on their way while one is visited.
      if (i + 16 < undo_.size()) __builtin_prefetch(&slotAt(undo_[i + 16].slot));
      if (i + 8 < undo_.size()) __builtin_prefetch(slotAt(undo_[i + 8].slot).block);
      const Slot& slot = slotAt(undo_[i].slot);
      if (const auto value = valueOf(slot)) {
        visit(slot.key(), &*value);
      } else if (!undo_[i].isNew()) {
        visit(slot.key(), static_cast<const std::string_view*>(nullptr));
      }
    }
  }

  void commit();
  void abort();
  /// Empties the table, with no way back.
  void clear();

  /// As put() and remove() with a commit() behind each, without the cost: for loading.
  void load(std::string_view key, std::string_view value);
  void loadRemoved(std::string_view key);

  /// What the table takes, the allocator's rounding included.
  size_t memoryBytes() const;

 private:
  static constexpr uint32_t kNoValue = 0xffffffffu;

  /// The key's bytes stand in `block`, the value's behind them. A slot without a block is empty.
  struct Slot {
    char* block = nullptr;
    uint32_t keySize = 0;
    uint32_t valueSize = kNoValue;
    uint32_t hash = 0;
    uint32_t change = 0;  ///< 1 + place in the undo log; 0: as committed

    bool hasValue() const { return valueSize != kNoValue; }
    std::string_view key() const { return {block, keySize}; }
    std::string_view value() const { return {block + keySize, valueSize}; }
  };
  /// The committed value stands in undoBytes_ from `oldAt` on.
  struct Undo {
    uint32_t slot;
    uint32_t oldSize;
    uint64_t oldAt;
    bool isNew() const { return oldSize == kNoValue; }
  };

  static constexpr uint32_t kChunk = 256;
  static uint32_t hashOf(std::string_view key);
  static size_t blockBytes(size_t bytes);
  static std::optional<std::string_view> valueOf(const Slot& slot) {
    return slot.hasValue() ? std::optional(slot.value()) : std::nullopt;
  }

  Slot& slotAt(uint32_t index) { return chunks_[index / kChunk][index % kChunk]; }
  const Slot& slotAt(uint32_t index) const { return chunks_[index / kChunk][index % kChunk]; }
  size_t home(uint32_t hash) const { return hash >> shift_; }
  Place find(std::string_view key, uint32_t hash) const;
  uint32_t append(std::string_view key, std::string_view value, uint32_t hash);
  void setValue(Slot& slot, std::string_view value);
  void dropValue(Slot& slot);
  void remember(uint32_t index, Slot& slot);
  void bury(uint32_t index);
  void compact();
  void giveBack();
  void index(uint32_t hash, uint32_t slot);
  void unindex(uint32_t hash, uint32_t slot);
  void reindex(size_t size);

  std::vector<std::unique_ptr<Slot[]>> chunks_;
  uint32_t slotCount_ = 0;
  size_t live_ = 0;
  size_t dead_ = 0;
  size_t blockBytes_ = 0;
  /// A power of two, at most three quarters of them taken, by open addressing; empty at first.
  std::vector<Place> index_;
  size_t indexed_ = 0;
  int shift_ = 32;
  std::vector<Undo> undo_;
  std::string undoBytes_;
};

}  // namespace spate
