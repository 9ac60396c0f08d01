#pragma once

#include <optional>
#include <string>

#include "spate/base/Status.h"
#include "spate/catalog/CatalogTable.h"
#include "spate/plan/Command.h"

/// What a table of files may not be, and what a write may not say, with Spark's errors.
namespace spate {

/// What Spark's messages call the reader and writer of a format: "ParquetDataSourceV2".
std::string sourceClassOf(const std::string& provider);

/// The columns that are in the files.
DataType dataColumns(const CatalogTable& table);

/// Only files can be tables.
///
/// Errors  DATA_SOURCE_NOT_FOUND; CANNOT_CREATE_DATA_SOURCE_TABLE.EXTERNAL_METADATA_UNSUPPORTED
Status checkProvider(const CatalogTable& table);

std::optional<BucketSpec> bucketSpecOf(const std::optional<plan::Bucketing>& bucketing);
/// Errors  SORT_BY_WITHOUT_BUCKETING, INVALID_BUCKET_COUNT
Status checkBuckets(const std::optional<BucketSpec>& spec);

/// What is appended to a table has no other path than that.
///
/// Errors  Spark's unnamed one
Status checkSameLocation(const CatalogTable& given, const CatalogTable& existing);

/// What is appended to a table is bucketed and clustered as that is.
///
/// Errors  CLUSTERING_COLUMNS_MISMATCH, and Spark's unnamed one for other buckets
Status checkSameLayout(const CatalogTable& given, const CatalogTable& existing);

/// Neither bucketBy nor clusterBy: `operation` is "save" or "insertInto".
Status checkPlainWrite(const plan::WriteCommand& command, const std::string& operation);

}  // namespace spate
