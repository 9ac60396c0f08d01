#include "spate/runtime/StateSchema.h"

#include <cstdint>
#include <optional>

#include "spate/types/DataTypeJson.h"

namespace spate {
namespace {

/// Java's DataOutputStream.writeUTF, of texts without NUL or surrogates.
void appendJavaText(std::string_view text, std::string& out) {
  out.push_back(static_cast<char>(text.size() >> 8));
  out.push_back(static_cast<char>(text.size()));
  out.append(text);
}

void appendChunks(const std::string& text, std::string& out) {
  constexpr size_t kChunk = 65535;
  const size_t chunks = (text.size() + kChunk - 1) / kChunk;
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(chunks >> shift));
  for (size_t at = 0; at < text.size(); at += kChunk)
    appendJavaText(std::string_view(text).substr(at, kChunk), out);
}

/// Takes numbers and texts off the front of the bytes.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  std::optional<uint64_t> number(size_t width) {
    if (bytes_.size() < width) return std::nullopt;
    uint64_t value = 0;
    for (size_t i = 0; i < width; ++i) value = value << 8 | static_cast<uint8_t>(bytes_[i]);
    bytes_.remove_prefix(width);
    return value;
  }
  std::optional<std::string> javaText() {
    const auto length = number(2);
    if (!length || bytes_.size() < *length) return std::nullopt;
    std::string text(bytes_.substr(0, *length));
    bytes_.remove_prefix(*length);
    return text;
  }
  std::optional<std::string> chunks() {
    const auto count = number(4);
    if (!count) return std::nullopt;
    std::string text;
    for (uint64_t i = 0; i < *count; ++i) {
      const auto chunk = javaText();
      if (!chunk) return std::nullopt;
      text += *chunk;
    }
    return text;
  }

 private:
  std::string_view bytes_;
};

bool fits(const DataType& type, const DataType& stored) {
  if (type.kind() != stored.kind()) return false;
  if (type.is(TypeKind::kArray))
    return (!type.containsNull() || stored.containsNull()) &&
           fits(type.elementType(), stored.elementType());
  if (type.is(TypeKind::kMap))
    return (!type.valueContainsNull() || stored.valueContainsNull()) &&
           fits(type.keyType(), stored.keyType()) && fits(type.valueType(), stored.valueType());
  if (!type.is(TypeKind::kStruct)) return type == stored;
  const auto& fields = type.fields();
  const auto& others = stored.fields();
  if (fields.size() != others.size()) return false;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].nullable && !others[i].nullable) return false;
    if (!fits(fields[i].type, others[i].type)) return false;
  }
  return true;
}

std::string schemaText(const DataType& type);

/// As Scala prints a type: "StructField(a,IntegerType,true)".
std::string scalaText(const DataType& type) {
  const auto flag = [](bool value) { return value ? "true" : "false"; };
  switch (type.kind()) {
    case TypeKind::kNull: return "NullType";
    case TypeKind::kBoolean: return "BooleanType";
    case TypeKind::kByte: return "ByteType";
    case TypeKind::kShort: return "ShortType";
    case TypeKind::kInteger: return "IntegerType";
    case TypeKind::kLong: return "LongType";
    case TypeKind::kFloat: return "FloatType";
    case TypeKind::kDouble: return "DoubleType";
    case TypeKind::kString: return "StringType";
    case TypeKind::kBinary: return "BinaryType";
    case TypeKind::kDate: return "DateType";
    case TypeKind::kTimestamp: return "TimestampType";
    case TypeKind::kTimestampNtz: return "TimestampNTZType";
    case TypeKind::kCalendarInterval: return "CalendarIntervalType";
    case TypeKind::kDecimal:
      return "DecimalType(" + std::to_string(type.precision()) + "," +
             std::to_string(type.scale()) + ")";
    case TypeKind::kArray:
      return "ArrayType(" + scalaText(type.elementType()) + "," + flag(type.containsNull()) + ")";
    case TypeKind::kMap:
      return "MapType(" + scalaText(type.keyType()) + "," + scalaText(type.valueType()) + "," +
             flag(type.valueContainsNull()) + ")";
    case TypeKind::kStruct: return schemaText(type);
    default: return type.sql();
  }
}

std::string schemaText(const DataType& type) {
  std::string text = "StructType(";
  for (const StructField& field : type.fields()) {
    if (text.back() != '(') text += ',';
    text += "StructField(" + field.name + "," + scalaText(field.type) +
            (field.nullable ? ",true)" : ",false)");
  }
  return text + ")";
}

Status notCompatible(const std::string& kind, const DataType& stored, const DataType& wanted) {
  const std::string upper = kind == "key" ? "KEY" : "VALUE";
  const std::string in = kind == "key" ? "Key" : "Value";
  return Status::invalidArgument(
             "Provided " + kind + " schema does not match existing state " + kind +
             " schema.\nPlease check number and type of fields.\nExisting " + kind + "_schema=" +
             schemaText(stored) + " and new " + kind + "_schema=" + schemaText(wanted) +
             ".\nIf you want to force running the query without schema validation, please set "
             "spark.sql.streaming.stateStore.stateSchemaCheck to false.\nHowever, please note "
             "that running the query with incompatible schema could cause non-deterministic "
             "behavior.")
      .withErrorClass("STATE_STORE_" + upper + "_SCHEMA_NOT_COMPATIBLE", "XXKST",
                      {{"stored" + in + "Schema", schemaText(stored)},
                       {"new" + in + "Schema", schemaText(wanted)}});
}

}  // namespace

std::string StateSchema::toBytes() const {
  std::string bytes;
  appendJavaText("v2", bytes);
  appendChunks(toJson(key), bytes);
  appendChunks(toJson(value), bytes);
  return bytes;
}

Result<StateSchema> StateSchema::fromBytes(std::string_view bytes) {
  const auto torn = [] { return failure(Status::corrupt("a state schema file is cut off")); };
  Reader reader(bytes);
  const auto version = reader.javaText();
  if (!version) return torn();
  if (*version != "v1" && *version != "v2")
    return failure(Status::unsupported("The feature is not supported: a state schema file of "
                                       "version " +
                                       *version + ".")
                       .withErrorClass("UNSUPPORTED_FEATURE", "0A000"));
  const auto text = [&] { return *version == "v1" ? reader.javaText() : reader.chunks(); };
  const auto key = text();
  const auto value = text();
  if (!key || !value) return torn();
  StateSchema schema;
  SPATE_ASSIGN_OR_FAIL(schema.key, dataTypeFromJson(*key));
  SPATE_ASSIGN_OR_FAIL(schema.value, dataTypeFromJson(*value));
  return schema;
}

Status StateSchema::checkFits(const StateSchema& stored) const {
  if (!fits(key, stored.key)) return notCompatible("key", stored.key, key);
  if (!fits(value, stored.value)) return notCompatible("value", stored.value, value);
  return Status::OK();
}

}  // namespace spate
