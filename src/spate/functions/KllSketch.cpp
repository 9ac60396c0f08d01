#include "spate/functions/KllSketch.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>
#include <type_traits>
#include <utility>

#include "spate/types/ToString.h"

namespace spate {
namespace {

/// The least room of a level.
constexpr int kLeastWidth = 8;
constexpr uint8_t kFamily = 15;
constexpr uint8_t kEmptyFlag = 1;
constexpr uint8_t kSortedFlag = 2;
constexpr uint8_t kSingleFlag = 4;
/// Preambles: in front of no value or one, and in front of levels.
constexpr size_t kShortPreamble = 8;
constexpr size_t kFullPreamble = 20;
/// 2^60 values are more than anyone has.
constexpr size_t kMostLevels = 61;

template <class V>
void put(V value, std::string& out) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(V));
}

template <class V>
V take(std::string_view bytes, size_t at) {
  V value;
  std::memcpy(&value, bytes.data() + at, sizeof(V));
  return value;
}

/// k * (2/3)^depth, rounded.
int64_t shrunk(int64_t k, int depth) {
  int64_t power = 1;
  for (int i = 0; i < depth; ++i) power *= 3;
  return (((k << 1) << depth) / power + 1) >> 1;
}

bool isNotANumber(double value) { return std::isnan(value); }

Status noSketch() { return Status::corrupt("these bytes are no KLL sketch"); }

}  // namespace

template <class T>
int KllSketch<T>::levelCapacity(int k, int levels, int level) {
  const int depth = levels - level - 1;
  const int64_t wide =
      depth <= 30 ? shrunk(k, depth) : shrunk(shrunk(k, depth / 2), depth - depth / 2);
  return std::max(kLeastWidth, static_cast<int>(wide));
}

template <class T>
int KllSketch<T>::capacity() const {
  const int levels = static_cast<int>(levels_.size());
  int total = 0;
  for (int level = 0; level < levels; ++level) total += levelCapacity(k_, levels, level);
  return total;
}

template <class T>
int KllSketch<T>::retained() const {
  size_t total = 0;
  for (const auto& level : levels_) total += level.size();
  return static_cast<int>(total);
}

template <class T>
bool KllSketch<T>::flip() {
  // The mixing of splitmix64 over a counter.
  uint64_t bits = ++flips_ * 0x9e3779b97f4a7c15ULL;
  bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9ULL;
  bits = (bits ^ bits >> 27) * 0x94d049bb133111ebULL;
  return ((bits ^ bits >> 31) & 1) != 0;
}

template <class T>
void KllSketch<T>::compactLevel(size_t level) {
  if (level + 1 == levels_.size()) levels_.emplace_back();
  std::vector<T>& values = levels_[level];
  // Of an odd number one stays: the newest, or the least of a sorted level.
  const size_t stays = values.size() % 2;
  if (level == 0) {
    std::ranges::reverse(values);
    std::sort(values.begin() + static_cast<std::ptrdiff_t>(stays), values.end());
  }
  std::vector<T> promoted;
  for (size_t i = stays + (flip() ? 1 : 0); i < values.size(); i += 2)
    promoted.push_back(values[i]);
  values.resize(stays);
  std::vector<T> merged;
  std::ranges::merge(promoted, levels_[level + 1], std::back_inserter(merged));
  levels_[level + 1] = std::move(merged);
}

template <class T>
void KllSketch<T>::compressOne() {
  const int levels = static_cast<int>(levels_.size());
  for (int level = 0; level < levels; ++level) {
    const auto index = static_cast<size_t>(level);
    if (static_cast<int>(levels_[index].size()) < levelCapacity(k_, levels, level)) continue;
    return compactLevel(index);
  }
}

template <class T>
void KllSketch<T>::update(T value) {
  if constexpr (std::is_floating_point_v<T>) {
    if (isNotANumber(value)) return;
  }
  least_ = count_ == 0 ? value : std::min(least_, value);
  most_ = count_ == 0 ? value : std::max(most_, value);
  if (retained() >= capacity()) compressOne();
  ++count_;
  levels_[0].push_back(value);
}

template <class T>
void KllSketch<T>::compressAfterMerge() {
  for (size_t level = 0; level < levels_.size(); ++level) {
    const int levels = static_cast<int>(levels_.size());
    const bool isOver = static_cast<int>(levels_[level].size()) >=
                        levelCapacity(k_, levels, static_cast<int>(level));
    if (isOver && retained() >= capacity()) compactLevel(level);
  }
}

template <class T>
void KllSketch<T>::merge(const KllSketch& other) {
  if (other.isEmpty()) return;
  const int64_t all = count_ + other.count_;
  const T least = isEmpty() ? other.least_ : std::min(least_, other.least_);
  const T most = isEmpty() ? other.most_ : std::max(most_, other.most_);
  // The newest first, as they stand in the bytes.
  for (auto value = other.levels_[0].rbegin(); value != other.levels_[0].rend(); ++value)
    update(*value);
  for (size_t level = 1; level < other.levels_.size(); ++level) {
    if (level == levels_.size()) levels_.emplace_back();
    std::vector<T> merged;
    std::ranges::merge(levels_[level], other.levels_[level], std::back_inserter(merged));
    levels_[level] = std::move(merged);
  }
  if (retained() > capacity()) compressAfterMerge();
  count_ = all;
  least_ = least;
  most_ = most;
  leastK_ = std::min(leastK_, other.leastK_);
}

template <class T>
std::vector<typename KllSketch<T>::Weighted> KllSketch<T>::sortedView() const {
  std::vector<Weighted> view;
  for (size_t level = 0; level < levels_.size(); ++level)
    for (const T value : levels_[level]) view.push_back({value, int64_t{1} << level});
  std::ranges::stable_sort(view, {}, &Weighted::value);
  int64_t total = 0;
  for (Weighted& each : view) each.weightUpTo = total += each.weightUpTo;
  // The ends are known even where they have not survived.
  if (view.front().value != least_) view.insert(view.begin(), {least_, 1});
  if (view.back().value != most_) {
    --view.back().weightUpTo;
    view.push_back({most_, total});
  }
  return view;
}

template <class T>
T KllSketch<T>::quantile(double rank) const {
  const std::vector<Weighted> view = sortedView();
  double natural = rank * static_cast<double>(count_);
  // 0.1 * 30 is to be 3, not a little more.
  if (static_cast<double>(count_) <= 1e6) natural = std::round(natural * 1e6) / 1e6;
  const auto wanted = static_cast<int64_t>(std::ceil(natural));
  const auto found = std::ranges::lower_bound(view, wanted, {}, &Weighted::weightUpTo);
  return found == view.end() ? view.back().value : found->value;
}

template <class T>
double KllSketch<T>::rank(T value) const {
  const std::vector<Weighted> view = sortedView();
  const auto behind = std::ranges::upper_bound(view, value, {}, &Weighted::value);
  if (behind == view.begin()) return 0;
  return static_cast<double>(std::prev(behind)->weightUpTo) / static_cast<double>(count_);
}

template <class T>
std::string KllSketch<T>::serialize() const {
  const bool isShort = count_ <= 1;
  uint8_t flags = 0;
  if (count_ == 0) flags |= kEmptyFlag;
  if (count_ == 1) flags |= kSingleFlag;
  std::string out;
  put(static_cast<uint8_t>(isShort ? 2 : 5), out);
  put(static_cast<uint8_t>(count_ == 1 ? 2 : 1), out);
  put(kFamily, out);
  put(flags, out);
  put(static_cast<uint16_t>(k_), out);
  put(static_cast<uint8_t>(kLeastWidth), out);
  put(uint8_t{0}, out);
  if (count_ == 0) return out;
  if (count_ == 1) {
    put(levels_[0][0], out);
    return out;
  }
  put(count_, out);
  put(static_cast<uint16_t>(leastK_), out);
  put(static_cast<uint8_t>(levels_.size()), out);
  put(uint8_t{0}, out);
  // Where each level begins in an array of all the room, which is filled from its end.
  int32_t begin = capacity() - retained();
  for (const auto& level : levels_) {
    put(begin, out);
    begin += static_cast<int32_t>(level.size());
  }
  put(least_, out);
  put(most_, out);
  // The newest value of the first level stands first there.
  for (auto value = levels_[0].rbegin(); value != levels_[0].rend(); ++value) put(*value, out);
  for (size_t level = 1; level < levels_.size(); ++level)
    for (const T value : levels_[level]) put(value, out);
  return out;
}

template <class T>
Result<KllSketch<T>> KllSketch<T>::deserialize(std::string_view bytes) {
  if (bytes.size() < kShortPreamble || take<uint8_t>(bytes, 2) != kFamily ||
      take<uint8_t>(bytes, 6) != kLeastWidth)
    return failure(noSketch());
  const auto flags = take<uint8_t>(bytes, 3);
  const int k = take<uint16_t>(bytes, 4);
  if (k < kLeastK) return failure(noSketch());
  KllSketch sketch(k);
  if ((flags & kEmptyFlag) != 0) return sketch;
  if ((flags & kSingleFlag) != 0) {
    if (bytes.size() != kShortPreamble + sizeof(T)) return failure(noSketch());
    sketch.update(take<T>(bytes, kShortPreamble));
    return sketch;
  }
  if (bytes.size() < kFullPreamble || take<uint8_t>(bytes, 0) != 5) return failure(noSketch());
  sketch.count_ = take<int64_t>(bytes, 8);
  sketch.leastK_ = take<uint16_t>(bytes, 16);
  const size_t levels = take<uint8_t>(bytes, 18);
  if (levels == 0 || levels > kMostLevels || sketch.count_ < 2) return failure(noSketch());
  size_t at = kFullPreamble + levels * sizeof(int32_t);
  if (bytes.size() < at + 2 * sizeof(T) || (bytes.size() - at) % sizeof(T) != 0)
    return failure(noSketch());
  sketch.levels_.resize(levels);
  const auto room = static_cast<int64_t>(sketch.capacity());
  const auto stored = static_cast<int64_t>((bytes.size() - at) / sizeof(T)) - 2;
  sketch.least_ = take<T>(bytes, at);
  sketch.most_ = take<T>(bytes, at + sizeof(T));
  at += 2 * sizeof(T);
  int64_t weight = 0;
  for (size_t level = 0; level < levels; ++level) {
    const int64_t begin = take<int32_t>(bytes, kFullPreamble + level * sizeof(int32_t));
    const int64_t end = level + 1 == levels
                            ? room
                            : take<int32_t>(bytes, kFullPreamble + (level + 1) * sizeof(int32_t));
    if (begin < room - stored || end < begin || end > room) return failure(noSketch());
    if (level == 0 && begin != room - stored) return failure(noSketch());
    for (int64_t i = begin; i < end; ++i, at += sizeof(T))
      sketch.levels_[level].push_back(take<T>(bytes, at));
    weight += (end - begin) << level;
  }
  if (weight != sketch.count_) return failure(noSketch());
  std::ranges::reverse(sketch.levels_[0]);
  for (size_t level = 1; level < levels; ++level)
    if (!std::ranges::is_sorted(sketch.levels_[level])) return failure(noSketch());
  return sketch;
}

template <class T>
std::string KllSketch<T>::summary() const {
  constexpr const char* kName = std::is_same_v<T, int64_t> ? "Longs"
                                : std::is_same_v<T, float> ? "Floats"
                                                           : "Doubles";
  const int room = capacity();
  const auto levels = static_cast<int>(levels_.size());
  const auto text = [](T value) {
    std::string out;
    if constexpr (std::is_floating_point_v<T>) {
      appendJavaNumber(value, out);
    } else {
      out = std::to_string(value);
    }
    return out;
  };
  std::string out = fmt::format("\n### KllKll{}Sketch Summary:\n", kName);
  const auto line = [&out](std::string_view name, const auto& value) {
    out += fmt::format("   {:<23}: {}\n", name, value);
  };
  line("K", k_);
  line("Dynamic min K", leastK_);
  line("M", kLeastWidth);
  line("N", count_);
  line("Epsilon", fmt::format("{:.3f}%", 100 * 2.296 / std::pow(leastK_, 0.9723)));
  line("Epsilon PMF", fmt::format("{:.3f}%", 100 * 2.446 / std::pow(leastK_, 0.9433)));
  line("Empty", isEmpty());
  line("Estimation Mode", levels > 1);
  line("Levels", levels);
  line("Level 0 Sorted", false);
  line("Capacity Items", room);
  line("Retained Items", retained());
  line("Free Space", room - retained());
  line("ReadOnly", false);
  line("Updatable Storage Bytes", kFullPreamble + static_cast<size_t>(levels + 1) * 4 +
                                      static_cast<size_t>(room + 2) * sizeof(T));
  line("Compact Storage Bytes", serialize().size());
  constexpr bool kIsReal = std::is_floating_point_v<T>;
  using Limits = std::numeric_limits<T>;
  line("Min Item", text(!isEmpty() ? least_ : kIsReal ? Limits::quiet_NaN() : Limits::max()));
  line("Max Item", text(!isEmpty() ? most_ : kIsReal ? Limits::quiet_NaN() : Limits::lowest()));
  return out + "### End sketch summary\n";
}

template class KllSketch<int64_t>;
template class KllSketch<float>;
template class KllSketch<double>;

}  // namespace spate
