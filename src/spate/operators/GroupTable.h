#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "spate/operators/KeyEncoder.h"

namespace spate {

/// Numbers the distinct keys of a stream of rows, from 0 in the order of their first row, and keeps
/// one row of key values for each.
///
/// Threads: one at a time
class GroupTable {
 public:
  explicit GroupTable(std::vector<DataType> keyTypes);
  ~GroupTable();

  size_t size() const;

  /// The group of each of the `rows` rows of the key columns. Without key columns all rows are of
  /// group 0.
  Status groupsOf(std::span<const std::shared_ptr<arrow::Array>> keys, int64_t rows,
                  std::vector<uint32_t>& groups);

  /// To be called when all keys are there, before many are looked up.
  void prepareToFind();
  /// The group of each row, or kNoGroup when its key has none; adds nothing.
  static constexpr uint32_t kNoGroup = 0xffffffffu;
  void find(std::span<const std::shared_ptr<arrow::Array>> keys, int64_t rows,
            std::vector<uint32_t>& groups) const;

  /// The key columns, one row per group.
  Result<std::vector<std::shared_ptr<arrow::Array>>> keys() const;

 private:
  struct Index;
  std::vector<DataType> types_;
  std::unique_ptr<Index> index_;
  /// Per key column, the pieces that new groups brought.
  std::vector<std::vector<std::shared_ptr<arrow::Array>>> pieces_;
};

}  // namespace spate
