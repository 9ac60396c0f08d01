#include "spate/types/xml/XmlRecordParser.h"

#include <algorithm>
#include <optional>

#include "spate/base/AsciiCase.h"
#include "spate/types/xml/XmlValues.h"

namespace spate {
namespace {

using Kind = XmlEvent::Kind;

/// Over blanks and the end of the element; false: something else stands there, and is skipped, too.
bool skipEnd(XmlEvents& events) {
  while (true) {
    const XmlEvent event = events.next();
    if (event.kind == Kind::kEnd) return true;
    if (!event.isBlank()) return false;
  }
}

/// To behind the end of an element whose start has been taken.
bool skipChildren(XmlEvents& events) {
  for (int depth = 1; depth > 0;) {
    const XmlEvent event = events.next();
    if (event.isLast()) return false;
    if (event.kind == Kind::kStart) ++depth;
    if (event.kind == Kind::kEnd) --depth;
  }
  return true;
}

/// Where the elements of one name gather.
Row& arrayIn(Datum& field) {
  if (field.isNull()) field = Datum(Row());
  return std::get<Row>(field.value);
}

Row nullsOf(const DataType& schema) { return Row(schema.fields().size()); }

}  // namespace

XmlRecordParser::XmlRecordParser(const XmlOptions& options, DataType schema)
    : options_(options), schema_(std::move(schema)) {}

std::string_view XmlRecordParser::localName(std::string_view name) const {
  return options_.ignoresNamespace ? name.substr(name.rfind(':') + 1) : name;
}

bool XmlRecordParser::findRecord(XmlEvents& events) const {
  while (true) {
    const XmlEvent event = events.peek();
    if (event.isLast()) return false;
    if (event.kind == Kind::kStart && localName(event.text) == options_.rowTag) return true;
    events.next();
  }
}

bool XmlRecordParser::findElement(XmlEvents& events) {
  while (true) {
    const XmlEvent event = events.peek();
    if (event.isLast() || event.kind == Kind::kStart) return !event.isLast();
    events.next();
  }
}

size_t XmlRecordParser::fieldIndex(const DataType& schema, std::string_view name) const {
  const std::vector<StructField>& fields = schema.fields();
  for (size_t i = 0; i < fields.size(); ++i)
    if (fields[i].name == name) return i;
  if (options_.caseSensitive) return fields.size();
  for (size_t i = 0; i < fields.size(); ++i)
    if (equalsIgnoringAsciiCase(fields[i].name, name)) return i;
  return fields.size();
}

bool XmlRecordParser::isBad(std::string_view text, const DataType& type) {
  if (whatIsBad_.empty())
    whatIsBad_ = "\"" + std::string(text) + "\" is no value of the type \"" + type.sql() + "\"";
  return false;
}

bool XmlRecordParser::convertText(std::string_view text, const DataType& type, Datum& value) {
  auto converted = xmlValue(text, type, options_);
  if (!converted) return isBad(text, type);
  value = *std::move(converted);
  return true;
}

bool XmlRecordParser::convertAttributes(const XmlEvent& start, const DataType& schema,
                                        FieldValues& values) {
  if (options_.excludesAttributes) return true;
  std::string name;
  for (const XmlAttribute& attribute : start.attributes) {
    name = options_.attributePrefix;
    name += localName(attribute.name);
    const size_t index = fieldIndex(schema, name);
    if (index == schema.fields().size()) continue;
    Datum value;
    if (!convertText(attribute.value, schema.fields()[index].type, value)) return false;
    values.emplace_back(index, std::move(value));
  }
  return true;
}

bool XmlRecordParser::addToField(std::string_view text, const DataType& schema, Row& row) {
  const std::vector<StructField>& fields = schema.fields();
  // Here Spark asks for the very name.
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name != options_.valueTag) continue;
    if (!fields[i].type.is(TypeKind::kArray)) return convertText(text, fields[i].type, row[i]);
    Datum value;
    if (!convertText(text, fields[i].type.elementType(), value)) return false;
    arrayIn(row[i]).push_back(std::move(value));
    return true;
  }
  return true;
}

XmlRecordParser::Outcome XmlRecordParser::parse(XmlEvents& events, Row& row) {
  row = nullsOf(schema_);
  whatIsBad_.clear();
  failure_ = Outcome::kBad;
  depth_ = 0;
  const XmlEvent start = events.next();
  if (start.isLast()) return Outcome::kBroken;
  FieldValues values;
  if (!convertAttributes(start, schema_, values)) return Outcome::kBadRoot;
  for (auto& [index, value] : values) row[index] = std::move(value);
  return convertObject(events, schema_, row) ? Outcome::kGood : failure_;
}

bool XmlRecordParser::convertObject(XmlEvents& events, const DataType& schema, Row& row) {
  bool isGood = true;
  while (true) {
    const XmlEvent event = events.peek();
    switch (event.kind) {
      case Kind::kStart:
        ++depth_;
        isGood = convertChild(events, schema, row) && isGood;
        --depth_;
        break;
      case Kind::kText: {
        const bool isTaken = event.isBlank() || addToField(event.text, schema, row);
        events.next();
        if (isTaken) break;
        if (depth_ == 0) failure_ = Outcome::kBadRoot;
        return false;
      }
      case Kind::kEnd: events.next(); return isGood;
      case Kind::kEndOfDocument: return isGood;
      default:
        if (depth_ == 0) failure_ = Outcome::kBroken;
        return false;
    }
  }
}

bool XmlRecordParser::convertChild(XmlEvents& events, const DataType& schema, Row& row) {
  const XmlEvent start = events.next();
  size_t index = fieldIndex(schema, localName(start.text));
  if (index == schema.fields().size()) {
    const auto isWildcard = [&](const StructField& field) {
      return field.name == options_.wildcardColumn;
    };
    const auto wildcard = std::find_if(schema.fields().begin(), schema.fields().end(), isWildcard);
    if (wildcard == schema.fields().end()) return skipChildren(events);
    index = static_cast<size_t>(wildcard - schema.fields().begin());
    return convertWildcard(events, wildcard->type, row[index]);
  }
  const DataType& type = schema.fields()[index].type;
  if (type.is(TypeKind::kStruct)) return convertStruct(events, start, type, row[index]);
  if (!type.is(TypeKind::kArray))
    return convertField(events, type, type.is(TypeKind::kMap) ? attributesOf(start) : Attributes(),
                        row[index]);
  const DataType& element = type.elementType();
  Datum value;
  const bool isGood = element.is(TypeKind::kStruct) ? convertStruct(events, start, element, value)
                                                    : convertField(events, element, {}, value);
  if (isGood) arrayIn(row[index]).push_back(std::move(value));
  return isGood;
}

XmlRecordParser::Attributes XmlRecordParser::attributesOf(const XmlEvent& start) const {
  Attributes result;
  for (const XmlAttribute& attribute : start.attributes)
    result.emplace_back(options_.attributePrefix + std::string(attribute.name), attribute.value);
  return result;
}

bool XmlRecordParser::convertStruct(XmlEvents& events, const XmlEvent& start, const DataType& type,
                                    Datum& value) {
  FieldValues attributes;
  if (!convertAttributes(start, type, attributes)) return false;
  Datum fields;
  if (!convertField(events, type, {}, fields)) return false;
  // An element without anything in it is a row of nulls, not null.
  if (fields.isNull()) fields = Datum(nullsOf(type));
  Row& row = std::get<Row>(fields.value);
  for (auto& [index, attribute] : attributes) row[index] = std::move(attribute);
  value = std::move(fields);
  return true;
}

bool XmlRecordParser::convertField(XmlEvents& events, const DataType& type,
                                   const Attributes& attributes, Datum& value) {
  while (true) {
    const XmlEvent event = events.peek();
    const bool isText = event.kind == Kind::kText;
    if (event.kind == Kind::kEnd) {
      value = type.isText() && options_.nullValue != "" ? Datum("") : Datum();
      return skipEnd(events);
    }
    if (event.isLast()) return false;
    if (type.isText()) return convertMarkup(events, value);
    if (type.is(TypeKind::kStruct)) {
      Row row = nullsOf(type);
      if (!convertObject(events, type, row)) return false;
      value = Datum(std::move(row));
      return true;
    }
    if (type.is(TypeKind::kArray) && !isText)
      return convertField(events, type.elementType(), {}, value);
    if (type.is(TypeKind::kArray)) {
      const bool isGood = convertText(event.text, type.elementType(), value);
      events.next();
      return isGood && skipEnd(events);
    }
    if (!isText) {
      if (type.is(TypeKind::kMap) && type.keyType().isText())
        return convertMap(events, type, attributes, value);
      return isBad("<" + std::string(event.text) + ">", type);
    }
    if (event.isBlank()) {
      // Maybe between elements.
      events.next();
      continue;
    }
    if (!convertText(event.text, type, value)) return false;
    events.next();
    return skipEnd(events);
  }
}

bool XmlRecordParser::convertMap(XmlEvents& events, const DataType& type,
                                 const Attributes& attributes, Datum& value) {
  MapValue map;
  const auto put = [&](std::string_view key, Datum item) {
    for (size_t i = 0; i < map.keys.size(); ++i) {
      if (*map.keys[i].as<std::string>() != key) continue;
      map.values[i] = std::move(item);
      return;
    }
    map.keys.emplace_back(key);
    map.values.push_back(std::move(item));
  };
  for (const auto& [name, text] : attributes) {
    Datum item;
    if (!convertText(text, type.valueType(), item)) return false;
    put(name, std::move(item));
  }
  while (true) {
    const XmlEvent event = events.next();
    if (event.kind == Kind::kEnd || event.kind == Kind::kEndOfDocument) break;
    if (event.isLast()) return false;
    if (event.isBlank()) continue;
    Datum item;
    if (event.kind == Kind::kText) {
      if (!convertText(event.text, type.valueType(), item)) return false;
      put(options_.valueTag, std::move(item));
      continue;
    }
    const std::string key(localName(event.text));
    if (!convertField(events, type.valueType(), {}, item)) return false;
    put(key, std::move(item));
  }
  value = Datum(std::move(map));
  return true;
}

bool XmlRecordParser::convertWildcard(XmlEvents& events, const DataType& type, Datum& value) {
  Datum markup;
  if (!convertField(events, DataType::stringType(), {}, markup)) return false;
  if (type.isText()) {
    value = std::move(markup);
    return true;
  }
  if (!type.is(TypeKind::kArray) || !type.elementType().isText()) return isBad("xs_any", type);
  arrayIn(value).push_back(std::move(markup));
  return true;
}

/// All that is in the element, as text; the tags inside of it as they were.
bool XmlRecordParser::convertMarkup(XmlEvents& events, Datum& value) {
  std::string markup;
  int depth = 0;
  do {
    const XmlEvent event = events.next();
    if (event.isLast()) return false;
    if (event.kind == Kind::kText) {
      markup += event.text;
      continue;
    }
    markup += event.kind == Kind::kStart ? "<" : "</";
    markup += event.text;
    for (const XmlAttribute& attribute : event.attributes) {
      markup += ' ';
      markup += attribute.name;
      markup += "=\"";
      markup += attribute.value;
      markup += '"';
    }
    markup += '>';
    depth += event.kind == Kind::kStart ? 1 : -1;
  } while (depth > 0 || events.peek().kind != Kind::kEnd);
  return skipEnd(events) && convertText(markup, DataType::stringType(), value);
}

}  // namespace spate
