#include "spate/planner/Analyzer.h"

#include <arrow/array/array_base.h>
#include <arrow/array/array_primitive.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>

#include <algorithm>
#include <cstdlib>

#include "spate/plan/PlanText.h"
#include "spate/planner/PlanErrors.h"
#include "spate/planner/SingleRow.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/ArrowValues.h"

namespace spate {
namespace {

constexpr int kMaxDepth = 500;

OutputColumns columnsOf(const DataType& schema) {
  OutputColumns columns;
  for (const StructField& field : schema.fields()) columns.push_back({nextColumnId(), field});
  return columns;
}

/// A scan of batches that are in memory: as many partitions as batches.
BatchScan memoryScan(std::shared_ptr<const std::vector<RecordBatchPtr>> batches, std::string name) {
  BatchScan scan;
  scan.name = std::move(name);
  scan.isLocal = true;
  scan.produce = [batches = std::move(batches)](
                     const RunContext&,
                     const std::vector<bool>&) -> Result<std::vector<PartitionProducer>> {
    std::vector<PartitionProducer> partitions;
    for (const RecordBatchPtr& batch : *batches)
      partitions.push_back([batch](TaskContext&, Output& output) { return output.push(batch); });
    if (partitions.empty())
      partitions.push_back([](TaskContext&, Output&) { return Status::OK(); });
    return partitions;
  };
  return scan;
}

Status produceRange(const plan::Range& range, int64_t from, int64_t to, Output& output) {
  constexpr int64_t kRows = 64 * 1024;
  const auto schema = arrow::schema({arrow::field("id", arrow::int64(), false)});
  for (int64_t at = from; at < to && output.wantsMore(); at += kRows) {
    const int64_t rows = std::min(kRows, to - at);
    auto buffer = arrow::AllocateBuffer(rows * static_cast<int64_t>(sizeof(int64_t)));
    if (!buffer.ok()) return fromArrow(buffer.status());
    auto* values = reinterpret_cast<int64_t*>((*buffer)->mutable_data());
    for (int64_t i = 0; i < rows; ++i)
      values[i] =
          static_cast<int64_t>(static_cast<uint64_t>(range.start) +
                               static_cast<uint64_t>(at + i) * static_cast<uint64_t>(range.step));
    auto column = std::make_shared<arrow::Int64Array>(rows, std::shared_ptr(*std::move(buffer)));
    SPATE_RETURN_IF_ERROR(output.push(arrow::RecordBatch::Make(schema, rows, {std::move(column)})));
  }
  return Status::OK();
}

}  // namespace

ExpressionBinder Analyzer::binderOver(const OutputColumns& columns) {
  ExpressionBinder binder(columns, context_.settings(), planIds_);
  binder.setFunctions([this](const std::string& name) { return findFunction(name); });
  return binder;
}

ExpressionBinder Analyzer::binderFor(const LogicalNode& input) {
  ExpressionBinder binder = binderOver(input.columns);
  binder.setSubqueries([this](const plan::Subquery& subquery) { return scalarSubquery(subquery); });
  if (outer_ != nullptr)
    binder.setOuter([this](const plan::Attribute& attribute) { return outerColumn(attribute); });
  return binder;
}

Status Analyzer::scalarColumnsError(size_t columns) {
  const std::string number = std::to_string(columns);
  return analysisError(
      "INVALID_SUBQUERY_EXPRESSION.SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN", "42823",
      "Invalid subquery: Scalar subquery must return only one column, but got " + number + ".",
      {{"number", number}});
}

Result<plan::ExpressionPtr> Analyzer::scalarValue(const plan::RelationPtr& relation,
                                                  const LogicalNodePtr& query) {
  if (query->columns.size() != 1) return failure(scalarColumnsError(query->columns.size()));
  const DataType& type = query->columns[0].field.type;
  if (query->isStreaming)
    return failure(analysisError("INVALID_SUBQUERY_EXPRESSION.STREAMING_QUERY", "42823",
                                 "Invalid subquery: Streaming query is not allowed in subquery "
                                 "expressions."));
  SPATE_ASSIGN_OR_FAIL(const auto batches, answerOf(relation, false, query));
  Datum value;
  int64_t rows = 0;
  for (const RecordBatchPtr& batch : batches) {
    if (rows == 0 && batch->num_rows() > 0) value = valueAt(*batch->column(0), 0, type);
    rows += batch->num_rows();
  }
  if (rows > 1) return failure(tooManyRowsError());
  return plan::make(plan::Literal{type, std::move(value)});
}

Result<std::vector<RecordBatchPtr>> Analyzer::answerOf(const plan::RelationPtr& relation,
                                                       bool isExists, const LogicalNodePtr& query) {
  if (!runsSubqueries_ && !query->isStreaming) return std::vector<RecordBatchPtr>();
  const std::tuple key(relation.get(), scope_.get(), isExists);
  if (const auto known = answers_.find(key); known != answers_.end()) return known->second.rows;
  SPATE_ASSIGN_OR_FAIL(auto rows, runNow(query));
  return answers_.emplace(key, Answer{relation, scope_, std::move(rows)}).first->second.rows;
}

Result<BoundExpressionPtr> Analyzer::scalarSubquery(const plan::Subquery& subquery) {
  SPATE_ASSIGN_OR_FAIL(const auto query, analyzeQuery(subquery.relation));
  SPATE_ASSIGN_OR_FAIL(const auto value, scalarValue(subquery.relation, query));
  const auto& literal = *value->as<plan::Literal>();
  return constantOf(literal.value, literal.type);
}

Result<LogicalNodePtr> Analyzer::refuse(const plan::Relation& relation) {
  const std::string text = plan::toText(relation);
  return failure(
      unsupportedHereError("the plan node " + text.substr(0, text.find_first_of(" \n"))));
}

Result<LogicalNodePtr> Analyzer::analyze(const plan::RelationPtr& relation) {
  if (!relation) return failure(Status::invalidArgument("a plan without an input"));
  if (++depth_ > kMaxDepth) {
    depth_ = 0;
    return failure(Status::invalidArgument("the plan is nested too deeply"));
  }
  const auto given = given_.find(relation.get());
  auto node = given == given_.end() ? analyzeNode(*relation) : given->second;
  --depth_;
  if (node && relation->planId) planIds_[*relation->planId].push_back({(*node)->columns, depth_});
  return node;
}

Result<LogicalNodePtr> Analyzer::analyzeQuery(const plan::RelationPtr& relation) {
  SPATE_ASSIGN_OR_FAIL(auto query, analyze(relation));
  return withoutHidden(std::move(query));
}

Result<LogicalNodePtr> Analyzer::withoutHidden(LogicalNodePtr query) {
  const auto isHidden = [](const OutputColumn& column) { return column.isHidden; };
  if (std::ranges::none_of(query->columns, isHidden)) return query;
  ProjectStep visible;
  OutputColumns columns;
  for (size_t i = 0; i < query->columns.size(); ++i) {
    if (isHidden(query->columns[i])) continue;
    visible.expressions.push_back(columnAt(static_cast<int>(i), query->columns[i].field));
    columns.push_back(query->columns[i]);
  }
  return makeLogical(std::move(visible), {std::move(query)}, std::move(columns));
}

Result<LogicalNodePtr> Analyzer::analyzeNode(const plan::Relation& relation) {
  return std::visit([this](const auto& node) { return (*this)(node); }, relation.node);
}

Result<LogicalNodePtr> Analyzer::leaf(const DataType& schema, BatchScan scan) {
  return makeLogical(std::move(scan), {}, columnsOf(schema));
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::OneRow&) {
  auto rows = std::make_shared<std::vector<RecordBatchPtr>>();
  rows->push_back(arrow::RecordBatch::Make(arrow::schema({}), 1, arrow::ArrayVector()));
  return leaf(DataType::structOf({}), memoryScan(rows, "Scan OneRowRelation"));
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::ReadSource& node) {
  if (!node.isStreaming) {
    SPATE_ASSIGN_OR_FAIL(auto opened, context_.openScan(node));
    return leaf(opened.first, std::move(opened.second));
  }
  SPATE_ASSIGN_OR_FAIL(StreamScan scan, context_.openStream(node));
  scan.index = streamSources_++;
  OutputColumns columns = columnsOf(scan.schema);
  return makeLogical(std::move(scan), {}, std::move(columns));
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::Range& node) {
  if (node.step == 0)
    return failure(Status::invalidArgument("requirement failed: step cannot be 0"));
  const Int128 distance = static_cast<Int128>(node.end) - node.start;
  Int128 count = 0;
  if ((distance > 0) == (node.step > 0) && distance != 0)
    count = (distance + node.step + (node.step > 0 ? -1 : 1)) / node.step;
  const auto rows = static_cast<int64_t>(count);
  BatchScan scan;
  scan.name = "Range (" + std::to_string(node.start) + ", " + std::to_string(node.end) +
              ", step=" + std::to_string(node.step) + ")";
  // As many parts as there are slots: seeds and ids of rows go by them.
  int64_t wanted = 2;
  if (const auto& conf = context_.settings().conf) {
    const std::string given = conf("spark.default.parallelism").value_or("");
    if (const int number = std::atoi(given.c_str()); number > 0) wanted = number;
  }
  const int64_t parts = std::max<int64_t>(node.partitions.value_or(wanted), 1);
  scan.produce = [node, rows, parts](
                     const RunContext&,
                     const std::vector<bool>&) -> Result<std::vector<PartitionProducer>> {
    std::vector<PartitionProducer> partitions;
    for (int64_t i = 0; i < parts; ++i) {
      const auto bound = [&](int64_t k) {
        return static_cast<int64_t>(static_cast<Int128>(rows) * k / parts);
      };
      partitions.push_back(
          [node, from = bound(i), to = bound(i + 1)](TaskContext&, Output& output) {
            return produceRange(node, from, to, output);
          });
    }
    return partitions;
  };
  return leaf(DataType::structOf({{"id", DataType::longType(), false}}), std::move(scan));
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::LocalRelation& node) {
  auto batches = std::make_shared<std::vector<RecordBatchPtr>>();
  if (node.table) {
    arrow::TableBatchReader reader(*node.table);
    while (true) {
      std::shared_ptr<arrow::RecordBatch> batch;
      SPATE_FAIL_IF_ERROR(fromArrow(reader.ReadNext(&batch)));
      if (!batch) break;
      batches->push_back(std::move(batch));
    }
  }
  return leaf(node.schema, memoryScan(std::move(batches), "LocalTableScan"));
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::CachedRemoteRelation& node) {
  const auto kept = findKept(node.id);
  if (!kept)
    return failure(analysisError("NO_CACHED_RELATION", "42704",
                                 "No DataFrame with id " + node.id + " is found in the session.",
                                 {{"id", node.id}}));
  return leaf(kept->schema, memoryScan(kept->batches, "Scan ExistingRDD"));
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::Values& node) {
  const OutputColumns none;
  ExpressionBinder binder(none, context_.settings(), planIds_);
  std::vector<std::vector<BoundExpressionPtr>> rows;
  for (const auto& row : node.rows) {
    rows.emplace_back();
    for (const auto& expression : row) {
      SPATE_ASSIGN_OR_FAIL(auto bound, binder.bind(expression));
      rows.back().push_back(std::move(bound));
    }
    if (rows.back().size() != rows[0].size())
      return failure(analysisError("INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH", "42000",
                                   "Invalid inline table. Inline table expected " +
                                       std::to_string(rows[0].size()) + " columns but found " +
                                       std::to_string(rows.back().size()) + " columns in row " +
                                       std::to_string(rows.size() - 1) + "."));
  }
  std::vector<StructField> fields;
  std::vector<std::vector<Datum>> columns;
  for (size_t i = 0; i < rows[0].size(); ++i) {
    DataType type = rows[0][i]->type();
    bool nullable = false;
    for (const auto& row : rows) {
      const auto common = commonType(type, row[i]->type(), context_.settings());
      if (!common)
        return failure(
            analysisError("INVALID_INLINE_TABLE.INCOMPATIBLE_TYPES_IN_INLINE_TABLE", "42000",
                          "Invalid inline table. Found incompatible types in the column `col" +
                              std::to_string(i + 1) + "` for inline table."));
      type = *common;
      nullable = nullable || row[i]->nullable();
    }
    fields.push_back({"col" + std::to_string(i + 1), type, nullable});
    columns.emplace_back();
    for (const auto& row : rows) {
      SPATE_ASSIGN_OR_FAIL(const auto cast, bindImplicitCast(row[i], type, context_.settings()));
      SPATE_ASSIGN_OR_FAIL(Datum value, evaluateConstant(*cast, context_.settings()));
      columns.back().push_back(std::move(value));
    }
  }
  const DataType schema = DataType::structOf(fields);
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (size_t i = 0; i < columns.size(); ++i) {
    SPATE_ASSIGN_OR_FAIL(auto array, spate::columnOf(columns[i], fields[i].type));
    arrays.push_back(std::move(array));
  }
  SPATE_ASSIGN_OR_FAIL(const auto arrowSchema, toArrowSchema(schema));
  auto batches = std::make_shared<std::vector<RecordBatchPtr>>();
  batches->push_back(arrow::RecordBatch::Make(arrowSchema, static_cast<int64_t>(node.rows.size()),
                                              std::move(arrays)));
  return leaf(schema, memoryScan(std::move(batches), "LocalTableScan"));
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::TableFunction& node) {
  const OutputColumns none;
  ExpressionBinder binder(none, context_.settings(), planIds_);
  if (lowerCase(node.name) == "range") {
    std::vector<int64_t> numbers;
    for (const auto& argument : node.arguments) {
      SPATE_ASSIGN_OR_FAIL(auto bound, binder.bind(argument));
      SPATE_ASSIGN_OR_FAIL(
          bound, bindImplicitCast(std::move(bound), DataType::longType(), context_.settings()));
      SPATE_ASSIGN_OR_FAIL(const Datum value, evaluateConstant(*bound, context_.settings()));
      if (value.isNull()) return failure(unresolvedRoutineError(node.name));
      numbers.push_back(*value.as<int64_t>());
    }
    plan::Range range;
    if (numbers.empty() || numbers.size() > 4) return failure(unresolvedRoutineError(node.name));
    range.end = numbers[0];
    if (numbers.size() > 1) std::tie(range.start, range.end) = std::pair(numbers[0], numbers[1]);
    if (numbers.size() > 2) range.step = numbers[2];
    if (numbers.size() > 3) range.partitions = static_cast<int32_t>(numbers[3]);
    return (*this)(range);
  }
  if (findGeneratorFunction(node.name) == nullptr)
    return failure(analysisError(
        "UNRESOLVABLE_TABLE_VALUED_FUNCTION", "42883",
        "Could not resolve `" + node.name +
            "` to a table-valued function.\nPlease make sure that `" + node.name +
            "` is defined as a table-valued function and that all required parameters are "
            "provided correctly.\nIf `" +
            node.name +
            "` is not defined, please create the table-valued function before using "
            "it.\nFor more information about defining table-valued functions, please "
            "refer to the Apache Spark documentation.",
        {{"name", "`" + node.name + "`"}}));
  SPATE_ASSIGN_OR_FAIL(auto row, (*this)(plan::OneRow{}));
  return generate(std::move(row), plan::Call{node.name, node.arguments}, false, {}, "");
}

}  // namespace spate
