#include "spate/operators/KeyIndex.h"

#include <algorithm>

namespace spate {
namespace {

constexpr size_t kFirstSlots = 1024;
constexpr size_t kManySlots = size_t{1} << 18;
constexpr size_t kBlock = size_t{1} << 16;

}  // namespace

uint32_t KeyIndex::find(std::string_view text, uint64_t hash) const {
  if (slots_.empty()) return kNone;
  const size_t mask = slots_.size() - 1;
  for (size_t place = placeOf(hash);; place = (place + 1) & mask) {
    const Slot& slot = slots_[place];
    if (slot.number == kNone) return kNone;
    if (slot.tag == tagOf(hash) && isAt(slot.number, text)) return slot.number;
  }
}

uint32_t KeyIndex::add(std::string_view text, uint64_t hash) {
  if ((keys_.size() + 1) * 2 > slots_.size()) grow();
  const size_t mask = slots_.size() - 1;
  size_t place = placeOf(hash);
  while (slots_[place].number != kNone) place = (place + 1) & mask;
  const uint32_t number = size();
  slots_[place] = {tagOf(hash), number};
  keys_.push_back({keep(text), text.size()});
  return number;
}

void KeyIndex::grow() {
  const size_t size = std::max(kFirstSlots, slots_.size() * (slots_.size() < kManySlots ? 4 : 2));
  slots_.assign(size, {});
  shift_ = 64 - __builtin_ctzll(size);
  for (uint32_t number = 0; number < keys_.size(); ++number) {
    const uint64_t hash = hashBytes({keys_[number].data, keys_[number].size}, 0);
    size_t place = placeOf(hash);
    while (slots_[place].number != kNone) place = (place + 1) & (size - 1);
    slots_[place] = {tagOf(hash), number};
  }
}

const char* KeyIndex::keep(std::string_view text) {
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

}  // namespace spate
