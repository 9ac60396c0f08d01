// parse_json, variant_get, schema_of_variant ...: functions over VARIANT values.
#include <arrow/array/array_base.h>
#include <arrow/datum.h>
#include <fmt/core.h>

#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spate/functions/ArgumentColumn.h"
#include "spate/functions/JsonNode.h"
#include "spate/functions/RowLoop.h"
#include "spate/functions/Signature.h"
#include "spate/functions/VariantFamilies.h"
#include "spate/types/ArrowValues.h"
#include "spate/types/CastText.h"
#include "spate/types/DataTypeDdl.h"
#include "spate/types/MalformedRecord.h"
#include "spate/types/Variant.h"

namespace spate {
namespace {

using Arguments = std::span<const arrow::Datum>;

Datum datumOfVariant(VariantBytes bytes) {
  return Datum(Row{Datum(std::move(bytes.value)), Datum(std::move(bytes.metadata))});
}

/// The variant in a row of a column that is not null there.
struct HeldVariant {
  Row parts;
  VariantView view() const { return {*parts[0].as<std::string>(), *parts[1].as<std::string>()}; }
};

HeldVariant variantIn(const ArgumentColumn& column, int64_t row) {
  return {*valueAt(column.array(), column.at(row), DataType::variantType()).as<Row>()};
}

/// A number as it was written: whole, a decimal where it has no exponent, else a double.
bool appendNumber(const JsonNode& json, VariantBuilder& builder) {
  const std::string& text = json.text;
  if (json.kind == JsonNode::kInteger) {
    int64_t number = 0;
    const char* end = text.data() + text.size();
    if (std::from_chars(text.data(), end, number) == std::from_chars_result{end, std::errc()}) {
      builder.appendInteger(number);
      return true;
    }
  }
  const size_t point = text.find('.');
  const int scale = point == std::string::npos ? 0 : static_cast<int>(text.size() - point - 1);
  Int128 unscaled = 0;
  if (text.find_first_not_of("-.0123456789") == std::string::npos &&
      scale <= DataType::kMaxDecimalPrecision &&
      parseDecimal(text, DataType::kMaxDecimalPrecision, scale, unscaled) == DecimalParse::kOk) {
    builder.appendDecimal(unscaled, scale);
    return true;
  }
  const auto real = parseDouble(text);
  if (!real) return false;
  builder.appendDouble(*real);
  return true;
}

Status appendJsonNode(const JsonNode& json, VariantBuilder& builder) {
  const size_t begin = builder.position();
  switch (json.kind) {
    case JsonNode::kNull: builder.appendNull(); break;
    case JsonNode::kTrue: builder.appendBoolean(true); break;
    case JsonNode::kFalse: builder.appendBoolean(false); break;
    case JsonNode::kInteger:
    case JsonNode::kFraction:
      if (!appendNumber(json, builder)) return malformedVariant();
      break;
    case JsonNode::kString: builder.appendText(json.text); break;
    case JsonNode::kArray: {
      std::vector<size_t> begins;
      for (const JsonNode& element : json.elements) {
        begins.push_back(builder.position());
        SPATE_RETURN_IF_ERROR(appendJsonNode(element, builder));
      }
      builder.finishArray(begin, begins);
      break;
    }
    case JsonNode::kObject: {
      std::vector<VariantBuilder::Field> fields;
      for (const JsonNode::Field& field : json.fields) {
        fields.push_back(builder.startField(field.name));
        SPATE_RETURN_IF_ERROR(appendJsonNode(field.value, builder));
      }
      return builder.finishObject(begin, std::move(fields));
    }
  }
  return Status::OK();
}

template <bool kTry>
Result<BoundFunction> bindParse(std::string_view name, std::span<const Argument> arguments,
                                const SessionSettings&) {
  SPATE_ASSIGN_OR_FAIL(BoundFunction bound, bindSignature(name, arguments, "s", "s", nullptr));
  bound.type = DataType::variantType();
  bound.nullable = bound.nullable || kTry;
  bound.kernel = [](EvalContext&, Arguments values, int64_t rows) {
    return valuesOfRows(
        values, rows, DataType::variantType(), [](const auto& in, int64_t i) -> Result<Datum> {
          const std::string_view text = in[0].text(i);
          JsonSyntax strict;
          strict.singleQuotes = false;
          strict.nonNumericNumbers = false;
          const auto json = parseJson(text, strict);
          VariantBuilder builder;
          Status status = json ? appendJsonNode(*json, builder) : malformedRecord(text);
          if (status.ok()) return datumOfVariant(std::move(builder).finish());
          if (kTry) return Datum();
          return failure(std::move(status));
        });
  };
  return bound;
}

/// The argument at `index` has to be a variant.
Status checkVariant(std::string_view name, std::span<const Argument> arguments) {
  const DataType& type = arguments[0].type;
  if (type.is(TypeKind::kVariant) || type.is(TypeKind::kNull)) return Status::OK();
  return unexpectedInputType(name, arguments, 0, "\"VARIANT\"");
}

BoundFunction boundOver(std::span<const Argument> arguments, DataType type) {
  BoundFunction bound;
  bound.type = std::move(type);
  bound.nullable = anyNullable(arguments);
  bound.argumentTypes = {DataType::variantType()};
  return bound;
}

Result<BoundFunction> bindIsNull(std::string_view name, std::span<const Argument> arguments,
                                 const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 1, 1));
  SPATE_FAIL_IF_ERROR(checkVariant(name, arguments));
  BoundFunction bound = boundOver(arguments, DataType::booleanType());
  bound.nullable = false;
  bound.kernel = [](EvalContext&, Arguments values, int64_t rows) {
    return forEachRow<arrow::BooleanBuilder, false>(
        values, rows, arrow::boolean(),
        [](const ArgumentColumns& in, int64_t i, arrow::BooleanBuilder& out) -> Status {
          if (in[0].isNull(i)) {
            out.UnsafeAppend(false);
            return Status::OK();
          }
          const HeldVariant variant = variantIn(in[0], i);
          SPATE_ASSIGN_OR_RETURN(const auto kind, variant.view().kind());
          out.UnsafeAppend(kind == VariantView::Kind::kNull);
          return Status::OK();
        });
  };
  return bound;
}

Result<BoundFunction> bindSchema(std::string_view name, std::span<const Argument> arguments,
                                 const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 1, 1));
  SPATE_FAIL_IF_ERROR(checkVariant(name, arguments));
  BoundFunction bound = boundOver(arguments, DataType::stringType());
  bound.kernel = [](EvalContext&, Arguments values, int64_t rows) {
    return valuesOfRows(values, rows, DataType::stringType(),
                        [](const auto& in, int64_t i) -> Result<Datum> {
                          const HeldVariant variant = variantIn(in[0], i);
                          SPATE_ASSIGN_OR_FAIL(const DataType schema, variant.view().schema());
                          return Datum(variantSchemaText(schema));
                        });
  };
  return bound;
}

/// A value of any type that a variant can hold, structs and maps included.
Result<BoundFunction> bindToVariant(std::string_view name, std::span<const Argument> arguments,
                                    const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 1, 1));
  const DataType type = arguments[0].type;
  if (!type.isNested()) {
    return failure(unexpectedInputType(name, arguments, 0, "(\"STRUCT\" or \"ARRAY\" or \"MAP\")"));
  }
  BoundFunction bound = boundOver(arguments, DataType::variantType());
  bound.argumentTypes = {type};
  bound.kernel = [type](EvalContext&, Arguments values, int64_t rows) {
    return valuesOfRows(
        values, rows, DataType::variantType(), [&](const auto& in, int64_t i) -> Result<Datum> {
          VariantBuilder builder;
          SPATE_FAIL_IF_ERROR(builder.append(valueAt(in[0].array(), in[0].at(i), type), type));
          return datumOfVariant(std::move(builder).finish());
        });
  };
  return bound;
}

/// "$.a[0]['b']": a field's name, or an index.
struct PathStep {
  std::string name;
  std::optional<size_t> index;
};

std::optional<std::vector<PathStep>> pathOf(std::string_view text) {
  if (!text.starts_with('$')) return std::nullopt;
  text.remove_prefix(1);
  std::vector<PathStep> steps;
  while (!text.empty()) {
    if (text[0] == '.') {
      const size_t end = text.find_first_of(".[", 1);
      const std::string_view name = text.substr(1, end - 1);
      if (name.empty()) return std::nullopt;
      steps.push_back({std::string(name), std::nullopt});
      text = end == std::string_view::npos ? std::string_view() : text.substr(end);
      continue;
    }
    if (text[0] != '[' || text.size() < 3) return std::nullopt;
    if (text[1] == '\'' || text[1] == '"') {
      const size_t end = text.find(text[1], 2);
      if (end == std::string_view::npos || text.substr(end + 1, 1) != "]") return std::nullopt;
      steps.push_back({std::string(text.substr(2, end - 2)), std::nullopt});
      text.remove_prefix(end + 2);
      continue;
    }
    const size_t end = text.find(']');
    size_t index = 0;
    if (end == std::string_view::npos || end == 1 ||
        std::from_chars(text.data() + 1, text.data() + end, index).ptr != text.data() + end)
      return std::nullopt;
    steps.push_back({{}, index});
    text.remove_prefix(end + 1);
  }
  return steps;
}

Status invalidPath(std::string_view path, std::string_view name) {
  const std::string function = fmt::format("`{}`", name);
  return Status::invalidArgument(
             fmt::format("The path `{}` is not a valid variant extraction path in `{}`.\nA valid "
                         "path should start with `$` and is followed by zero or more segments like "
                         "`[123]`, `.name`, `['name']`, or `[\"name\"]`.",
                         path, function))
      .withErrorClass("INVALID_VARIANT_GET_PATH", "22023",
                      {{"path", std::string(path)}, {"functionName", function}});
}

/// What stands at the path; empty: nothing.
Result<std::optional<VariantView>> follow(VariantView view, const std::vector<PathStep>& path) {
  for (const PathStep& step : path) {
    SPATE_ASSIGN_OR_FAIL(const auto kind, view.kind());
    if (step.index) {
      if (kind != VariantView::Kind::kArray) return std::optional<VariantView>();
      SPATE_ASSIGN_OR_FAIL(const auto elements, view.elements());
      if (*step.index >= elements.size()) return std::optional<VariantView>();
      view = view.inside(elements[*step.index]);
      continue;
    }
    if (kind != VariantView::Kind::kObject) return std::optional<VariantView>();
    SPATE_ASSIGN_OR_FAIL(const auto fields, view.fields());
    std::optional<VariantView> found;
    for (const auto& field : fields)
      if (field.name == step.name) found = view.inside(field.value);
    if (!found) return std::optional<VariantView>();
    view = *found;
  }
  return std::optional<VariantView>(view);
}

Result<Datum> getValue(const VariantView& variant, const std::vector<PathStep>& path,
                       const DataType& type, bool isTry, const std::string& timeZone) {
  SPATE_ASSIGN_OR_FAIL(const auto found, follow(variant, path));
  if (!found) return Datum();
  SPATE_ASSIGN_OR_FAIL(auto value, castVariant(*found, type, timeZone));
  if (value || isTry) return value ? *std::move(value) : Datum();
  SPATE_ASSIGN_OR_FAIL(const auto zone, TimeZone::make(timeZone));
  std::string shown;
  SPATE_FAIL_IF_ERROR(found->appendJson(*zone, shown));
  return failure(Status::invalidArgument(
                     fmt::format("The variant value `{}` cannot be cast into `{}`. Please use "
                                 "`try_variant_get` instead.",
                                 shown, quotedType(type)))
                     .withErrorClass("INVALID_VARIANT_CAST", "22023",
                                     {{"value", shown}, {"dataType", quotedType(type)}}));
}

/// variant_get(variant, path [, type]).
template <bool kTry>
Result<BoundFunction> bindGet(std::string_view name, std::span<const Argument> arguments,
                              const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 2, 3));
  SPATE_FAIL_IF_ERROR(checkVariant(name, arguments));
  DataType type = DataType::variantType();
  if (arguments.size() == 3) {
    const auto text = constantText(arguments[2]);
    if (!text) return failure(nonFoldableInput(name, arguments, 2, "type", "STRING"));
    SPATE_ASSIGN_OR_FAIL(type, dataTypeFromDdl(*text));
  }
  if (const auto path = constantText(arguments[1]); path && !pathOf(*path))
    return failure(invalidPath(*path, name));
  BoundFunction bound = boundOver(arguments, type);
  bound.nullable = true;
  bound.argumentTypes.push_back(DataType::stringType());
  if (arguments.size() == 3) bound.argumentTypes.push_back(DataType::stringType());
  bound.sql = fmt::format("{}({}, {})", name, arguments[0].sql, arguments[1].sql);
  bound.kernel = [type, function = std::string(name)](EvalContext& context, Arguments values,
                                                      int64_t rows) {
    return valuesOfRows(values, rows, type, [&](const auto& in, int64_t i) -> Result<Datum> {
      const auto path = pathOf(in[1].text(i));
      if (!path) return failure(invalidPath(in[1].text(i), function));
      const HeldVariant variant = variantIn(in[0], i);
      return getValue(variant.view(), *path, type, kTry, context.settings.timeZone);
    });
  };
  return bound;
}

constexpr ScalarFunction kFunctions[] = {
    {"is_variant_null", bindIsNull},     {"parse_json", bindParse<false>},
    {"schema_of_variant", bindSchema},   {"to_variant_object", bindToVariant},
    {"try_parse_json", bindParse<true>}, {"try_variant_get", bindGet<true>},
    {"variant_get", bindGet<false>},
};

}  // namespace

std::span<const ScalarFunction> variantFunctions() { return kFunctions; }

}  // namespace spate
