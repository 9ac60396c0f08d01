#pragma once

#include <arrow/type_fwd.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "spate/types/DataType.h"
#include "spate/types/HashMix.h"

namespace spate {

/// Keys of columns of fixed width as the same number of 64-bit words each: one of flags that tell
/// what is not null, then the values. Equal words mean equal keys, as Spark groups: nulls are
/// equal, NaNs are, and -0.0 is 0.0.
class KeyWords {
 public:
  /// Empty: a type's size is not fixed, or there are too many columns.
  static std::optional<KeyWords> of(std::span<const DataType> types);

  size_t words() const { return words_; }

  /// The keys of `count` rows from `begin` on, behind each other. Column by column, which is
  /// several times as fast as row by row.
  void encode(std::span<const std::shared_ptr<arrow::Array>> columns, int64_t begin, int64_t count,
              std::vector<uint64_t>& out) const;

 private:
  explicit KeyWords(std::vector<DataType> types) : types_(std::move(types)) {}

  std::vector<DataType> types_;
  size_t words_ = 1;
  size_t flags_ = 0;
};

/// The distinct keys of a KeyIndex, where each is `kWords` words; 0: as many as the constructor is
/// told. A number that the compiler knows makes the lookup of short keys twice as fast.
template <size_t kWords>
class WordKeyStore {
 public:
  using Key = const uint64_t*;

  explicit WordKeyStore(size_t words = kWords) : words_(words) {}

  uint32_t size() const { return static_cast<uint32_t>(kept_.size() / words()); }
  Key at(uint32_t number) const { return kept_.data() + number * words(); }
  void add(Key key) { kept_.insert(kept_.end(), key, key + words()); }

  uint64_t hash(Key key) const {
    uint64_t hash = kHashSecret0;
    size_t i = 0;
    for (; i + 1 < words(); i += 2) hash = mixMultiply(key[i] ^ kHashSecret1, key[i + 1] ^ hash);
    return i < words() ? mixMultiply(key[i] ^ kHashSecret2, kHashSecret3 ^ hash) : hash;
  }
  bool isAt(uint32_t number, Key key) const {
    const Key kept = at(number);
    uint64_t difference = 0;
    for (size_t i = 0; i < words(); ++i) difference |= kept[i] ^ key[i];
    return difference == 0;
  }
  void prefetch(uint32_t number) const { __builtin_prefetch(at(number)); }
  void prefetchBytes(uint32_t) const {}

 private:
  size_t words() const { return kWords == 0 ? words_ : kWords; }

  size_t words_;
  std::vector<uint64_t> kept_;
};

}  // namespace spate
