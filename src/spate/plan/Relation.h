#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "spate/plan/Expression.h"

namespace arrow {
class Table;
}

namespace spate::plan {

/// Options of a reader or writer. Keys are kept as given and compared without case.
using Options = std::map<std::string, std::string>;

/// No rows' worth of columns, one row: SELECT without FROM.
struct OneRow {};

/// spark.read.format(f).load(paths), spark.readStream...
struct ReadSource {
  std::string format;  ///< empty: spark.sql.sources.default
  std::optional<DataType> schema;
  Options options;
  std::vector<std::string> paths;
  bool isStreaming = false;
};

/// A table or view by name.
struct ReadTable {
  std::vector<std::string> nameParts;
  Options options = {};
  bool isStreaming = false;
};

/// spark.range.
struct Range {
  int64_t start = 0;
  int64_t end = 0;
  int64_t step = 1;
  std::optional<int32_t> partitions;
};

/// Rows that came with the plan: createDataFrame.
struct LocalRelation {
  std::shared_ptr<arrow::Table> table;
  DataType schema;
};

/// VALUES (...), (...).
struct Values {
  std::vector<std::vector<ExpressionPtr>> rows;
};

/// A result that the session keeps under an id: checkpoint(), foreachBatch's micro-batch.
struct CachedRemoteRelation {
  std::string id;
};

/// `isWithColumns`: withColumns; the expressions are Aliases that replace or add.
struct Project {
  RelationPtr input;
  std::vector<ExpressionPtr> expressions;
};
struct WithColumns {
  RelationPtr input;
  std::vector<ExpressionPtr> aliases;
};
struct WithColumnsRenamed {
  RelationPtr input;
  std::vector<std::pair<std::string, std::string>> names;
};
struct Drop {
  RelationPtr input;
  std::vector<ExpressionPtr> columns;
  std::vector<std::string> columnNames;
};
/// df.toDF(names).
struct ToDataFrame {
  RelationPtr input;
  std::vector<std::string> names;
};
/// df.to(schema).
struct ToSchema {
  RelationPtr input;
  DataType schema;
};

struct Filter {
  RelationPtr input;
  ExpressionPtr condition;
};

enum class GroupKind : uint8_t { kGroupBy, kRollup, kCube, kPivot, kGroupingSets };
struct Aggregate {
  RelationPtr input;
  GroupKind kind = GroupKind::kGroupBy;
  std::vector<ExpressionPtr> grouping;
  /// What is put out. From DataFrames: without the grouping columns, which come first in the
  /// output; from SQL (`isSelectList`): all of the select list, in its order.
  std::vector<ExpressionPtr> aggregates;
  bool isSelectList = false;
  /// HAVING; only with isSelectList.
  ExpressionPtr having = nullptr;
  ExpressionPtr pivotColumn = nullptr;
  std::vector<ExpressionPtr> pivotValues;  ///< empty: all there are
  std::vector<std::vector<ExpressionPtr>> groupingSets;
};

enum class JoinKind : uint8_t {
  kInner,
  kFullOuter,
  kLeftOuter,
  kRightOuter,
  kLeftAnti,
  kLeftSemi,
  kCross,
};
struct Join {
  RelationPtr left;
  RelationPtr right;
  JoinKind kind = JoinKind::kInner;
  ExpressionPtr condition = nullptr;
  std::vector<std::string> usingColumns;
  bool isNatural = false;
  bool isLateral = false;
};

struct Sort {
  RelationPtr input;
  std::vector<ExpressionPtr> order;  ///< SortOrder each
  bool isGlobal = true;
};
struct Limit {
  RelationPtr input;
  ExpressionPtr count;
};
struct Offset {
  RelationPtr input;
  ExpressionPtr count;
};
struct Tail {
  RelationPtr input;
  ExpressionPtr count;
};

enum class SetKind : uint8_t { kUnion, kIntersect, kExcept };
struct SetOperation {
  RelationPtr left;
  RelationPtr right;
  SetKind kind = SetKind::kUnion;
  bool isAll = false;
  bool byName = false;
  bool allowMissingColumns = false;
};

struct Deduplicate {
  RelationPtr input;
  std::vector<std::string> columns;  ///< empty: all
  bool withinWatermark = false;
};

struct Sample {
  RelationPtr input;
  double lower = 0;
  double upper = 1;
  bool withReplacement = false;
  std::optional<int64_t> seed;
  bool isOrdered = false;
};

/// alias(columns...).
struct SubqueryAlias {
  RelationPtr input;
  std::string alias;
  std::vector<std::string> qualifier;
  std::vector<std::string> columns;
};

/// WITH names AS (...) input.
struct WithCtes {
  RelationPtr input;
  std::vector<std::pair<std::string, RelationPtr>> ctes;
  bool isRecursive = false;
};

/// LATERAL VIEW [OUTER] generator alias AS columns.
struct LateralView {
  RelationPtr input;
  ExpressionPtr generator;
  bool isOuter = false;
  std::string alias;
  std::vector<std::string> columns;
};

/// A table-valued function: range(10), explode(array(1, 2)).
struct TableFunction {
  std::string name;
  std::vector<ExpressionPtr> arguments;
};

struct Unpivot {
  RelationPtr input;
  std::vector<ExpressionPtr> ids;
  std::optional<std::vector<ExpressionPtr>> values;
  std::string variableColumn;
  std::string valueColumn;
};

struct FillNa {
  RelationPtr input;
  std::vector<std::string> columns;
  std::vector<Literal> values;  ///< one for all columns, or one each
};
struct DropNa {
  RelationPtr input;
  std::vector<std::string> columns;
  std::optional<int32_t> minNonNulls;
};
struct ReplaceNa {
  RelationPtr input;
  std::vector<std::string> columns;
  std::vector<std::pair<Literal, Literal>> replacements;
};

/// describe() and summary(): `isSummary` with the statistics asked for.
struct Describe {
  RelationPtr input;
  std::vector<std::string> columns;
  bool isSummary = false;
  std::vector<std::string> statistics;
};

/// df.stat: crosstab, cov, corr, approxQuantile, freqItems, sampleBy, by name.
struct Statistic {
  RelationPtr input;
  std::string kind;
  std::vector<std::string> columns;
  std::vector<double> numbers;
  std::vector<std::pair<Literal, double>> fractions;
  std::optional<int64_t> seed;
};

struct Hint {
  RelationPtr input;
  std::string name;
  std::vector<ExpressionPtr> parameters;
};
struct Repartition {
  RelationPtr input;
  std::optional<int32_t> partitions;
  bool isShuffle = true;
  std::vector<ExpressionPtr> columns;
};

struct WithWatermark {
  RelationPtr input;
  std::string eventTime;
  std::string delay;
};

/// df.observe: the rows as they are; the metrics, aggregates over them, are told beside them.
struct CollectMetrics {
  RelationPtr input;
  std::string name;
  std::vector<ExpressionPtr> metrics;
};

/// show(): one row, one string.
struct ShowString {
  RelationPtr input;
  int32_t rows = 20;
  int32_t truncate = 20;
  bool isVertical = false;
};
struct HtmlString {
  RelationPtr input;
  int32_t rows = 20;
  int32_t truncate = 20;
};

/// mapInPandas, mapInArrow.
struct MapPartitions {
  RelationPtr input;
  PythonCall function;
  bool isBarrier = false;
};
/// groupBy(...).applyInPandas.
struct GroupMap {
  RelationPtr input;
  std::vector<ExpressionPtr> grouping;
  PythonCall function;
};

/// A call of spark.catalog, by its method's name and its arguments in order: "listTables",
/// "tableExists". Rows come out. Null stands for an argument that was not given.
struct CatalogCall {
  std::string method;
  std::vector<std::optional<std::string>> arguments;
  std::optional<DataType> schema;
  Options options;
};

/// SHOW TABLES, SHOW FUNCTIONS, DESCRIBE TABLE, SET ...: a command whose answer is rows.
struct ShowCommand {
  /// "SHOW TABLES", "SHOW VIEWS", "SHOW DATABASES", "SHOW COLUMNS", "SHOW FUNCTIONS",
  /// "SHOW TBLPROPERTIES", "SHOW CREATE TABLE", "SHOW PARTITIONS", "SHOW CATALOGS", "DESCRIBE",
  /// "DESCRIBE FUNCTION", "DESCRIBE DATABASE", "DESCRIBE QUERY", "SET", "RESET", "EXPLAIN", "USE",
  /// "CREATE DATABASE", "DROP DATABASE", "DROP TABLE", "DROP VIEW", "CACHE", "UNCACHE", "REFRESH",
  /// "TRUNCATE TABLE"
  std::string command;
  std::vector<std::string> nameParts;
  std::optional<std::string> pattern;
  std::optional<std::string> key;
  std::optional<std::string> value;
  bool ifExists = false;  ///< or IF NOT EXISTS
  bool isExtended = false;
  RelationPtr query = nullptr;
};

/// CREATE [OR REPLACE] [GLOBAL] TEMP VIEW name AS query, or USING format.
struct CreateView {
  std::vector<std::string> nameParts;
  RelationPtr query;
  std::vector<std::string> columns;
  bool isReplace = false;
  bool isGlobal = false;
  bool ifNotExists = false;
};

/// CLUSTERED BY (columns) SORTED BY (sortColumns) INTO buckets BUCKETS; bucketBy and sortBy.
struct Bucketing {
  int32_t buckets = 0;
  std::vector<std::string> columns;
  std::vector<std::string> sortColumns;
};

/// CREATE TABLE name (schema) USING format PARTITIONED BY ... LOCATION ... [AS query].
struct CreateTable {
  std::vector<std::string> nameParts;
  std::optional<DataType> schema;
  std::string format;
  Options options;
  std::vector<std::string> partitionColumns;
  std::optional<Bucketing> bucketing = std::nullopt;
  std::vector<std::string> clusterColumns = {};
  std::optional<std::string> location;
  std::optional<std::string> comment = std::nullopt;
  Options properties = {};
  RelationPtr query;
  bool isReplace = false;
  bool ifNotExists = false;
};

/// INSERT INTO / OVERWRITE name [PARTITION (...)] [(columns) | BY NAME] query.
struct InsertInto {
  std::vector<std::string> nameParts;
  std::vector<std::string> columns;
  RelationPtr query;
  bool isOverwrite = false;
  bool byName = false;
  /// PARTITION (day = '1', hour): a null value is the query's to give.
  std::vector<std::pair<std::string, ExpressionPtr>> partition = {};
};

struct Relation {
  using Node = std::variant<
      OneRow, ReadSource, ReadTable, Range, LocalRelation, Values, CachedRemoteRelation, Project,
      WithColumns, WithColumnsRenamed, Drop, ToDataFrame, ToSchema, Filter, Aggregate, Join, Sort,
      Limit, Offset, Tail, SetOperation, Deduplicate, Sample, SubqueryAlias, WithCtes, LateralView,
      TableFunction, Unpivot, FillNa, DropNa, ReplaceNa, Describe, Statistic, Hint, Repartition,
      WithWatermark, CollectMetrics, ShowString, HtmlString, MapPartitions, GroupMap, CatalogCall,
      ShowCommand, CreateView, CreateTable, InsertInto>;
  Node node;
  /// What df["a"] refers to; Spark Connect's plan_id.
  std::optional<int64_t> planId = std::nullopt;

  template <class T>
  const T* as() const {
    return std::get_if<T>(&node);
  }
};

inline RelationPtr make(Relation::Node node, std::optional<int64_t> planId = std::nullopt) {
  return std::make_shared<const Relation>(Relation{std::move(node), planId});
}

}  // namespace spate::plan
