#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "spate/base/Status.h"

namespace spate::connect {

/// A part of a result as clients read it: a whole Arrow IPC stream with exactly one batch.
struct WireBatch {
  int64_t rows = 0;
  std::string bytes;
};

/// Writes the batches of a result for the client: timestamps in the session's time zone, and no
/// message much larger than `maxBytes`.
///
/// Threads one
class WireRows {
 public:
  /// As Spark's spark.connect.grpc.arrow.maxBatchSize, with room for the frame.
  static constexpr int64_t kMaxBatchBytes = int64_t{3} << 20;

  WireRows(std::shared_ptr<arrow::Schema> schema, const std::string& timeZone,
           int64_t maxBytes = kMaxBatchBytes);

  /// Errors kInternal: a batch of another schema; and those of Arrow
  Result<std::vector<WireBatch>> encode(const std::shared_ptr<arrow::RecordBatch>& batch) const;

  /// A batch without rows: the answer of a result that has none.
  Result<WireBatch> empty() const;

 private:
  std::shared_ptr<arrow::Schema> schema_;
  int64_t maxBytes_;
};

/// The table behind an Arrow IPC stream that came from a client, checked to be sound.
///
/// Errors kInvalidArgument
Result<std::shared_ptr<arrow::Table>> readIpcStream(const std::shared_ptr<arrow::Buffer>& bytes);

/// A table as one Arrow IPC stream.
Result<std::string> writeIpcStream(const arrow::Table& table);

}  // namespace spate::connect
