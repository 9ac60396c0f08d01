#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "spate/base/Status.h"

namespace spate {

/// A sketch of the distribution of values (Karnin, Lang and Liberty) in the form and bytes of
/// Apache DataSketches: exact while it holds all values, and then with a rank error that k sets.
/// Which of two values survives is drawn from a sequence of its own, so that the same values in
/// the same order make the same sketch.
///
/// T        int64_t, float or double; NaN is not taken
/// Errors   deserialize: corrupt() when the bytes are no sketch of T
/// Threads  a value
template <class T>
class KllSketch {
 public:
  static constexpr int kDefaultK = 200;
  static constexpr int kLeastK = 8;
  static constexpr int kMostK = 65535;

  /// Needs kLeastK <= k <= kMostK.
  explicit KllSketch(int k = kDefaultK) : k_(k), leastK_(k) {}

  void update(T value);
  void merge(const KllSketch& other);

  bool isEmpty() const { return count_ == 0; }
  /// How many values it stands for.
  int64_t count() const { return count_; }
  int k() const { return k_; }

  /// The value below or at which that part of all values lies; needs 0 <= rank <= 1, not empty.
  T quantile(double rank) const;
  /// The part of all values that are not above `value`; needs it not empty.
  double rank(T value) const;

  std::string serialize() const;
  static Result<KllSketch> deserialize(std::string_view bytes);
  /// DataSketches' summary, a line for each of its numbers.
  std::string summary() const;

 private:
  struct Weighted {
    T value;
    int64_t weightUpTo;
  };

  static int levelCapacity(int k, int levels, int level);
  int capacity() const;
  int retained() const;
  bool flip();
  void compressOne();
  void compactLevel(size_t level);
  void compressAfterMerge();
  std::vector<Weighted> sortedView() const;

  int k_;
  int leastK_;
  int64_t count_ = 0;
  T least_ = 0;
  T most_ = 0;
  /// Values of level i stand for 2^i; all levels but the first are sorted.
  std::vector<std::vector<T>> levels_{1};
  uint64_t flips_ = 0;
};

extern template class KllSketch<int64_t>;
extern template class KllSketch<float>;
extern template class KllSketch<double>;

}  // namespace spate
