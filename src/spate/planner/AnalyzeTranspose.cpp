// DataFrame.transpose: rows become columns, by the values of one column.
#include <arrow/array/array_base.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>

#include <cstdlib>
#include <utility>

#include "spate/planner/Analyzer.h"
#include "spate/planner/PlanErrors.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/ArrowValues.h"

namespace spate {
namespace {

using plan::ExpressionPtr;

Status invalidIndexColumn(const std::string& reason) {
  return analysisError("TRANSPOSE_INVALID_INDEX_COLUMN", "42804",
                       "Invalid index column for TRANSPOSE because: " + reason,
                       {{"reason", reason}});
}

/// As Scala writes a type: "ArrayType(StringType,true)".
std::string scalaText(const DataType& type) {
  const auto flag = [](bool set) { return std::string(set ? "true" : "false"); };
  switch (type.kind()) {
    case TypeKind::kArray:
      return "ArrayType(" + scalaText(type.elementType()) + "," + flag(type.containsNull()) + ")";
    case TypeKind::kMap:
      return "MapType(" + scalaText(type.keyType()) + "," + scalaText(type.valueType()) + "," +
             flag(type.containsNull()) + ")";
    case TypeKind::kStruct: {
      std::string fields;
      for (const StructField& field : type.fields())
        fields += (fields.empty() ? "StructField(" : ",StructField(") + field.name + "," +
                  scalaText(field.type) + "," + flag(field.nullable) + ")";
      return "StructType(" + fields + ")";
    }
    case TypeKind::kInteger: return "IntegerType";
    case TypeKind::kLong: return "LongType";
    default: break;
  }
  std::string name = type.simpleString();
  if (!name.empty() && name[0] >= 'a' && name[0] <= 'z')
    name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return name + "Type";
}

bool isAtomic(const DataType& type) {
  return !type.is(TypeKind::kArray) && !type.is(TypeKind::kMap) && !type.is(TypeKind::kStruct) &&
         !type.is(TypeKind::kVariant);
}

}  // namespace

Result<LogicalNodePtr> Analyzer::transpose(const plan::Statistic& node) {
  // The columns are named after rows, which depend on subqueries.
  const bool runsSubqueries = std::exchange(runsSubqueries_, true);
  const auto analyzed = analyzeQuery(node.input);
  runsSubqueries_ = runsSubqueries;
  if (!analyzed) return analyzed;
  const LogicalNodePtr& input = *analyzed;
  // `numbers` tells that the index column is no plain column.
  if (!node.numbers.empty())
    return failure(invalidIndexColumn("Index column must be an atomic attribute"));
  ExpressionBinder binder = binderFor(*input);
  size_t index = 0;
  if (!node.columns.empty()) {
    SPATE_ASSIGN_OR_FAIL(const auto bound, binder.bind(plan::makeAttribute(node.columns)));
    if (!bound->columnIndex())
      return failure(invalidIndexColumn("Index column must be an atomic attribute"));
    index = static_cast<size_t>(*bound->columnIndex());
  }
  if (input->columns.empty()) return input;
  const DataType indexType = input->columns[index].field.type;
  if (!isAtomic(indexType))
    return failure(invalidIndexColumn("Index column must be of atomic type, but found: " +
                                      scalaText(indexType)));
  std::optional<DataType> type;
  for (size_t i = 0; i < input->columns.size(); ++i) {
    if (i == index) continue;
    const DataType& own = input->columns[i].field.type;
    // As Spark: texts and others have no common type here.
    const bool mixesTexts = type && type->isText() != own.isText();
    const auto common =
        type ? commonType(*type, own, context_.settings()) : std::optional<DataType>(own);
    if (!common || mixesTexts)
      return failure(analysisError(
          "TRANSPOSE_NO_LEAST_COMMON_TYPE", "42K09",
          "Transpose requires non-index columns to share a least common type, but \"" +
              type->sql() + "\" and \"" + own.sql() + "\" do not.",
          {{"dt1", "\"" + type->sql() + "\""}, {"dt2", "\"" + own.sql() + "\""}}));
    type = common;
  }

  const auto placed = [&](size_t i) {
    return plan::make(plan::PlacedColumn{static_cast<int>(i), input->columns[i].field.name});
  };
  Expressions wanted{plan::make(
      plan::Alias{plan::make(plan::Cast{placed(index), DataType::stringType()}), {"name"}})};
  for (size_t i = 0; i < input->columns.size(); ++i)
    if (i != index) wanted.push_back(plan::make(plan::Cast{placed(i), *type}));
  SPATE_ASSIGN_OR_FAIL(auto present,
                       filterInput(input, plan::makeCall("isnotnull", {placed(index)})));
  OutputColumns columns = present->columns;
  SortKey key{columnAt(static_cast<int>(index), columns[index].field)};
  present = makeLogical(SortStep{{std::move(key)}, true}, {std::move(present)}, columns);
  SPATE_ASSIGN_OR_FAIL(const auto query, project(std::move(present), wanted, {}));
  SPATE_ASSIGN_OR_FAIL(const auto batches, runNow(query));

  constexpr const char* kMostRows = "spark.sql.transposeMaxValues";
  size_t most = 500;
  if (const auto& conf = context_.settings().conf) {
    if (const auto set = conf(kMostRows)) most = std::strtoull(set->c_str(), nullptr, 10);
  }
  std::vector<StructField> fields{{"key", DataType::stringType(), false}};
  std::vector<std::vector<Datum>> values(1);
  for (size_t i = 0; i < input->columns.size(); ++i)
    if (i != index) values[0].emplace_back(input->columns[i].field.name);
  const DataType valueType = type.value_or(DataType::stringType());
  for (const RecordBatchPtr& batch : batches) {
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      const Datum name = valueAt(*batch->column(0), row, DataType::stringType());
      fields.push_back({*name.as<std::string>(), valueType, true});
      values.emplace_back();
      for (int i = 1; i < batch->num_columns(); ++i)
        values.back().push_back(valueAt(*batch->column(i), row, valueType));
    }
  }
  if (fields.size() - 1 > most)
    return failure(analysisError("TRANSPOSE_EXCEED_ROW_LIMIT", "54006",
                                 "Number of rows exceeds the allowed limit of " +
                                     std::to_string(most) +
                                     " for TRANSPOSE. If this was intended, set " + kMostRows +
                                     " to at least the current row count.",
                                 {{"maxValues", std::to_string(most)}, {"config", kMostRows}}));
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (size_t i = 0; i < fields.size(); ++i) {
    SPATE_ASSIGN_OR_FAIL(auto array, spate::columnOf(values[i], fields[i].type));
    arrays.push_back(std::move(array));
  }
  const DataType schema = DataType::structOf(fields);
  SPATE_ASSIGN_OR_FAIL(const auto arrowSchema, toArrowSchema(schema));
  return analyze(plan::make(plan::LocalRelation{
      arrow::Table::Make(arrowSchema, arrays, static_cast<int64_t>(values[0].size())), schema}));
}

}  // namespace spate
