#include "spate/planner/SchemaMatching.h"

#include <utility>

#include "spate/planner/ExpressionBinder.h"
#include "spate/planner/PlanErrors.h"
#include "spate/types/StoreAssignment.h"

namespace spate {
namespace {

using plan::ExpressionPtr;
using Path = std::vector<std::string>;

ExpressionPtr textOf(const std::string& text) {
  return plan::make(plan::Literal{DataType::stringType(), Datum(text)});
}

Path with(Path path, const std::string& name) {
  path.push_back(name);
  return path;
}

Status nullableError(const Path& path) {
  return analysisError("NULLABLE_COLUMN_OR_FIELD", "42000",
                       "Column or field " + quotedName(path) +
                           " is nullable while it's required to be non-nullable.",
                       {{"name", quotedName(path)}});
}

Status nullPartError(const Path& path, bool isArray) {
  const std::string what = isArray ? "array" : "map";
  const std::string parts = isArray ? "elements" : "values";
  return analysisError(
      "NOT_NULL_CONSTRAINT_VIOLATION." + std::string(isArray ? "ARRAY_ELEMENT" : "MAP_VALUE"),
      "42000",
      "Assigning a NULL is not allowed here. The " + what + " " + quotedName(path) +
          " is defined to contain only " + parts + " that are NOT NULL.",
      {{"columnPath", quotedName(path)}});
}

Status wrongTypeError(const Path& path, const DataType& from, const DataType& to) {
  const std::string type = "\"" + from.sql() + "\"";
  const std::string expected = "\"" + to.sql() + "\"";
  return analysisError("INVALID_COLUMN_OR_FIELD_DATA_TYPE", "42000",
                       "Column or field " + quotedName(path) + " is of type " + type +
                           " while it's required to be " + expected + ".",
                       {{"name", quotedName(path)}, {"type", type}, {"expectedType", expected}});
}

class ColumnMatching {
 public:
  explicit ColumnMatching(const SessionSettings& settings) : settings_(settings) {}

  /// The value itself where there is nothing to do.
  Result<ExpressionPtr> match(ExpressionPtr value, const DataType& from, bool isNullable,
                              const DataType& to, bool mayBeNull, const Path& path) {
    if (isNullable && !mayBeNull) return failure(nullableError(path));
    if (from.kind() == to.kind()) {
      if (from.is(TypeKind::kStruct)) return matchStruct(value, from, isNullable, to, path);
      if (from.is(TypeKind::kArray)) return matchArray(value, from, to, path);
      if (from.is(TypeKind::kMap)) return matchMap(value, from, to, path);
    }
    if (from == to) return value;
    if (!isStoreAssignable(from, to)) return failure(wrongTypeError(path, from, to));
    return plan::make(plan::Cast{std::move(value), to, plan::CastMode::kAnsi});
  }

 private:
  bool isSame(const std::string& a, const std::string& b) const {
    return settings_.caseSensitive ? a == b : lowerCase(a) == lowerCase(b);
  }

  Result<ExpressionPtr> matchStruct(const ExpressionPtr& value, const DataType& from,
                                    bool isNullable, const DataType& to, const Path& path) {
    const auto& fields = from.fields();
    bool isChanged = fields.size() != to.fields().size();
    std::vector<ExpressionPtr> parts;
    for (size_t at = 0; at < to.fields().size(); ++at) {
      const StructField& wanted = to.fields()[at];
      std::vector<size_t> places;
      for (size_t i = 0; i < fields.size(); ++i)
        if (isSame(fields[i].name, wanted.name)) places.push_back(i);
      const Path own = with(path, wanted.name);
      if (places.size() > 1) return failure(ambiguousFieldError(own, places.size()));
      parts.push_back(textOf(wanted.name));
      if (places.empty()) {
        if (!wanted.nullable) return failure(unresolvedFieldError(wanted.name, from, path));
        isChanged = true;
        const auto none = plan::make(plan::Literal{DataType::nullType(), Datum()});
        parts.push_back(plan::make(plan::Cast{none, wanted.type, plan::CastMode::kAnsi}));
        continue;
      }
      const StructField& field = fields[places[0]];
      const ExpressionPtr inner = plan::make(plan::ExtractValue{value, textOf(field.name)});
      SPATE_ASSIGN_OR_FAIL(ExpressionPtr part, match(inner, field.type, field.nullable, wanted.type,
                                                     wanted.nullable, own));
      isChanged = isChanged || part != inner || field.name != wanted.name || places[0] != at;
      parts.push_back(std::move(part));
    }
    if (!isChanged) return value;
    const ExpressionPtr made = plan::makeCall("named_struct", std::move(parts));
    if (!isNullable) return made;
    return plan::makeCall("when", {plan::makeCall("isnotnull", {value}), made});
  }

  Result<ExpressionPtr> matchArray(const ExpressionPtr& value, const DataType& from,
                                   const DataType& to, const Path& path) {
    if (from.containsNull() && !to.containsNull()) return failure(nullPartError(path, true));
    return matchElements(value, from.elementType(), from.containsNull(), to.elementType(),
                         to.containsNull(), with(path, "element"));
  }

  Result<ExpressionPtr> matchMap(const ExpressionPtr& value, const DataType& from,
                                 const DataType& to, const Path& path) {
    if (from.valueContainsNull() && !to.valueContainsNull())
      return failure(nullPartError(path, false));
    const ExpressionPtr keys = plan::makeCall("map_keys", {value});
    const ExpressionPtr values = plan::makeCall("map_values", {value});
    SPATE_ASSIGN_OR_FAIL(auto newKeys, matchElements(keys, from.keyType(), false, to.keyType(),
                                                     false, with(path, "key")));
    SPATE_ASSIGN_OR_FAIL(
        auto newValues, matchElements(values, from.valueType(), from.valueContainsNull(),
                                      to.valueType(), to.valueContainsNull(), with(path, "value")));
    if (newKeys == keys && newValues == values) return value;
    return plan::makeCall("map_from_arrays", {std::move(newKeys), std::move(newValues)});
  }

  Result<ExpressionPtr> matchElements(const ExpressionPtr& array, const DataType& from,
                                      bool isNullable, const DataType& to, bool mayBeNull,
                                      const Path& path) {
    // Lambdas in lambdas need names of their own.
    const std::string name = "element" + std::to_string(lambdas_++);
    const ExpressionPtr element = plan::make(plan::LambdaVariable{{name}});
    SPATE_ASSIGN_OR_FAIL(auto body, match(element, from, isNullable, to, mayBeNull, path));
    if (body == element) return array;
    return plan::makeCall("transform", {array, plan::make(plan::Lambda{std::move(body), {name}})});
  }

  static Status unresolvedFieldError(const std::string& name, const DataType& type,
                                     const Path& path) {
    OutputColumns columns;
    for (const StructField& field : type.fields()) columns.push_back({0, field});
    const std::string field = quotedName({name});
    const std::string proposal = proposalFor(name, columns);
    return analysisError(
        "UNRESOLVED_FIELD.WITH_SUGGESTION", "42703",
        "A field with name " + field + " cannot be resolved with the struct-type column " +
            quotedName(path) + ". Did you mean one of the following? [" + proposal + "].",
        {{"fieldName", field}, {"columnPath", quotedName(path)}, {"proposal", proposal}});
  }

  const SessionSettings& settings_;
  int lambdas_ = 0;
};

}  // namespace

Status ambiguousFieldError(const std::vector<std::string>& path, size_t matches) {
  const std::string number = std::to_string(matches);
  return analysisError(
      "AMBIGUOUS_COLUMN_OR_FIELD", "42702",
      "Column or field " + quotedName(path) + " is ambiguous and has " + number + " matches.",
      {{"name", quotedName(path)}, {"n", number}});
}

Result<ExpressionPtr> matchColumn(ExpressionPtr value, const DataType& from, bool isNullable,
                                  const StructField& to, const std::vector<std::string>& path,
                                  const SessionSettings& settings) {
  return ColumnMatching(settings).match(std::move(value), from, isNullable, to.type, to.nullable,
                                        path);
}

}  // namespace spate
