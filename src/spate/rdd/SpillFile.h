#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "spate/rdd/ElementFile.h"
#include "spate/rdd/RddContext.h"
#include "spate/types/Hash.h"

namespace spate {

/// What one map task has written to disk: runs, each with a section per reducer. Removed with the
/// object.
///
/// Threads: written by its map task; then read by any.
class SpillFile {
 public:
  explicit SpillFile(RddContext& context);
  ~SpillFile();
  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;

  const std::string& path() const { return path_; }
  FrameWriter& writer() { return *writer_; }

  size_t runs() const { return runs_.size(); }
  void startRun() { runs_.emplace_back(); }
  /// Throws when the file cannot be written, as all that writes here.
  void endSection();
  FrameReader section(size_t run, int reducer) const {
    return valueOrThrow(FrameReader::openAt(path_, runs_[run][static_cast<size_t>(reducer)]));
  }

 private:
  std::shared_ptr<FileSystem> files_;
  std::string path_;
  std::unique_ptr<FrameWriter> writer_;
  uint64_t sectionStart_ = 0;
  std::vector<std::vector<uint64_t>> runs_;
};

/// Warns, once in a process, that pairs without a Codec stay in memory over the budget.
void warnThatShuffleCannotSpill(const std::string& operation);

/// One map task's output: pairs (or elements) per reducer, in memory or, when they were too many,
/// all in the runs of a file.
template <class T>
struct MapOutput {
  std::vector<std::vector<T>> buckets;
  std::shared_ptr<SpillFile> spill;
};

/// Writes buckets as one more run of `spill` and empties them.
template <class T>
void spillBuckets(SpillFile& spill, std::vector<std::vector<T>>& buckets) {
  spill.startRun();
  for (auto& bucket : buckets) {
    for (const T& element : bucket) {
      Codec<T>::encode(element, spill.writer().buffer());
      okOrThrow(spill.writer().added());
    }
    spill.endSection();
    std::vector<T>().swap(bucket);
  }
}

/// Orders pairs by the hash of their key: how the runs of a combining shuffle lie, so that equal
/// keys of several runs meet when the runs are merged.
struct ByKeyHash {
  template <class P>
  bool operator()(const P& a, const P& b) const {
    return StableHash()(a.first) < StableHash()(b.first);
  }
};

/// Pairs in the order of their keys' hashes, one at a time: from a section of a file, or from a
/// bucket in memory.
template <class T>
class HashOrderedRun {
 public:
  explicit HashOrderedRun(FrameReader section)
      : section_(std::make_unique<FrameReader>(std::move(section))), in_(std::string_view()) {
    advance();
  }
  explicit HashOrderedRun(const std::vector<T>& bucket)
      : bucket_(&bucket), in_(std::string_view()) {
    order_.reserve(bucket.size());
    for (size_t i = 0; i < bucket.size(); ++i)
      order_.emplace_back(StableHash()(bucket[i].first), i);
    std::sort(order_.begin(), order_.end());
    advance();
  }

  bool isAtEnd() const { return atEnd_; }
  uint64_t hash() const { return hash_; }
  /// Takes the pair out and moves on.
  T take() {
    T taken = std::move(*current_);
    advance();
    return taken;
  }

 private:
  void advance() {
    if (bucket_ != nullptr) {
      atEnd_ = next_ == order_.size();
      if (atEnd_) return;
      current_.emplace((*bucket_)[order_[next_].second]);
      hash_ = order_[next_++].first;
      return;
    }
    while (leftInFrame_ == 0) {
      if (!valueOrThrow(section_->next())) {
        atEnd_ = true;
        return;
      }
      in_ = ByteReader(section_->payload());
      leftInFrame_ = section_->count();
    }
    --leftInFrame_;
    current_.emplace(Codec<T>::decode(in_));
    if (!in_.ok()) throwStatus(section_->corrupt());
    hash_ = StableHash()(current_->first);
  }

  std::unique_ptr<FrameReader> section_;
  const std::vector<T>* bucket_ = nullptr;
  std::vector<std::pair<uint64_t, size_t>> order_;
  size_t next_ = 0;
  ByteReader in_;
  uint64_t leftInFrame_ = 0;
  std::optional<T> current_;
  uint64_t hash_ = 0;
  bool atEnd_ = false;
};

}  // namespace spate
