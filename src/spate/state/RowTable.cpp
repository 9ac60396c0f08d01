#include "spate/state/RowTable.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "spate/types/HashMix.h"

namespace spate {
namespace {

constexpr size_t kFirstIndex = 16;

/// A block is never null, even of no bytes: by that an empty slot is told.
char* allocate(char* before, size_t bytes) {
  void* const block = std::realloc(before, std::max<size_t>(1, bytes));
  if (block == nullptr) throw std::bad_alloc();
  return static_cast<char*>(block);
}

}  // namespace

uint32_t RowTable::hashOf(std::string_view key) {
  return static_cast<uint32_t>(hashBytes(key, 0) >> 32);
}

size_t RowTable::blockBytes(size_t bytes) {
  // As glibc's malloc rounds.
  return std::max<size_t>(32, (bytes + 8 + 15) / 16 * 16);
}

RowTable::Place RowTable::find(std::string_view key, uint32_t hash) const {
  if (index_.empty()) return {hash, kNone};
  const size_t mask = index_.size() - 1;
  for (size_t at = home(hash);; at = (at + 1) & mask) {
    const Place& place = index_[at];
    if (place.slot == kNone) return {hash, kNone};
    if (place.hash == hash && slotAt(place.slot).key() == key) return place;
  }
}

void RowTable::findAll(std::span<const std::string_view> keys, std::span<Place> places) const {
  constexpr size_t kAhead = 32;
  for (size_t begin = 0; begin < keys.size(); begin += kAhead) {
    const size_t end = std::min(keys.size(), begin + kAhead);
    for (size_t i = begin; i < end; ++i) {
      places[i] = {hashOf(keys[i]), kNone};
      if (!index_.empty()) __builtin_prefetch(&index_[home(places[i].hash)]);
    }
    if (index_.empty()) continue;
    const size_t mask = index_.size() - 1;
    // The first with the hash is nearly always the key's.
    for (size_t i = begin; i < end; ++i) {
      size_t at = home(places[i].hash);
      while (index_[at].slot != kNone && index_[at].hash != places[i].hash) at = (at + 1) & mask;
      places[i].slot = index_[at].slot;
      if (places[i].slot != kNone) __builtin_prefetch(&slotAt(places[i].slot));
    }
    for (size_t i = begin; i < end; ++i)
      if (places[i].slot != kNone) __builtin_prefetch(slotAt(places[i].slot).block);
    for (size_t i = begin; i < end; ++i)
      if (places[i].slot != kNone && slotAt(places[i].slot).key() != keys[i])
        places[i] = find(keys[i], places[i].hash);
  }
}

void RowTable::put(Place place, std::string_view key, std::string_view value) {
  // The same key may have come in since.
  if (place.slot == kNone) place = find(key, place.hash);
  if (place.slot == kNone) {
    const uint32_t added = append(key, value, place.hash);
    undo_.push_back({added, kNoValue, 0});
    slotAt(added).change = static_cast<uint32_t>(undo_.size());
    return;
  }
  Slot& slot = slotAt(place.slot);
  if (slot.hasValue()) {
    remember(place.slot, slot);
  } else {
    ++live_;
  }
  setValue(slot, value);
}

bool RowTable::remove(std::string_view key) {
  const Place place = find(key, hashOf(key));
  if (place.slot == kNone) return false;
  Slot& slot = slotAt(place.slot);
  if (!slot.hasValue()) return false;
  remember(place.slot, slot);
  dropValue(slot);
  return true;
}

void RowTable::commit() {
  for (const Undo& undo : undo_) {
    Slot& slot = slotAt(undo.slot);
    slot.change = 0;
    if (!slot.hasValue()) bury(undo.slot);
  }
  giveBack();
  if (dead_ > 64 && dead_ > live_) compact();
}

void RowTable::abort() {
  while (!undo_.empty()) {
    const Undo undo = undo_.back();
    Slot& slot = slotAt(undo.slot);
    slot.change = 0;
    if (undo.isNew()) {
      if (slot.hasValue()) dropValue(slot);
      bury(undo.slot);
    } else {
      if (!slot.hasValue()) ++live_;
      setValue(slot, std::string_view(undoBytes_).substr(undo.oldAt, undo.oldSize));
    }
    undo_.pop_back();
  }
  giveBack();
}

void RowTable::clear() {
  for (uint32_t i = 0; i < slotCount_; ++i) std::free(slotAt(i).block);
  chunks_.clear();
  slotCount_ = 0;
  live_ = dead_ = blockBytes_ = indexed_ = 0;
  index_.clear();
  shift_ = 32;
  undo_.clear();
  undoBytes_.clear();
}

void RowTable::load(std::string_view key, std::string_view value) {
  const Place place = find(key, hashOf(key));
  if (place.slot == kNone) {
    append(key, value, place.hash);
  } else {
    setValue(slotAt(place.slot), value);
  }
}

void RowTable::loadRemoved(std::string_view key) {
  const Place place = find(key, hashOf(key));
  if (place.slot == kNone) return;
  dropValue(slotAt(place.slot));
  bury(place.slot);
  if (dead_ > 64 && dead_ > live_) compact();
}

size_t RowTable::memoryBytes() const {
  return chunks_.size() * (kChunk * sizeof(Slot) + sizeof(chunks_[0])) +
         index_.capacity() * sizeof(Place) + blockBytes_ + undo_.capacity() * sizeof(Undo) +
         undoBytes_.capacity();
}

uint32_t RowTable::append(std::string_view key, std::string_view value, uint32_t hash) {
  const uint32_t added = slotCount_;
  if (added / kChunk == chunks_.size()) chunks_.push_back(std::make_unique<Slot[]>(kChunk));
  char* const block = allocate(nullptr, key.size() + value.size());
  std::copy(key.begin(), key.end(), block);
  std::copy(value.begin(), value.end(), block + key.size());
  slotAt(added) = {block, static_cast<uint32_t>(key.size()), static_cast<uint32_t>(value.size()),
                   hash, 0};
  blockBytes_ += blockBytes(key.size() + value.size());
  ++slotCount_;
  ++live_;
  index(hash, added);
  return added;
}

void RowTable::setValue(Slot& slot, std::string_view value) {
  const size_t before = slot.keySize + (slot.hasValue() ? size_t{slot.valueSize} : 0);
  if (!slot.hasValue() || slot.valueSize != value.size()) {
    slot.block = allocate(slot.block, size_t{slot.keySize} + value.size());
    blockBytes_ += blockBytes(size_t{slot.keySize} + value.size()) - blockBytes(before);
    slot.valueSize = static_cast<uint32_t>(value.size());
  }
  std::copy(value.begin(), value.end(), slot.block + slot.keySize);
}

void RowTable::dropValue(Slot& slot) {
  blockBytes_ += blockBytes(slot.keySize) - blockBytes(size_t{slot.keySize} + slot.valueSize);
  slot.valueSize = kNoValue;
  --live_;
}

/// Keeps the committed value at the first change.
void RowTable::remember(uint32_t index, Slot& slot) {
  if (slot.change != 0) return;
  undo_.push_back({index, slot.valueSize, undoBytes_.size()});
  undoBytes_.append(slot.value());
  slot.change = static_cast<uint32_t>(undo_.size());
}

/// Takes a key without a value out; its slot stays empty until compact(), or goes at once when it
/// is the last.
void RowTable::bury(uint32_t index) {
  Slot& slot = slotAt(index);
  unindex(slot.hash, index);
  blockBytes_ -= blockBytes(slot.keySize);
  std::free(slot.block);
  slot = {};
  ++dead_;
  while (slotCount_ > 0 && slotAt(slotCount_ - 1).block == nullptr) {
    --slotCount_;
    --dead_;
  }
}

/// Closes the gaps, in order. Costs as much as the removals that made them.
void RowTable::compact() {
  uint32_t to = 0;
  for (uint32_t from = 0; from < slotCount_; ++from) {
    Slot& source = slotAt(from);
    if (source.block == nullptr) continue;
    if (to != from) slotAt(to) = std::exchange(source, {});
    ++to;
  }
  slotCount_ = to;
  dead_ = 0;
  reindex(index_.size());
  giveBack();
}

/// Lets go of what is far more than the entries need, keeping some to grow into.
void RowTable::giveBack() {
  const size_t used = undo_.size();
  undo_.clear();
  undoBytes_.clear();
  // One batch that touched most of the table must not keep its memory for good.
  if (undo_.capacity() > 4096 && (undo_.capacity() > live_ || used < undo_.capacity() / 8)) {
    undo_.shrink_to_fit();
    undoBytes_.shrink_to_fit();
  }
  const size_t chunks = slotCount_ / kChunk + 1;
  if (chunks_.size() > 2 * chunks) chunks_.resize(chunks);
  if (index_.size() > 1024 && index_.size() > 8 * indexed_) reindex(index_.size() / 4);
}

void RowTable::index(uint32_t hash, uint32_t slot) {
  if ((indexed_ + 1) * 4 > index_.size() * 3)
    return reindex(std::max(kFirstIndex, 2 * index_.size()));
  const size_t mask = index_.size() - 1;
  size_t at = home(hash);
  while (index_[at].slot != kNone) at = (at + 1) & mask;
  index_[at] = {hash, slot};
  ++indexed_;
}

void RowTable::unindex(uint32_t hash, uint32_t slot) {
  const size_t mask = index_.size() - 1;
  size_t hole = home(hash);
  while (index_[hole].slot != slot) hole = (hole + 1) & mask;
  // What was put behind it because its place was taken moves up.
  for (size_t at = (hole + 1) & mask; index_[at].slot != kNone; at = (at + 1) & mask) {
    const size_t wanted = home(index_[at].hash);
    if (((at - wanted) & mask) < ((at - hole) & mask)) continue;
    index_[hole] = index_[at];
    hole = at;
  }
  index_[hole] = {};
  --indexed_;
}

/// Makes the index anew, of all slots that have a key.
void RowTable::reindex(size_t size) {
  index_ = std::vector<Place>(size);
  shift_ = 32 - __builtin_ctzll(size);
  indexed_ = 0;
  for (uint32_t i = 0; i < slotCount_; ++i)
    if (slotAt(i).block != nullptr) index(slotAt(i).hash, i);
}

}  // namespace spate
