#include "spate/types/xml/XmlGenerator.h"

#include <cstdio>
#include <utility>

#include "spate/types/CastText.h"
#include "spate/types/NumberText.h"
#include "spate/types/Utf8.h"

namespace spate {
namespace {

Status illegalName(const char* what, char32_t character) {
  std::string shown;
  appendUtf8(character, shown);
  return Status::invalidArgument(std::string("Illegal ") + what + " character '" + shown +
                                 "' (code " + std::to_string(uint32_t{character}) + ")");
}

bool isNameStart(char32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0xC0;
}

Status checkName(std::string_view name) {
  if (name.empty()) return Status::invalidArgument("Can not pass empty String as a name");
  for (size_t at = 0; at < name.size();) {
    const Utf8CodePoint point = utf8CodePointAt(name, at);
    const char32_t c = point.value;
    const bool isInside = (c >= '0' && c <= '9') || c == '-' || c == '.' || c == 0xB7;
    if (!isNameStart(c) && at == 0) return illegalName("first name", c);
    if (!isNameStart(c) && !isInside) return illegalName("name", c);
    at += point.size;
  }
  return Status::OK();
}

Status invalidCharacter(unsigned char c) {
  if (c == 0) return Status::invalidArgument("Invalid null character in text to output");
  char code[8];
  std::snprintf(code, sizeof(code), "0x%x", static_cast<unsigned>(c));
  return Status::invalidArgument(
      std::string("Invalid white space character (") + code +
      ") in text to output (in xml 1.1, could output as a character entity)");
}

void appendReference(unsigned char c, std::string& out) {
  char text[8];
  std::snprintf(text, sizeof(text), "&#x%x;", static_cast<unsigned>(c));
  out += text;
}

/// Escaped as Spark's writer (Woodstox) does.
Status appendEscaped(std::string_view text, bool isAttribute, std::string& out) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    switch (c) {
      case '<': out += "&lt;"; break;
      case '&': out += "&amp;"; break;
      case '"': out += isAttribute ? "&quot;" : "\""; break;
      case '>': out += !isAttribute && (i == 0 || text[i - 1] == ']') ? "&gt;" : ">"; break;
      case '\t':
      case '\n':
        if (!isAttribute) {
          out += text[i];
          break;
        }
        [[fallthrough]];
      case '\r':
      case 0x7F: appendReference(c, out); break;
      default:
        if (c < 0x20) return invalidCharacter(c);
        if (c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) {
          appendReference(static_cast<unsigned char>(text[++i]), out);
        } else {
          out += text[i];
        }
    }
  }
  return Status::OK();
}

Status noTextFor(const DataType& type) {
  return Status::invalidArgument("Failed to convert a value in type " + type.sql() + " to XML.")
      .withErrorClass("_LEGACY_ERROR_TEMP_3238", "", {{"dt", type.sql()}});
}

/// The text of a value that is not null; times as numbers when `plain` says so, as Spark writes
/// them into attributes.
Status appendValue(const DataType& type, const Datum& value, const XmlOptions& options, bool plain,
                   std::string& out) {
  if (appendNumberText(value, type, out)) return Status::OK();
  switch (type.kind()) {
    case TypeKind::kDecimal:
      appendDecimalScientific(value.as<Decimal>()->unscaled, type.scale(), out);
      break;
    case TypeKind::kString:
    case TypeKind::kChar:
    case TypeKind::kVarchar: out += *value.as<std::string>(); break;
    case TypeKind::kDate: {
      constexpr int64_t kMicrosPerDay = 86'400'000'000;
      const int32_t days = *value.as<int32_t>();
      if (plain) {
        out += std::to_string(days);
      } else {
        options.dateOutput->formatLocal(days * kMicrosPerDay, out);
      }
      break;
    }
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz: {
      const int64_t micros = *value.as<int64_t>();
      if (plain) {
        out += std::to_string(micros);
      } else if (type.is(TypeKind::kTimestamp)) {
        options.timestampOutput->format(micros, *options.zone, out);
      } else {
        options.timestampNtzOutput->formatLocal(micros, out);
      }
      break;
    }
    case TypeKind::kBinary: {
      // In attributes Spark writes where the bytes lie in memory.
      if (plain) return noTextFor(type);
      out += '[';
      for (const char c : *value.as<std::string>()) {
        char hex[4];
        std::snprintf(hex, sizeof(hex), "%02X", static_cast<unsigned>(static_cast<uint8_t>(c)));
        if (out.back() != '[') out += ' ';
        out += hex;
      }
      out += ']';
      break;
    }
    default: return noTextFor(type);
  }
  return Status::OK();
}

}  // namespace

Result<XmlGenerator> XmlGenerator::make(const XmlOptions& options, DataType schema) {
  if (options.attributePrefix.empty())
    return failure(Status::invalidArgument(
        "requirement failed: 'attributePrefix' option should not be empty string."));
  return XmlGenerator(options, std::move(schema));
}

XmlGenerator::XmlGenerator(const XmlOptions& options, DataType schema)
    : options_(options),
      schema_(std::move(schema)),
      rootName_(options_.rootTag.substr(0, options_.rootTag.find(' '))) {}

bool XmlGenerator::isAttribute(std::string_view name) const {
  return name.starts_with(options_.attributePrefix) && name != options_.valueTag;
}

void XmlGenerator::newLine(size_t depth, std::string& out) const {
  if (options_.indent.empty()) return;
  out += '\n';
  for (size_t i = 0; i < depth; ++i) out += options_.indent;
}

void XmlGenerator::endTag(std::string& out) {
  if (isTagOpen_) out += '>';
  isTagOpen_ = false;
}

Status XmlGenerator::writeStart(std::string_view name, std::string& out) {
  if (options_.validatesNames) SPATE_RETURN_IF_ERROR(checkName(name));
  endTag(out);
  if (!hasChildren_.empty()) {
    newLine(hasChildren_.size(), out);
    hasChildren_.back() = true;
  }
  out += '<';
  out += name;
  isTagOpen_ = true;
  hasChildren_.push_back(false);
  return Status::OK();
}

void XmlGenerator::writeEnd(std::string_view name, std::string& out) {
  const bool hadChildren = hasChildren_.back();
  hasChildren_.pop_back();
  if (hadChildren) newLine(hasChildren_.size(), out);
  if (isTagOpen_) {
    out += "/>";
    isTagOpen_ = false;
    return;
  }
  out += "</";
  out += name;
  out += '>';
}

Status XmlGenerator::writeText(std::string_view text, std::string& out) {
  endTag(out);
  return appendEscaped(text, false, out);
}

Status XmlGenerator::writeAttribute(std::string_view name, std::string_view value,
                                    std::string& out) {
  if (options_.validatesNames) SPATE_RETURN_IF_ERROR(checkName(name));
  if (!isTagOpen_)
    return Status::invalidArgument(
        "Trying to write an attribute when there is no open start element.");
  out += ' ';
  out += name;
  out += "=\"";
  SPATE_RETURN_IF_ERROR(appendEscaped(value, true, out));
  out += '"';
  return Status::OK();
}

Status XmlGenerator::begin(std::string& out) {
  if (!options_.declaration.empty()) out += "<?xml " + options_.declaration + "?>\n";
  SPATE_RETURN_IF_ERROR(writeStart(rootName_, out));
  // What follows the name in rootTag are attributes: "people a='b'".
  std::string_view rest = std::string_view(options_.rootTag).substr(rootName_.size());
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::string_view token = rest.substr(0, rest.find(' '));
    rest.remove_prefix(token.size());
    if (token.empty()) continue;
    const size_t equals = token.find('=');
    if (equals == token.npos || token.find('=', equals + 1) != token.npos)
      return Status::invalidArgument("not an attribute of the root element: " + std::string(token));
    std::string value;
    for (const char c : token.substr(equals + 1))
      if (c != '\'' && c != '"') value += c;
    SPATE_RETURN_IF_ERROR(writeAttribute(token.substr(0, equals), value, out));
  }
  if (options_.indent.empty()) return writeText("\n", out);
  return Status::OK();
}

Status XmlGenerator::write(const Row& row, std::string& out) {
  SPATE_RETURN_IF_ERROR(writeStart(options_.rowTag, out));
  SPATE_RETURN_IF_ERROR(writeStruct(schema_, row, out));
  writeEnd(options_.rowTag, out);
  if (options_.indent.empty()) out += '\n';
  return Status::OK();
}

void XmlGenerator::end(std::string& out) { writeEnd(rootName_, out); }

Status XmlGenerator::writeAttributeField(std::string_view name, const DataType& type,
                                         const Datum& value, std::string& out) {
  name.remove_prefix(options_.attributePrefix.size());
  if (value.isNull()) {
    if (!options_.nullValue) return Status::OK();
    return writeAttribute(name, *options_.nullValue, out);
  }
  std::string text;
  SPATE_RETURN_IF_ERROR(appendValue(type, value, options_, true, text));
  return writeAttribute(name, text, out);
}

Status XmlGenerator::writeChild(std::string_view name, const DataType& type, const Datum& value,
                                std::string& out) {
  if (isAttribute(name)) return writeAttributeField(name, type, value, out);
  if (!type.is(TypeKind::kArray) || value.isNull())
    return writeChildElement(name, type, value, out);
  for (const Datum& element : *value.as<Row>())
    SPATE_RETURN_IF_ERROR(writeChildElement(name, type.elementType(), element, out));
  return Status::OK();
}

Status XmlGenerator::writeChildElement(std::string_view name, const DataType& type,
                                       const Datum& value, std::string& out) {
  if (value.isNull() && !options_.nullValue) return Status::OK();
  if (name == options_.valueTag) return writeContent(type, value, out);
  SPATE_RETURN_IF_ERROR(writeStart(name, out));
  SPATE_RETURN_IF_ERROR(writeContent(type, value, out));
  writeEnd(name, out);
  return Status::OK();
}

Status XmlGenerator::writeContent(const DataType& type, const Datum& value, std::string& out) {
  if (value.isNull()) return writeText(*options_.nullValue, out);
  switch (type.kind()) {
    case TypeKind::kArray:
      for (const Datum& element : *value.as<Row>())
        SPATE_RETURN_IF_ERROR(
            writeChild(options_.arrayElementName, type.elementType(), element, out));
      return Status::OK();
    case TypeKind::kStruct: return writeStruct(type, *value.as<Row>(), out);
    case TypeKind::kMap: return writeMap(type, *value.as<MapValue>(), out);
    default: {
      std::string text;
      SPATE_RETURN_IF_ERROR(appendValue(type, value, options_, false, text));
      return writeText(text, out);
    }
  }
}

Status XmlGenerator::writeStruct(const DataType& type, const Row& row, std::string& out) {
  // Attributes have to come first.
  for (const bool areAttributes : {true, false})
    for (size_t i = 0; i < type.fields().size(); ++i) {
      const StructField& field = type.fields()[i];
      if (isAttribute(field.name) == areAttributes)
        SPATE_RETURN_IF_ERROR(writeChild(field.name, field.type, row[i], out));
    }
  return Status::OK();
}

Status XmlGenerator::writeMap(const DataType& type, const MapValue& map, std::string& out) {
  for (const bool areAttributes : {true, false})
    for (size_t i = 0; i < map.keys.size(); ++i) {
      std::string key;
      SPATE_RETURN_IF_ERROR(appendValue(type.keyType(), map.keys[i], options_, true, key));
      if (isAttribute(key) == areAttributes)
        SPATE_RETURN_IF_ERROR(writeChild(key, type.valueType(), map.values[i], out));
    }
  return Status::OK();
}

}  // namespace spate
