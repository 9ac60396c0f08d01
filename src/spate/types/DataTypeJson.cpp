#include "spate/types/DataTypeJson.h"

#include <nlohmann/json.hpp>

#include "spate/types/DataTypeDdl.h"
#include "spate/types/JsonText.h"
#include "spate/types/UserDefinedType.h"

namespace spate {
namespace {

using Json = nlohmann::ordered_json;

/// The key of a field's metadata that holds the class of a user-defined type.
constexpr const char* kUserClassKey = "__USER_DEFINED_TYPE";

void appendJson(const DataType& type, std::string& out);

void appendUserDefined(const UserDefinedClass& userClass, const DataType& storage,
                       std::string& out) {
  out += "{\"type\":\"udt\"";
  const auto add = [&out](const char* key, const std::string& value) {
    if (value.empty()) return;
    out += std::string(",\"") + key + "\":";
    appendJsonText(value, out);
  };
  add("class", userClass.jvmClass);
  add("pyClass", userClass.pythonClass);
  add("serializedClass", userClass.serializedPythonClass);
  out += ",\"sqlType\":";
  appendJson(storage, out);
  out += '}';
}

void appendField(const StructField& field, std::string& out) {
  out += "{\"name\":";
  appendJsonText(field.name, out);
  out += ",\"type\":";
  const auto userClass = userClassOf(field);
  if (userClass) {
    appendUserDefined(*userClass, field.type, out);
  } else {
    appendJson(field.type, out);
  }
  out += field.nullable ? ",\"nullable\":true" : ",\"nullable\":false";
  out += ",\"metadata\":" + (userClass ? metadataWithoutUserClass(field) : field.metadata) + "}";
}

void appendJson(const DataType& type, std::string& out) {
  switch (type.kind()) {
    case TypeKind::kArray:
      out += "{\"type\":\"array\",\"elementType\":";
      appendJson(type.elementType(), out);
      out += type.containsNull() ? ",\"containsNull\":true}" : ",\"containsNull\":false}";
      return;
    case TypeKind::kMap:
      out += "{\"type\":\"map\",\"keyType\":";
      appendJson(type.keyType(), out);
      out += ",\"valueType\":";
      appendJson(type.valueType(), out);
      out += type.valueContainsNull() ? ",\"valueContainsNull\":true}"
                                      : ",\"valueContainsNull\":false}";
      return;
    case TypeKind::kStruct: {
      out += "{\"type\":\"struct\",\"fields\":[";
      const char* separator = "";
      for (const StructField& field : type.fields()) {
        out += separator;
        appendField(field, out);
        separator = ",";
      }
      out += "]}";
      return;
    }
    default: out += '"' + type.typeName() + '"';
  }
}

Status invalidJson(std::string_view what) {
  std::string shown(what.substr(0, 200));
  return Status::invalidArgument("Failed to convert the JSON string '" + shown +
                                 "' to a data type. Please enter a valid data type.")
      .withErrorClass("INVALID_JSON_DATA_TYPE", "22032", {{"invalidType", shown}});
}

Status unsupportedType(const std::string& name) {
  return Status::unsupported("Unsupported data type \"" + name + "\".")
      .withErrorClass("UNSUPPORTED_DATATYPE", "0A000", {{"typeName", "\"" + name + "\""}});
}

std::string shownOf(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Refuses what would overflow a stack before anything looks at the nesting.
bool nestsTooDeep(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      if (++depth > 4 * DataType::kMaxDepth) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

Result<DataType> leafFrom(const std::string& name) {
  // Names that only JSON has; the others are read as DDL reads them.
  if (name == "integer") return DataType::integerType();
  if (name == "null") return DataType::nullType();
  Result<DataType> type = dataTypeFromDdl(name);
  if (type && !type->isNested() && type->typeName() == name) return type;
  if (type && (name == "decimal" || name == "timestamp_ltz")) return type;
  if (!type && type.error().errorClass() == "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION") return type;
  if (name.rfind("string collate", 0) == 0) return failure(unsupportedType(name));
  return failure(invalidJson("\"" + name + "\""));
}

Result<DataType> typeFrom(const Json& json, int depth);

/// json[key] when it is a text, else nothing.
std::string textIn(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// json[key] when it is a boolean; absent means true, as Spark's readers take it.
Result<bool> flagFrom(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end()) return true;
  if (!found->is_boolean()) return failure(invalidJson(shownOf(json)));
  return found->get<bool>();
}

Result<StructField> fieldFrom(const Json& json, int depth) {
  if (!json.is_object() || !json.contains("name") || !json.contains("type") ||
      !json["name"].is_string()) {
    return failure(invalidJson(shownOf(json)));
  }
  StructField field;
  field.name = json["name"].get<std::string>();
  std::optional<UserDefinedClass> userClass;
  const Json& type = json["type"];
  if (type.is_object() && type.contains("type") && type["type"] == "udt" &&
      type.contains("sqlType")) {
    userClass = UserDefinedClass{textIn(type, "class"), textIn(type, "pyClass"),
                                 textIn(type, "serializedClass")};
    SPATE_ASSIGN_OR_FAIL(field.type, typeFrom(type["sqlType"], depth + 1));
  } else {
    SPATE_ASSIGN_OR_FAIL(field.type, typeFrom(type, depth + 1));
  }
  SPATE_ASSIGN_OR_FAIL(field.nullable, flagFrom(json, "nullable"));
  const auto metadata = json.find("metadata");
  if (metadata != json.end() && !metadata->is_null()) {
    if (!metadata->is_object()) return failure(invalidJson(shownOf(json)));
    if (metadata->contains("__COLLATIONS")) {
      return failure(unsupportedType("string collate of column " + field.name));
    }
    field.metadata = shownOf(*metadata);
  }
  if (userClass) return withUserClass(std::move(field), *userClass);
  return field;
}

Result<DataType> structFrom(const Json& json, int depth) {
  const auto listed = json.find("fields");
  if (listed == json.end() || !listed->is_array()) return failure(invalidJson(shownOf(json)));
  std::vector<StructField> fields;
  for (const Json& each : *listed) {
    SPATE_ASSIGN_OR_FAIL(StructField field, fieldFrom(each, depth));
    fields.push_back(std::move(field));
  }
  return DataType::structOf(std::move(fields));
}

Result<DataType> typeFrom(const Json& json, int depth) {
  if (depth > DataType::kMaxDepth) return failure(invalidJson("types nested too deep"));
  if (json.is_string()) return leafFrom(json.get<std::string>());
  if (!json.is_object() || !json.contains("type") || !json["type"].is_string()) {
    return failure(invalidJson(shownOf(json)));
  }
  const std::string kind = json["type"].get<std::string>();
  if (kind == "struct") return structFrom(json, depth);
  if (kind == "array" && json.contains("elementType")) {
    SPATE_ASSIGN_OR_FAIL(DataType element, typeFrom(json["elementType"], depth + 1));
    SPATE_ASSIGN_OR_FAIL(const bool containsNull, flagFrom(json, "containsNull"));
    return DataType::arrayOf(std::move(element), containsNull);
  }
  if (kind == "map" && json.contains("keyType") && json.contains("valueType")) {
    SPATE_ASSIGN_OR_FAIL(DataType key, typeFrom(json["keyType"], depth + 1));
    SPATE_ASSIGN_OR_FAIL(DataType value, typeFrom(json["valueType"], depth + 1));
    SPATE_ASSIGN_OR_FAIL(const bool containsNull, flagFrom(json, "valueContainsNull"));
    return DataType::mapOf(std::move(key), std::move(value), containsNull);
  }
  if (kind == "udt") return failure(unsupportedType("udt"));
  return failure(invalidJson(shownOf(json)));
}

}  // namespace

std::string toJson(const DataType& type) {
  std::string out;
  appendJson(type, out);
  return out;
}

Result<DataType> dataTypeFromJson(std::string_view text) {
  if (nestsTooDeep(text)) return failure(invalidJson("types nested too deep"));
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return failure(invalidJson(text));
  return typeFrom(json, 1);
}

std::optional<std::string> normalizedMetadata(std::string_view text) {
  if (nestsTooDeep(text)) return std::nullopt;
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return std::nullopt;
  return shownOf(json);
}

std::optional<UserDefinedClass> userClassOf(const StructField& field) {
  if (field.metadata.find(kUserClassKey) == std::string::npos) return std::nullopt;
  const Json json = Json::parse(field.metadata, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains(kUserClassKey)) return std::nullopt;
  const Json& userClass = json[kUserClassKey];
  if (!userClass.is_object()) return std::nullopt;
  return UserDefinedClass{textIn(userClass, "class"), textIn(userClass, "pyClass"),
                          textIn(userClass, "serializedClass")};
}

StructField withUserClass(StructField field, const UserDefinedClass& userClass) {
  Json json = Json::parse(field.metadata, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) json = Json::object();
  json[kUserClassKey] = {{"class", userClass.jvmClass},
                         {"pyClass", userClass.pythonClass},
                         {"serializedClass", userClass.serializedPythonClass}};
  field.metadata = shownOf(json);
  return field;
}

std::string metadataWithoutUserClass(const StructField& field) {
  Json json = Json::parse(field.metadata, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return "{}";
  json.erase(kUserClassKey);
  return shownOf(json);
}

std::optional<std::string> StructField::comment() const {
  if (metadata == "{}") return std::nullopt;
  const Json json = Json::parse(metadata, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("comment") || !json["comment"].is_string()) {
    return std::nullopt;
  }
  return json["comment"].get<std::string>();
}

StructField StructField::withComment(std::string_view comment) const {
  Json json = Json::parse(metadata, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) json = Json::object();
  json["comment"] = std::string(comment);
  StructField field = *this;
  field.metadata = shownOf(json);
  return field;
}

}  // namespace spate
