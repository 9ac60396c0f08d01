// The texts of a DataType; its JSON and DDL have files of their own.
#include <array>

#include "spate/types/DataType.h"

namespace spate {
namespace {

struct Names {
  std::string_view typeName;
  std::string_view simple;
  std::string_view sql;
};

// In the order of TypeKind. Types with parameters give the text in front of them.
constexpr std::array<Names, 23> kNames = {{
    {"void", "void", "VOID"},
    {"boolean", "boolean", "BOOLEAN"},
    {"byte", "tinyint", "TINYINT"},
    {"short", "smallint", "SMALLINT"},
    {"integer", "int", "INT"},
    {"long", "bigint", "BIGINT"},
    {"float", "float", "FLOAT"},
    {"double", "double", "DOUBLE"},
    {"decimal", "decimal", "DECIMAL"},
    {"string", "string", "STRING"},
    {"char", "char", "CHAR"},
    {"varchar", "varchar", "VARCHAR"},
    {"binary", "binary", "BINARY"},
    {"date", "date", "DATE"},
    {"timestamp", "timestamp", "TIMESTAMP"},
    {"timestamp_ntz", "timestamp_ntz", "TIMESTAMP_NTZ"},
    {"interval", "interval", "INTERVAL"},
    {"interval", "interval", "INTERVAL"},
    {"interval", "interval", "INTERVAL"},
    {"array", "array", "ARRAY"},
    {"map", "map", "MAP"},
    {"struct", "struct", "STRUCT"},
    {"variant", "variant", "VARIANT"},
}};
static_assert(static_cast<size_t>(TypeKind::kVariant) + 1 == kNames.size());

const Names& namesOf(TypeKind kind) { return kNames[static_cast<size_t>(kind)]; }

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

/// "(10,2)", "(5)", " day to second" or nothing.
std::string parameters(const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kDecimal:
      return "(" + std::to_string(type.precision()) + "," + std::to_string(type.scale()) + ")";
    case TypeKind::kChar:
    case TypeKind::kVarchar: return "(" + std::to_string(type.length()) + ")";
    case TypeKind::kDayTimeInterval:
    case TypeKind::kYearMonthInterval: {
      std::string text = " " + std::string(toString(type.startUnit()));
      if (type.endUnit() != type.startUnit())
        text += " to " + std::string(toString(type.endUnit()));
      return text;
    }
    default: return {};
  }
}

void appendTree(const DataType& type, const std::string& prefix, std::string& out);

void appendTreeLine(const std::string& prefix, std::string_view name, const DataType& type,
                    std::string_view remark, std::string& out) {
  out += prefix + "-- " + std::string(name) + ": " + type.typeName() + std::string(remark) + "\n";
  appendTree(type, prefix + "    |", out);
}

void appendTree(const DataType& type, const std::string& prefix, std::string& out) {
  const auto yesNo = [](std::string_view what, bool yes) {
    return " (" + std::string(what) + (yes ? " = true)" : " = false)");
  };
  if (type.is(TypeKind::kArray)) {
    appendTreeLine(prefix, "element", type.elementType(),
                   yesNo("containsNull", type.containsNull()), out);
  } else if (type.is(TypeKind::kMap)) {
    appendTreeLine(prefix, "key", type.keyType(), "", out);
    appendTreeLine(prefix, "value", type.valueType(),
                   yesNo("valueContainsNull", type.valueContainsNull()), out);
  } else if (type.is(TypeKind::kStruct)) {
    for (const StructField& field : type.fields()) {
      appendTreeLine(prefix, field.name, field.type, yesNo("nullable", field.nullable), out);
    }
  }
}

}  // namespace

std::string_view toString(IntervalUnit unit) {
  constexpr std::string_view kUnits[] = {"year", "month", "day", "hour", "minute", "second"};
  return kUnits[static_cast<size_t>(unit)];
}

std::string quoteIdentifierIfNeeded(std::string_view name) {
  const auto isLetter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  bool plain = !name.empty() && isLetter(name[0]);
  for (const char c : name) plain = plain && (isLetter(c) || (c >= '0' && c <= '9'));
  if (plain) return std::string(name);
  std::string quoted = "`";
  for (const char c : name) {
    if (c == '`') quoted += '`';
    quoted += c;
  }
  return quoted + '`';
}

std::string DataType::typeName() const {
  return std::string(namesOf(kind_).typeName) + parameters(*this);
}

std::string DataType::simpleString(size_t maxFields) const {
  std::string text = std::string(namesOf(kind_).simple) + parameters(*this);
  if (is(TypeKind::kArray)) return text + "<" + elementType().simpleString(maxFields) + ">";
  if (is(TypeKind::kMap)) {
    return text + "<" + keyType().simpleString(maxFields) + "," +
           valueType().simpleString(maxFields) + ">";
  }
  if (!is(TypeKind::kStruct)) return text;
  text += '<';
  const char* separator = "";
  size_t shown = 0;
  for (const StructField& field : fields()) {
    text += separator;
    separator = ",";
    if (shown++ == maxFields) {
      text += "... " + std::to_string(fields().size() - maxFields) + " more fields";
      break;
    }
    text += field.name + ":" + field.type.simpleString(maxFields);
  }
  return text + ">";
}

std::string DataType::sql() const {
  std::string text = std::string(namesOf(kind_).sql) + upper(parameters(*this));
  if (is(TypeKind::kArray)) return text + "<" + elementType().sql() + ">";
  if (is(TypeKind::kMap)) return text + "<" + keyType().sql() + ", " + valueType().sql() + ">";
  if (!is(TypeKind::kStruct)) return text;
  text += '<';
  const char* separator = "";
  for (const StructField& field : fields()) {
    text += separator + field.sql(": ");
    separator = ", ";
  }
  return text + ">";
}

std::string StructField::sql(std::string_view separator) const {
  std::string text = quoteIdentifierIfNeeded(name);
  text += separator;
  text += type.sql();
  if (!nullable) text += " NOT NULL";
  if (const auto remark = comment()) {
    text += " COMMENT '";
    for (const char c : *remark) {
      if (c == '\'' || c == '\\') text += '\\';
      text += c;
    }
    text += '\'';
  }
  return text;
}

std::string DataType::treeString() const {
  std::string out = "root\n";
  appendTree(*this, " |", out);
  return out;
}

}  // namespace spate
