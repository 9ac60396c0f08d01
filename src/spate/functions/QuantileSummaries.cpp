#include "spate/functions/QuantileSummaries.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "spate/functions/Ordering.h"

namespace spate {
namespace {

/// -0.0 is below 0.0.
bool isBelow(double a, double b) {
  const int order = compareFloats(a, b);
  return order != 0 ? order < 0 : a == 0 && std::signbit(a) && !std::signbit(b);
}

void append(std::string& out, uint64_t bits, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(bits >> shift));
}
void append(std::string& out, double value) { append(out, std::bit_cast<uint64_t>(value), 8); }
void append(std::string& out, int64_t value) { append(out, static_cast<uint64_t>(value), 8); }
void append(std::string& out, int32_t value) { append(out, static_cast<uint32_t>(value), 4); }

/// Takes numbers off the front of bytes that are long enough.
template <class T>
T take(std::string_view& bytes) {
  uint64_t bits = 0;
  for (size_t i = 0; i < sizeof(T); ++i) bits = bits << 8 | static_cast<uint8_t>(bytes[i]);
  bytes.remove_prefix(sizeof(T));
  if constexpr (std::is_same_v<T, double>) {
    return std::bit_cast<double>(bits);
  } else {
    return static_cast<T>(bits);
  }
}

constexpr size_t kHeader = 4 + 8 + 8 + 4;
constexpr size_t kSampleBytes = 24;

}  // namespace

void QuantileSummaries::insert(double value) {
  head_.push_back(value);
  isCompressed_ = false;
  if (head_.size() < kHeadSize) return;
  insertHead();
  if (samples_.size() >= static_cast<size_t>(compressThreshold_)) compress();
}

void QuantileSummaries::insertHead() {
  if (head_.empty()) return;
  std::ranges::sort(head_, isBelow);
  std::vector<Sample> merged;
  merged.reserve(samples_.size() + head_.size());
  size_t next = 0;
  for (size_t i = 0; i < head_.size(); ++i) {
    while (next < samples_.size() && samples_[next].value <= head_[i])
      merged.push_back(samples_[next++]);
    ++count_;
    // The least and the greatest value are known exactly.
    const bool isExact = merged.empty() || (next == samples_.size() && i + 1 == head_.size());
    const double delta = std::floor(2 * relativeError_ * static_cast<double>(count_));
    merged.push_back({head_[i], 1, isExact ? 0 : static_cast<int64_t>(delta)});
  }
  merged.insert(merged.end(), samples_.begin() + static_cast<std::ptrdiff_t>(next), samples_.end());
  samples_ = std::move(merged);
  head_ = {};
}

std::vector<QuantileSummaries::Sample> QuantileSummaries::compressed(
    const std::vector<Sample>& samples, double threshold) {
  std::vector<Sample> kept;
  if (samples.empty()) return kept;
  // From the greatest down: a sample goes into the one above it while that has room.
  Sample above = samples.back();
  for (size_t i = samples.size() - 1; i-- > 1;) {
    const Sample& sample = samples[i];
    if (static_cast<double>(sample.g + above.g + above.delta) < threshold) {
      above.g += sample.g;
    } else {
      kept.push_back(above);
      above = sample;
    }
  }
  kept.push_back(above);
  if (samples.size() > 1 && samples.front().value <= above.value) kept.push_back(samples.front());
  std::ranges::reverse(kept);
  return kept;
}

void QuantileSummaries::compress() {
  if (isCompressed_) return;
  insertHead();
  samples_ = compressed(samples_, 2 * relativeError_ * static_cast<double>(count_));
  isCompressed_ = true;
}

void QuantileSummaries::merge(const QuantileSummaries& other) {
  if (other.count_ == 0) return;
  if (count_ == 0) {
    *this = other;
    return;
  }
  const auto most = [](const QuantileSummaries& summary) {
    return static_cast<int64_t>(
        std::floor(2 * summary.relativeError_ * static_cast<double>(summary.count_)));
  };
  // Between samples of the other side a rank is as uncertain as that side is.
  const int64_t more = most(other);
  const int64_t otherMore = most(*this);
  std::vector<Sample> merged;
  merged.reserve(samples_.size() + other.samples_.size());
  size_t i = 0;
  size_t j = 0;
  while (i < samples_.size() && j < other.samples_.size()) {
    if (samples_[i].value < other.samples_[j].value) {
      merged.push_back(samples_[i++]);
      merged.back().delta += j > 0 ? more : 0;
    } else {
      merged.push_back(other.samples_[j++]);
      merged.back().delta += i > 0 ? otherMore : 0;
    }
  }
  const auto rest = [](const std::vector<Sample>& samples, size_t from) {
    return std::span(samples).subspan(from);
  };
  merged.insert(merged.end(), rest(samples_, i).begin(), rest(samples_, i).end());
  merged.insert(merged.end(), rest(other.samples_, j).begin(), rest(other.samples_, j).end());
  relativeError_ = std::max(relativeError_, other.relativeError_);
  compressThreshold_ = other.compressThreshold_;
  count_ += other.count_;
  samples_ = compressed(merged, 2 * relativeError_ * static_cast<double>(count_));
}

std::vector<double> QuantileSummaries::query(std::span<const double> percentages) const {
  if (samples_.empty()) return {};
  int64_t widest = 0;
  for (const Sample& sample : samples_) widest = std::max(widest, sample.g + sample.delta);
  const int64_t error = widest / 2;
  std::vector<size_t> order(percentages.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, {}, [&](size_t i) { return percentages[i]; });
  std::vector<double> answers(percentages.size());
  // One way up over the samples for all percentages.
  const size_t last = samples_.size() - 1;
  size_t at = 0;
  int64_t leastRank = samples_[0].g;
  for (const size_t i : order) {
    if (percentages[i] <= relativeError_) {
      answers[i] = samples_.front().value;
      continue;
    }
    if (percentages[i] >= 1 - relativeError_) {
      answers[i] = samples_.back().value;
      continue;
    }
    const auto rank = static_cast<int64_t>(std::ceil(percentages[i] * static_cast<double>(count_)));
    while (at < last && (leastRank + samples_[at].delta - error > rank || rank > leastRank + error))
      leastRank += samples_[++at].g;
    answers[i] = samples_[at].value;
  }
  return answers;
}

std::string QuantileSummaries::serialize() const {
  std::string out;
  out.reserve(kHeader + samples_.size() * kSampleBytes);
  append(out, compressThreshold_);
  append(out, relativeError_);
  append(out, count_);
  append(out, static_cast<int32_t>(samples_.size()));
  for (const Sample& sample : samples_) {
    append(out, sample.value);
    append(out, sample.g);
    append(out, sample.delta);
  }
  return out;
}

Result<QuantileSummaries> QuantileSummaries::deserialize(std::string_view bytes) {
  if (bytes.size() < kHeader) return failure(Status::corrupt("a quantile summary ends early"));
  const auto threshold = take<int32_t>(bytes);
  QuantileSummaries summary(take<double>(bytes));
  summary.compressThreshold_ = threshold;
  summary.count_ = take<int64_t>(bytes);
  const auto samples = take<int32_t>(bytes);
  if (samples < 0 || static_cast<size_t>(samples) * kSampleBytes != bytes.size())
    return failure(Status::corrupt("a quantile summary of " + std::to_string(samples) +
                                   " samples in " + std::to_string(bytes.size()) + " bytes"));
  // What comes from outside must not overflow when ranks are added up.
  constexpr int64_t kMostValues = int64_t{1} << 53;
  const bool hasError = summary.relativeError_ >= 0 && summary.relativeError_ <= 1;
  if (summary.count_ < 0 || summary.count_ > kMostValues || !hasError ||
      (samples == 0) != (summary.count_ == 0))
    return failure(Status::corrupt("a quantile summary of " + std::to_string(summary.count_) +
                                   " values with the error " +
                                   std::to_string(summary.relativeError_)));
  int64_t ranks = 0;
  for (int32_t i = 0; i < samples; ++i) {
    Sample sample{};
    sample.value = take<double>(bytes);
    sample.g = take<int64_t>(bytes);
    sample.delta = take<int64_t>(bytes);
    if (sample.g < 0 || sample.g > summary.count_ - ranks || sample.delta < 0 ||
        sample.delta > summary.count_ * 2)
      return failure(Status::corrupt("a sample of a quantile summary has no rank in it"));
    ranks += sample.g;
    summary.samples_.push_back(sample);
  }
  return summary;
}

}  // namespace spate
