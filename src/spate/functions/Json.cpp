#include <arrow/datum.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spate/functions/Families.h"
#include "spate/functions/FormatCalls.h"
#include "spate/functions/JsonNode.h"
#include "spate/functions/JsonPath.h"
#include "spate/functions/JsonSchema.h"
#include "spate/functions/RowLoop.h"
#include "spate/functions/Signature.h"
#include "spate/functions/TextConversion.h"
#include "spate/types/JsonText.h"
#include "spate/types/MalformedRecord.h"
#include "spate/types/TimeZone.h"
#include "spate/types/Variant.h"

namespace spate {
namespace {

using Arguments = std::span<const arrow::Datum>;

/// JSON values to values of Spark types.
class JsonReader {
 public:
  static Result<JsonReader> make(const ConversionOptions& options,
                                 const SessionSettings& settings) {
    SPATE_ASSIGN_OR_FAIL(TextConversion texts, TextConversion::make(options, settings));
    return JsonReader(std::move(texts));
  }

  /// The value, with nulls where a part does not fit, which is then noted in isBad.
  Datum read(const JsonNode& json, const DataType& type, bool& isBad) const {
    if (json.kind == JsonNode::kNull) return {};
    switch (type.kind()) {
      case TypeKind::kStruct:
        if (json.kind == JsonNode::kObject) return structOf(json, type, isBad);
        break;
      case TypeKind::kArray:
        if (json.kind == JsonNode::kArray) {
          Row row;
          for (const JsonNode& element : json.elements)
            row.push_back(read(element, type.elementType(), isBad));
          return Datum(std::move(row));
        }
        break;
      case TypeKind::kMap:
        if (json.kind == JsonNode::kObject) {
          MapValue map;
          for (const auto& field : json.fields) {
            const auto key = texts_.read(field.name, type.keyType());
            if (!key) {
              isBad = true;
              continue;
            }
            map.keys.push_back(*key);
            map.values.push_back(read(field.value, type.valueType(), isBad));
          }
          return Datum(std::move(map));
        }
        break;
      default: {
        auto value = plain(json, type);
        if (value) return std::move(*value);
      }
    }
    isBad = true;
    return {};
  }

 private:
  explicit JsonReader(TextConversion texts) : texts_(std::move(texts)) {}

  Datum structOf(const JsonNode& json, const DataType& type, bool& isBad) const {
    Row row;
    for (const StructField& field : type.fields()) {
      const JsonNode* value = json.field(field.name);
      row.push_back(value == nullptr ? Datum() : read(*value, field.type, isBad));
    }
    return Datum(std::move(row));
  }

  std::optional<Datum> plain(const JsonNode& json, const DataType& type) const {
    if (type.isText()) return Datum(json.plainText());
    const bool isText = json.kind == JsonNode::kString;
    const bool isNumber = json.kind == JsonNode::kInteger || json.kind == JsonNode::kFraction;
    switch (type.kind()) {
      case TypeKind::kBoolean:
        if (json.kind == JsonNode::kTrue) return Datum(true);
        if (json.kind == JsonNode::kFalse) return Datum(false);
        return std::nullopt;
      case TypeKind::kByte:
      case TypeKind::kShort:
      case TypeKind::kInteger:
      case TypeKind::kLong:
        if (json.kind != JsonNode::kInteger) return std::nullopt;
        break;
      case TypeKind::kFloat:
      case TypeKind::kDouble:
        if (isText) {
          const bool isSpecial = json.text == "NaN" || json.text == "+INF" || json.text == "-INF" ||
                                 json.text == "Infinity" || json.text == "+Infinity" ||
                                 json.text == "-Infinity" || json.text == "INF";
          if (!isSpecial) return std::nullopt;
        } else if (!isNumber) {
          return std::nullopt;
        }
        if (json.text.ends_with("INF"))
          return texts_.read(json.text.starts_with('-') ? "-Infinity" : "Infinity", type);
        break;
      case TypeKind::kDecimal:
        if (!isNumber && !isText) return std::nullopt;
        break;
      case TypeKind::kTimestamp:
        if (json.kind == JsonNode::kInteger) {
          const auto seconds = texts_.read(json.text, DataType::longType());
          if (!seconds) return std::nullopt;
          return Datum(*seconds->as<int64_t>() * 1'000'000);
        }
        if (!isText) return std::nullopt;
        break;
      default:
        if (!isText) return std::nullopt;
    }
    return texts_.read(json.text, type);
  }

  TextConversion texts_;
};

JsonSyntax syntaxOf(const ConversionOptions& options) {
  JsonSyntax syntax;
  syntax.singleQuotes = options.flag("allowSingleQuotes", true);
  syntax.unquotedNames = options.flag("allowUnquotedFieldNames", false);
  syntax.comments = options.flag("allowComments", false);
  syntax.leadingZeros = options.flag("allowNumericLeadingZeros", false);
  syntax.nonNumericNumbers = options.flag("allowNonNumericNumbers", true);
  syntax.anyEscape = options.flag("allowBackslashEscapingAnyCharacter", false);
  syntax.controlCharacters = options.flag("allowUnquotedControlChars", false);
  return syntax;
}

/// from_json(text, schema[, options]).
Result<BoundFunction> bindFromJson(std::string_view name, std::span<const Argument> arguments,
                                   const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 2, 3));
  SPATE_ASSIGN_OR_FAIL(const DataType given, constantSchema(name, arguments, 1));
  const DataType type = asNullable(given);
  SPATE_ASSIGN_OR_FAIL(const ConversionOptions options,
                       ConversionOptions::make(name, arguments, 2));
  SPATE_ASSIGN_OR_FAIL(const MalformedMode mode, parseModeOf(name, options));
  SPATE_ASSIGN_OR_FAIL(const JsonReader reader, JsonReader::make(options, settings));
  if (!type.isNested()) {
    return failure(dataTypeMismatch(
        "INVALID_JSON_SCHEMA", name, arguments,
        "Input schema " + quotedType(type) + " must be a struct, an array, a map or a variant.",
        {{"schema", quotedType(type)}}));
  }
  const auto corrupt = corruptRecordField(options, type);
  const JsonSyntax syntax = syntaxOf(options);
  const auto readText = [=](std::string_view text) -> Result<Datum> {
    // An empty text is no record, not a bad one.
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return Datum();
    const auto json = parseJson(text, syntax);
    bool isBad = !json;
    Datum out;
    if (json) {
      const JsonNode* root = &*json;
      if (type.is(TypeKind::kStruct) && root->kind == JsonNode::kArray && !root->elements.empty())
        root = &root->elements.front();
      if (type.is(TypeKind::kArray) && root->kind == JsonNode::kObject &&
          type.elementType().is(TypeKind::kStruct)) {
        out = Datum(Row{reader.read(*root, type.elementType(), isBad)});
      } else {
        out = reader.read(*root, type, isBad);
      }
    }
    if (isBad && mode == MalformedMode::kFailFast) return failure(malformedRecord(text));
    if (type.is(TypeKind::kStruct) && out.isNull() && isBad) out = Datum(Row(type.fields().size()));
    if (corrupt && !out.isNull())
      std::get<Row>(out.value)[*corrupt] = isBad ? Datum(text) : Datum();
    return out;
  };
  BoundFunction bound = boundFromFormat(name, arguments, type);
  bound.kernel = [=](EvalContext&, Arguments values, int64_t rows) {
    return valuesOfRows(values.first(1), rows, type, [&](const ArgumentColumns& in, int64_t i) {
      return readText(in[0].text(i));
    });
  };
  return bound;
}

/// Values of Spark types as JSON.
class JsonWriter {
 public:
  static Result<JsonWriter> make(const ConversionOptions& options,
                                 const SessionSettings& settings) {
    SPATE_ASSIGN_OR_FAIL(TextConversion texts, TextConversion::make(options, settings));
    bool ignoreNulls = true;
    if (settings.conf)
      ignoreNulls =
          settings.conf("spark.sql.jsonGenerator.ignoreNullFields").value_or("true") == "true";
    SPATE_ASSIGN_OR_FAIL(auto zone, TimeZone::make(settings.timeZone));
    return JsonWriter(std::move(texts), std::move(zone),
                      options.flag("ignoreNullFields", ignoreNulls));
  }

  void write(const Datum& value, const DataType& type, std::string& out) const {
    if (value.isNull()) {
      out += "null";
      return;
    }
    switch (type.kind()) {
      case TypeKind::kStruct: {
        const Row& row = *value.as<Row>();
        out += '{';
        bool isFirst = true;
        for (size_t i = 0; i < row.size(); ++i) {
          if (row[i].isNull() && ignoreNulls_) continue;
          field(type.fields()[i].name, isFirst, out);
          write(row[i], type.fields()[i].type, out);
        }
        out += '}';
        break;
      }
      case TypeKind::kArray: {
        out += '[';
        bool isFirst = true;
        for (const Datum& element : *value.as<Row>()) {
          if (!isFirst) out += ',';
          isFirst = false;
          write(element, type.elementType(), out);
        }
        out += ']';
        break;
      }
      case TypeKind::kMap: {
        const MapValue& map = *value.as<MapValue>();
        out += '{';
        bool isFirst = true;
        for (size_t i = 0; i < map.keys.size(); ++i) {
          if (map.values[i].isNull() && ignoreNulls_) continue;
          std::string key;
          if (type.keyType().isNested()) {
            write(map.keys[i], type.keyType(), key);
          } else {
            texts_.write(map.keys[i], type.keyType(), key);
          }
          field(key, isFirst, out);
          write(map.values[i], type.valueType(), out);
        }
        out += '}';
        break;
      }
      case TypeKind::kBoolean:
      case TypeKind::kByte:
      case TypeKind::kShort:
      case TypeKind::kInteger:
      case TypeKind::kLong:
      case TypeKind::kDecimal: texts_.write(value, type, out); break;
      case TypeKind::kFloat:
      case TypeKind::kDouble: {
        std::string text;
        texts_.write(value, type, text);
        const bool isSpecial = text == "NaN" || text.ends_with("Infinity");
        out += isSpecial ? "\"" + text + "\"" : text;
        break;
      }
      case TypeKind::kVariant: writeVariant(*value.as<Row>(), out); break;
      default: {
        std::string text;
        texts_.write(value, type, text);
        appendJsonText(text, out);
      }
    }
  }

 private:
  JsonWriter(TextConversion texts, std::shared_ptr<const TimeZone> zone, bool ignoreNulls)
      : texts_(std::move(texts)), zone_(std::move(zone)), ignoreNulls_(ignoreNulls) {}

  void writeVariant(const Row& parts, std::string& out) const {
    const VariantView view(*parts[0].as<std::string>(), *parts[1].as<std::string>());
    const size_t before = out.size();
    if (!view.appendJson(*zone_, out).ok()) {
      out.resize(before);
      out += "null";
    }
  }
  static void field(std::string_view name, bool& isFirst, std::string& out) {
    if (!isFirst) out += ',';
    isFirst = false;
    appendJsonText(name, out);
    out += ':';
  }
  TextConversion texts_;
  std::shared_ptr<const TimeZone> zone_;
  bool ignoreNulls_;
};

Result<BoundFunction> bindToJson(std::string_view name, std::span<const Argument> arguments,
                                 const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 1, 2));
  SPATE_ASSIGN_OR_FAIL(const ConversionOptions options,
                       ConversionOptions::make(name, arguments, 1));
  const DataType type = arguments[0].type;
  if (!type.isNested() && !type.is(TypeKind::kVariant))
    return failure(unexpectedInputType(name, arguments, 0,
                                       "(\"STRUCT\" or \"ARRAY\" or \"MAP\" or \"VARIANT\")"));
  SPATE_ASSIGN_OR_FAIL(const JsonWriter writer, JsonWriter::make(options, settings));
  BoundFunction bound = boundToFormat(name, arguments);
  bound.kernel = [=](EvalContext&, Arguments values, int64_t rows) {
    return forEachText(values.first(1), rows,
                       [&](const ArgumentColumns& in, int64_t i, std::string& out) {
                         writer.write(valueAt(in[0].array(), in[0].at(i), type), type, out);
                       });
  };
  return bound;
}

Result<arrow::Datum> getObjectRows(EvalContext&, Arguments arguments, int64_t rows) {
  std::string pathText;
  std::optional<JsonPath> path;
  bool isReady = false;
  return forEachText(arguments, rows, [&](const ArgumentColumns& in, int64_t i, std::string& out) {
    if (!isReady || in[1].text(i) != pathText) {
      pathText = in[1].text(i);
      path = JsonPath::make(pathText);
      isReady = true;
    }
    if (!path) return false;
    auto found = path->find(in[0].text(i));
    if (!found) return false;
    out = std::move(*found);
    return true;
  });
}

Result<arrow::Datum> arrayLengthRows(EvalContext&, Arguments arguments, int64_t rows) {
  return forEachRow<arrow::Int32Builder>(
      arguments, rows, arrow::int32(),
      [](const ArgumentColumns& in, int64_t i, arrow::Int32Builder& out) {
        const auto json = parseJson(in[0].text(i));
        if (json && json->kind == JsonNode::kArray) {
          out.UnsafeAppend(static_cast<int32_t>(json->elements.size()));
        } else {
          out.UnsafeAppendNull();
        }
      });
}

Result<BoundFunction> bindObjectKeys(std::string_view name, std::span<const Argument> arguments,
                                     const SessionSettings&) {
  SPATE_ASSIGN_OR_FAIL(BoundFunction bound, bindSignature(name, arguments, "s", "s?", nullptr));
  bound.type = DataType::arrayOf(DataType::stringType());
  bound.kernel = [type = bound.type](EvalContext&, Arguments values, int64_t rows) {
    return valuesOfRows(values, rows, type,
                        [](const ArgumentColumns& in, int64_t i) -> Result<Datum> {
                          const auto json = parseJson(in[0].text(i));
                          if (!json || json->kind != JsonNode::kObject) return Datum();
                          Row names;
                          for (const auto& field : json->fields) names.push_back(Datum(field.name));
                          return Datum(std::move(names));
                        });
  };
  return bound;
}

Result<BoundFunction> bindSchemaOfJson(std::string_view name, std::span<const Argument> arguments,
                                       const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 1, 2));
  const auto text = constantText(arguments[0]);
  if (!text) return failure(nonFoldableInput(name, arguments, 0, "json", "STRING"));
  SPATE_ASSIGN_OR_FAIL(const ConversionOptions options,
                       ConversionOptions::make(name, arguments, 1));
  const auto json = parseJson(*text, syntaxOf(options));
  if (!json) return failure(malformedRecord(*text));
  return boundSchemaOfFormat(name, arguments,
                             jsonType(*json, options.flag("primitivesAsString", false)));
}

constexpr ScalarFunction kFunctions[] = {
    {"from_json", bindFromJson},
    {"get_json_object", bindRows<"ss", "s?", &getObjectRows>},
    {"json_array_length", bindRows<"s", "i?", &arrayLengthRows>},
    {"json_object_keys", bindObjectKeys},
    {"schema_of_json", bindSchemaOfJson},
    {"to_json", bindToJson},
};

}  // namespace

std::span<const ScalarFunction> jsonFunctions() { return kFunctions; }

}  // namespace spate
