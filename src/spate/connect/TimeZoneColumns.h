#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <string>

namespace spate::connect {

/// The schema with its timestamps (those that have a zone) in the session's: Spark hands them so to
/// clients and Python workers.
std::shared_ptr<arrow::Schema> inTimeZone(const arrow::Schema& schema, const std::string& timeZone);

/// The same values under a schema of the same layout.
std::shared_ptr<arrow::RecordBatch> withSchema(const arrow::RecordBatch& batch,
                                               const std::shared_ptr<arrow::Schema>& schema);

}  // namespace spate::connect
