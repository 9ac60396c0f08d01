#include "spate/sources/files/JsonInference.h"

#include <algorithm>
#include <random>

#include "spate/sources/files/JsonRecords.h"
#include "spate/sources/files/JsonScanner.h"
#include "spate/types/MalformedRecord.h"

namespace spate {
namespace {

using Kind = JsonValue::Kind;

/// A number as DECIMAL, when its digits fit; else DOUBLE.
DataType decimalOf(std::string_view text) {
  int digits = 0;
  int scale = 0;
  bool hasPoint = false;
  for (const char c : text) {
    if (c == '.') hasPoint = true;
    if (c == 'e' || c == 'E' || c == 'N' || c == 'I') return DataType::doubleType();
    if (c < '0' || c > '9') continue;
    if (digits > 0 || c != '0') ++digits;
    if (hasPoint) ++scale;
  }
  const int precision = std::max({digits, scale, 1});
  if (precision > DataType::kMaxDecimalPrecision) return DataType::doubleType();
  return DataType::decimalType(precision, scale);
}

bool bySortedName(const StructField& a, const StructField& b) { return a.name < b.name; }

DataType merge(const DataType& a, const DataType& b);

DataType mergeStructs(const DataType& a, const DataType& b) {
  std::vector<StructField> fields;
  auto left = a.fields().begin();
  auto right = b.fields().begin();
  while (left != a.fields().end() || right != b.fields().end()) {
    if (right == b.fields().end() || (left != a.fields().end() && left->name < right->name)) {
      fields.push_back(*left++);
    } else if (left == a.fields().end() || right->name < left->name) {
      fields.push_back(*right++);
    } else {
      fields.push_back({left->name, merge(left->type, right->type)});
      ++left;
      ++right;
    }
  }
  return DataType::structOf(std::move(fields));
}

DataType merge(const DataType& a, const DataType& b) {
  if (a == b || b.is(TypeKind::kNull)) return a;
  if (a.is(TypeKind::kNull)) return b;
  if (a.is(TypeKind::kStruct) && b.is(TypeKind::kStruct)) return mergeStructs(a, b);
  if (a.is(TypeKind::kArray) && b.is(TypeKind::kArray))
    return DataType::arrayOf(merge(a.elementType(), b.elementType()));
  if (a.isNumeric() && b.isNumeric()) {
    if (a.is(TypeKind::kDouble) || b.is(TypeKind::kDouble)) return DataType::doubleType();
    const DataType left = a.is(TypeKind::kLong) ? DataType::decimalType(20, 0) : a;
    const DataType right = b.is(TypeKind::kLong) ? DataType::decimalType(20, 0) : b;
    const int scale = std::max(left.scale(), right.scale());
    const int range = std::max(left.precision() - left.scale(), right.precision() - right.scale());
    if (range + scale > DataType::kMaxDecimalPrecision) return DataType::doubleType();
    return DataType::decimalType(range + scale, scale);
  }
  return DataType::stringType();
}

class JsonTypes {
 public:
  JsonTypes(const JsonOptions& options, const FileReadSettings& settings)
      : options_(options), settings_(settings), scanner_(options) {}

  /// The type of a record, a struct; empty: the record is malformed.
  std::optional<DataType> typeOfRecord(std::string_view text) const {
    JsonValue value;
    std::string_view rest = text;
    if (!scanner_.skipBlanks(rest) || !scanner_.takeValue(rest, value)) return std::nullopt;
    DataType type = typeOf(value);
    // The elements of an array are rows each.
    if (type.is(TypeKind::kArray)) type = type.elementType();
    if (!type.is(TypeKind::kStruct)) return std::nullopt;
    return type;
  }

  bool isBlank(std::string_view text) const { return scanner_.skipBlanks(text) && text.empty(); }

 private:
  DataType typeOf(const JsonValue& value, int depth = 0) const {
    // Types nest less deep than JSON may.
    if (depth > DataType::kMaxDepth - 2) return DataType::stringType();
    switch (value.kind) {
      case Kind::kObject: {
        std::vector<StructField> fields;
        scanner_.eachField(value.text, [&](std::string_view name, const JsonValue& field) {
          fields.push_back({std::string(name), typeOf(field, depth + 1)});
          return true;
        });
        // The last one of a name counts.
        std::stable_sort(fields.begin(), fields.end(), bySortedName);
        for (size_t i = 0; i + 1 < fields.size();) {
          if (fields[i].name == fields[i + 1].name) {
            fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(i));
          } else {
            ++i;
          }
        }
        return DataType::structOf(std::move(fields));
      }
      case Kind::kArray: {
        DataType element = DataType::nullType();
        scanner_.eachElement(value.text, [&](const JsonValue& each) {
          element = merge(element, typeOf(each, depth + 1));
          return true;
        });
        return DataType::arrayOf(element);
      }
      case Kind::kMissing:
      case Kind::kNull: return DataType::nullType();
      case Kind::kString: return typeOfString(value);
      default: break;
    }
    if (options_.primitivesAsString) return DataType::stringType();
    if (value.kind == Kind::kTrue || value.kind == Kind::kFalse) return DataType::booleanType();
    if (value.kind == Kind::kInteger)
      return parseWholeNumber(value.text) ? DataType::longType() : decimalOf(value.text);
    return options_.prefersDecimal ? decimalOf(value.text) : DataType::doubleType();
  }

  DataType typeOfString(const JsonValue& value) const {
    // Empty strings and nulls are the same to many who write JSON.
    if (value.text.empty()) return DataType::nullType();
    if (value.hasEscapes) return DataType::stringType();
    if (options_.prefersDecimal) {
      const DataType type = decimalOf(value.text);
      if (type.is(TypeKind::kDecimal) &&
          parseDecimalText(value.text, type.precision(), type.scale()))
        return type;
    }
    if (options_.infersTimestamp && value.text.size() >= 8 &&
        options_.values->timestamp(value.text)) {
      const bool isNtz = settings_.prefersTimestampNtz && options_.values->timestampNtz(value.text);
      return isNtz ? DataType::timestampNtzType() : DataType::timestampType();
    }
    return DataType::stringType();
  }

  const JsonOptions& options_;
  const FileReadSettings& settings_;
  const JsonScanner scanner_;
};

/// Columns of nothing but nulls are strings, or left out; structs without fields are left out.
std::optional<DataType> canonical(const DataType& type, const JsonOptions& options) {
  switch (type.kind()) {
    case TypeKind::kNull:
      if (options.dropFieldIfAllNull) return std::nullopt;
      return DataType::stringType();
    case TypeKind::kArray: {
      const auto element = canonical(type.elementType(), options);
      if (!element) return std::nullopt;
      return DataType::arrayOf(*element);
    }
    case TypeKind::kStruct: {
      std::vector<StructField> fields;
      for (const StructField& field : type.fields()) {
        if (field.name.empty()) continue;
        if (auto fieldType = canonical(field.type, options))
          fields.push_back({field.name, std::move(*fieldType)});
      }
      if (fields.empty()) return std::nullopt;
      return DataType::structOf(std::move(fields));
    }
    default: return type;
  }
}

}  // namespace

Result<std::optional<DataType>> inferJsonSchema(const std::vector<FileEntry>& files,
                                                const JsonOptions& options,
                                                const FileReadSettings& settings) {
  const JsonTypes types(options, settings);
  DataType schema = DataType::structOf({});
  const DataType corrupt = DataType::structOf({{options.corruptColumn, DataType::stringType()}});
  bool hasRecords = false;
  std::minstd_rand random(1);
  std::uniform_real_distribution<double> chance(0, 1);
  for (const FileEntry& file : files) {
    SPATE_ASSIGN_OR_FAIL(const auto records, JsonRecords::open({file, 0, file.size}, options));
    while (true) {
      SPATE_ASSIGN_OR_FAIL(const bool hasText, records->next());
      if (!hasText) break;
      if (options.samplingRatio < 1 && chance(random) >= options.samplingRatio) continue;
      if (types.isBlank(records->text())) continue;
      hasRecords = true;
      const auto type = types.typeOfRecord(records->text());
      if (type) {
        schema = merge(schema, *type);
      } else if (options.mode == ParseMode::kFailFast) {
        return failure(malformedRecord(records->text()));
      } else if (options.mode == ParseMode::kPermissive) {
        schema = merge(schema, corrupt);
      }
    }
  }
  if (!hasRecords) return std::nullopt;
  return canonical(schema, options).value_or(DataType::structOf({}));
}

}  // namespace spate
