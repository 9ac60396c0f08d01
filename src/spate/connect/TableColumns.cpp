#include "spate/connect/TableColumns.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "spate/catalog/CatalogErrors.h"
#include "spate/planner/ExpressionBinder.h"
#include "spate/planner/PlanErrors.h"
#include "spate/types/FilePathUri.h"
#include "spate/types/StoreAssignment.h"

namespace spate {
namespace {

bool sameName(const std::string& a, const std::string& b) { return lowerCase(a) == lowerCase(b); }

std::optional<size_t> placeOf(const DataType& schema, const std::string& name) {
  const auto& fields = schema.fields();
  for (size_t i = 0; i < fields.size(); ++i)
    if (sameName(fields[i].name, name)) return i;
  return std::nullopt;
}

std::vector<std::string> namesOf(const DataType& schema) {
  std::vector<std::string> names;
  for (const StructField& field : schema.fields()) names.push_back(field.name);
  return names;
}

std::string listOf(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
  return text;
}

Status incompatible(const CatalogTable& table, const StructField& column, const DataType& from) {
  const std::string name = quotedPart(column.name);
  const std::string source = "\"" + from.sql() + "\"";
  const std::string target = "\"" + column.type.sql() + "\"";
  return analysisError("INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST", "KD000",
                       "Cannot write incompatible data for the table " + table.name.quoted() +
                           ": Cannot safely cast " + name + " " + source + " to " + target + ".",
                       {{"tableName", table.name.quoted()},
                        {"colName", name},
                        {"srcType", source},
                        {"targetType", target}});
}

/// For each column of the table the one of the query, by what INSERT says; none: null.
class Matching {
 public:
  Matching(const CatalogTable& table, const plan::InsertInto& insert, const DataType& schema)
      : table_(table), insert_(insert), schema_(schema), places_(table.schema.fields().size()) {}

  Result<std::vector<std::optional<size_t>>> match() {
    SPATE_FAIL_IF_ERROR(findStatic());
    if (insert_.byName) {
      SPATE_FAIL_IF_ERROR(byName());
    } else if (!insert_.columns.empty()) {
      SPATE_FAIL_IF_ERROR(byList());
    } else {
      SPATE_FAIL_IF_ERROR(byPosition());
    }
    SPATE_FAIL_IF_ERROR(checkPartition());
    return places_;
  }

 private:
  Status findStatic() {
    for (const auto& [name, value] : insert_.partition) {
      const auto place = placeOf(table_.schema, name);
      if (!place || !table_.isPartitionColumn(table_.schema.fields()[*place].name))
        return analysisError(
            "NON_PARTITION_COLUMN", "42000",
            "PARTITION clause cannot contain the non-partition column: " + quotedPart(name) + ".",
            {{"columnName", quotedPart(name)}});
      if (value) static_.push_back(*place);
    }
    return Status::OK();
  }

  /// PARTITION names all of the table's partition columns, and those with a value stand first in
  /// the table's order: INSERT OVERWRITE replaces the one directory that the values lead to.
  Status checkPartition() const {
    if (insert_.partition.empty()) return Status::OK();
    if (insert_.partition.size() != table_.partitionColumns.size()) {
      std::vector<std::string> given;
      for (const auto& [name, value] : insert_.partition)
        given.push_back(table_.schema.fields()[*placeOf(table_.schema, name)].name);
      const std::string requested = listOf(given);
      const std::string there = listOf(table_.partitionColumns);
      return analysisError("_LEGACY_ERROR_TEMP_1169", "",
                           "Requested partitioning does not match the table " +
                               table_.name.quoted() + ":\nRequested partitions: " + requested +
                               ".\nTable partitions: " + there + ".",
                           {{"tableName", table_.name.quoted()},
                            {"normalizedPartSpec", requested},
                            {"partColNames", there}});
    }
    bool isOpen = false;
    for (const std::string& column : table_.partitionColumns) {
      if (!isStatic(*placeOf(table_.schema, column))) {
        isOpen = true;
      } else if (isOpen) {
        const std::string columns = "[" + listOf(table_.partitionColumns) + "]";
        return analysisError("_LEGACY_ERROR_TEMP_1147", "",
                             "The ordering of partition columns is " + columns +
                                 ". All partition columns having constant values need to appear "
                                 "before other partition columns that do not have an assigned "
                                 "constant value.",
                             {{"partColumns", columns}});
      }
    }
    return Status::OK();
  }

  bool isStatic(size_t place) const { return std::ranges::find(static_, place) != static_.end(); }

  Status byPosition() {
    std::vector<size_t> open;
    std::vector<std::string> names;
    for (size_t i = 0; i < places_.size(); ++i) {
      if (isStatic(i)) continue;
      open.push_back(i);
      names.push_back(table_.schema.fields()[i].name);
    }
    if (open.size() != schema_.fields().size())
      return insertArityError(table_.name, names, namesOf(schema_));
    for (size_t i = 0; i < open.size(); ++i) places_[open[i]] = i;
    return Status::OK();
  }

  Status byList() {
    std::vector<size_t> listed;
    for (const std::string& name : insert_.columns) {
      const auto place = placeOf(table_.schema, name);
      if (!place) {
        OutputColumns columns;
        for (const StructField& field : table_.schema.fields()) columns.push_back({0, field});
        return unresolvedColumnError({name}, columns);
      }
      if (std::ranges::find(listed, *place) != listed.end())
        return columnAlreadyExistsError(lowerCase(name));
      listed.push_back(*place);
    }
    if (listed.size() != schema_.fields().size())
      return insertArityError(table_.name, insert_.columns, namesOf(schema_));
    for (size_t i = 0; i < listed.size(); ++i) places_[listed[i]] = i;
    return Status::OK();
  }

  Status byName() {
    for (size_t i = 0; i < schema_.fields().size(); ++i) {
      const std::string& name = schema_.fields()[i].name;
      const auto place = placeOf(table_.schema, name);
      if (!place || isStatic(*place))
        return analysisError(
            "INCOMPATIBLE_DATA_FOR_TABLE.EXTRA_COLUMNS", "KD000",
            "Cannot write incompatible data for the table " + table_.name.quoted() +
                ": Cannot write extra columns " + quotedPart(name) + ".",
            {{"tableName", table_.name.quoted()}, {"extraColumns", quotedPart(name)}});
      if (places_[*place]) return columnAlreadyExistsError(lowerCase(name));
      places_[*place] = i;
    }
    return Status::OK();
  }

  const CatalogTable& table_;
  const plan::InsertInto& insert_;
  const DataType& schema_;
  std::vector<std::optional<size_t>> places_;
  std::vector<size_t> static_;
};

}  // namespace

Result<plan::RelationPtr> alignToTable(const CatalogTable& table, const plan::InsertInto& insert,
                                       const DataType& schema) {
  SPATE_ASSIGN_OR_FAIL(const auto places, Matching(table, insert, schema).match());
  plan::Project project;
  project.input = insert.query;
  const auto& columns = table.schema.fields();
  for (size_t i = 0; i < columns.size(); ++i) {
    plan::ExpressionPtr value = plan::make(plan::Literal{DataType::nullType(), Datum()});
    if (places[i]) {
      const StructField& from = schema.fields()[*places[i]];
      if (!isStoreAssignable(from.type, columns[i].type))
        return failure(incompatible(table, columns[i], from.type));
      value = plan::make(plan::PlacedColumn{static_cast<int>(*places[i]), from.name});
    }
    for (const auto& [name, given] : insert.partition)
      if (given && sameName(name, columns[i].name)) value = given;
    value = plan::make(plan::Cast{std::move(value), columns[i].type, plan::CastMode::kAnsi});
    project.expressions.push_back(plan::make(plan::Alias{std::move(value), {columns[i].name}}));
  }
  return plan::make(std::move(project));
}

Status errorOfInsert(Status status, const CatalogTable& table) {
  if (status.errorClass() != "CAST_OVERFLOW") return status;
  const auto source = status.parameters().find("sourceType");
  const auto target = status.parameters().find("targetType");
  if (source == status.parameters().end() || target == status.parameters().end()) return status;
  const auto isTarget = [&](const StructField& field) {
    return "\"" + field.type.sql() + "\"" == target->second;
  };
  const auto& columns = table.schema.fields();
  if (std::ranges::count_if(columns, isTarget) != 1) return status;
  const std::string name = quotedPart(std::ranges::find_if(columns, isTarget)->name);
  return Status::invalidArgument("Fail to assign a value of " + source->second + " type to the " +
                                 target->second + " type column or variable " + name +
                                 " due to an overflow. Use `try_cast` on the input value to "
                                 "tolerate overflow and return NULL instead.")
      .withErrorClass(
          "CAST_OVERFLOW_IN_TABLE_INSERT", "22003",
          {{"sourceType", source->second}, {"targetType", target->second}, {"columnName", name}});
}

bool readsFiles(const LogicalNode& plan, const std::string& directory) {
  if (const auto* scan = plan.as<BatchScan>()) {
    for (const std::string& uri : scan->inputFiles) {
      const auto path = filePathOfUri(uri);
      if (path && path->starts_with(directory + "/")) return true;
    }
  }
  return std::ranges::any_of(
      plan.children, [&](const LogicalNodePtr& child) { return readsFiles(*child, directory); });
}

}  // namespace spate
