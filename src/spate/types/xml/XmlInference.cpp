#include "spate/types/xml/XmlInference.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "spate/base/AsciiCase.h"
#include "spate/types/xml/XmlValues.h"

namespace spate {
namespace {

using Kind = XmlEvent::Kind;

void sortByName(std::vector<StructField>& fields) {
  std::stable_sort(fields.begin(), fields.end(),
                   [](const StructField& a, const StructField& b) { return a.name < b.name; });
}

StructField* fieldNamed(std::vector<StructField>& fields, std::string_view name,
                        const XmlOptions& options) {
  const auto it = std::find_if(fields.begin(), fields.end(), [&](const StructField& field) {
    return isSameName(field.name, name, options.caseSensitive);
  });
  return it == fields.end() ? nullptr : &*it;
}

DataType mergeStructs(const DataType& a, const DataType& b, const XmlOptions& options) {
  // The name that came first stays.
  std::vector<StructField> fields = a.fields();
  for (const StructField& field : b.fields()) {
    if (StructField* const known = fieldNamed(fields, field.name, options)) {
      known->type = mergeXmlTypes(known->type, field.type, options);
    } else {
      fields.push_back(field);
    }
  }
  sortByName(fields);
  return DataType::structOf(std::move(fields));
}

/// A struct and something else; empty: the struct has no value tag.
std::optional<DataType> withValue(const DataType& structure, const DataType& other,
                                  const XmlOptions& options) {
  std::vector<StructField> fields = structure.fields();
  for (StructField& field : fields) {
    if (field.name != options.valueTag) continue;
    field.type = mergeXmlTypes(field.type, other, options);
    return DataType::structOf(std::move(fields));
  }
  return std::nullopt;
}

DataType mergeNumbers(const DataType& a, const DataType& b) {
  if (a.is(TypeKind::kDouble) || b.is(TypeKind::kDouble)) return DataType::doubleType();
  const DataType left = a.is(TypeKind::kLong) ? DataType::decimalType(20, 0) : a;
  const DataType right = b.is(TypeKind::kLong) ? DataType::decimalType(20, 0) : b;
  const int scale = std::max(left.scale(), right.scale());
  const int range = std::max(left.precision() - left.scale(), right.precision() - right.scale());
  if (range + scale > DataType::kMaxDecimalPrecision) return DataType::doubleType();
  return DataType::decimalType(range + scale, scale);
}

bool isTime(const DataType& type) {
  return type.is(TypeKind::kDate) || type.is(TypeKind::kTimestamp) ||
         type.is(TypeKind::kTimestampNtz);
}

DataType mergeTimes(const DataType& a, const DataType& b) {
  if (a.is(TypeKind::kTimestamp) || b.is(TypeKind::kTimestamp)) return DataType::timestampType();
  return DataType::timestampNtzType();
}

class Inference {
 public:
  Inference(XmlEvents& events, const XmlOptions& options) : events_(events), options_(options) {}

  std::optional<DataType> record() {
    std::vector<StructField> fields = attributesOf(events_.next());
    const DataType type = typeOfElement(std::move(fields), 1);
    if (isBroken_) return std::nullopt;
    return type;
  }

 private:
  std::string_view localName(std::string_view name) const {
    return options_.ignoresNamespace ? name.substr(name.rfind(':') + 1) : name;
  }

  std::vector<StructField> attributesOf(const XmlEvent& start) const {
    std::vector<StructField> fields;
    if (options_.excludesAttributes) return fields;
    for (const XmlAttribute& attribute : start.attributes)
      add(options_.attributePrefix + std::string(localName(attribute.name)),
          xmlTypeOf(attribute.value, options_), fields);
    return fields;
  }

  /// A second one of a name makes an array of it.
  void add(std::string name, DataType type, std::vector<StructField>& fields) const {
    StructField* const known = fieldNamed(fields, name, options_);
    if (known == nullptr) {
      fields.push_back({std::move(name), std::move(type)});
    } else if (known->type.is(TypeKind::kArray)) {
      known->type = mergeXmlTypes(known->type, type, options_);
    } else {
      known->type = DataType::arrayOf(mergeXmlTypes(known->type, type, options_));
    }
  }

  /// Up to the end of the element whose start has been taken.
  DataType typeOfElement(std::vector<StructField> fields, int depth) {
    while (true) {
      const XmlEvent event = events_.next();
      if (event.kind == Kind::kText) {
        if (!event.isBlank()) add(options_.valueTag, xmlTypeOf(event.text, options_), fields);
        continue;
      }
      if (event.kind != Kind::kStart) {
        isBroken_ = isBroken_ || event.isLast();
        sortByName(fields);
        return DataType::structOf(std::move(fields));
      }
      std::string name(localName(event.text));
      std::vector<StructField> attributes = attributesOf(event);
      DataType type = typeOfField(depth + 1);
      if (isBroken_) return DataType::structOf({});
      add(std::move(name), withAttributes(std::move(type), std::move(attributes)), fields);
    }
  }

  DataType typeOfField(int depth) {
    // Types nest less deep than elements do.
    if (depth > DataType::kMaxDepth - 2) return skipped();
    const XmlEvent::Kind first = events_.peek().kind;
    DataType type = typeOfElement({}, depth);
    if (first == Kind::kEnd) return DataType::nullType();
    if (first != Kind::kText) return type;
    if (type.fields().empty()) return DataType::nullType();
    const StructField& only = type.fields()[0];
    if (type.fields().size() == 1 && !only.type.isNested() &&
        isSameName(only.name, options_.valueTag, options_.caseSensitive))
      return only.type;
    return type;
  }

  DataType skipped() {
    for (int depth = 1; depth > 0;) {
      const XmlEvent event = events_.next();
      if (event.isLast()) {
        isBroken_ = true;
        break;
      }
      if (event.kind == Kind::kStart) ++depth;
      if (event.kind == Kind::kEnd) --depth;
    }
    return DataType::stringType();
  }

  DataType withAttributes(DataType type, std::vector<StructField> attributes) const {
    if (attributes.empty()) return type;
    std::vector<StructField> fields;
    if (type.is(TypeKind::kStruct)) {
      fields = type.fields();
    } else if (!type.is(TypeKind::kNull)) {
      fields.push_back({options_.valueTag, std::move(type)});
    }
    fields.insert(fields.end(), attributes.begin(), attributes.end());
    sortByName(fields);
    return DataType::structOf(std::move(fields));
  }

  XmlEvents& events_;
  const XmlOptions& options_;
  bool isBroken_ = false;
};

}  // namespace

std::optional<DataType> xmlTypeOfRecord(XmlEvents& events, const XmlOptions& options) {
  return Inference(events, options).record();
}

DataType mergeXmlTypes(const DataType& a, const DataType& b, const XmlOptions& options) {
  if (a == b || b.is(TypeKind::kNull)) return a;
  if (a.is(TypeKind::kNull)) return b;
  if (a.is(TypeKind::kStruct) && b.is(TypeKind::kStruct)) return mergeStructs(a, b, options);
  if (a.is(TypeKind::kArray) || b.is(TypeKind::kArray)) {
    const DataType& left = a.is(TypeKind::kArray) ? a.elementType() : a;
    const DataType& right = b.is(TypeKind::kArray) ? b.elementType() : b;
    return DataType::arrayOf(mergeXmlTypes(left, right, options));
  }
  if (a.isNumeric() && b.isNumeric()) return mergeNumbers(a, b);
  if (isTime(a) && isTime(b)) return mergeTimes(a, b);
  if (a.is(TypeKind::kStruct) || b.is(TypeKind::kStruct)) {
    const bool isLeft = a.is(TypeKind::kStruct);
    if (auto merged = withValue(isLeft ? a : b, isLeft ? b : a, options)) return *std::move(merged);
  }
  return DataType::stringType();
}

std::optional<DataType> canonicalXmlType(const DataType& type) {
  if (type.is(TypeKind::kNull)) return DataType::stringType();
  if (type.is(TypeKind::kArray)) {
    auto element = canonicalXmlType(type.elementType());
    if (!element) return std::nullopt;
    return DataType::arrayOf(*std::move(element));
  }
  if (!type.is(TypeKind::kStruct)) return type;
  std::vector<StructField> fields;
  for (const StructField& field : type.fields()) {
    if (field.name.empty()) continue;
    if (auto fieldType = canonicalXmlType(field.type))
      fields.push_back({field.name, *std::move(fieldType)});
  }
  if (fields.empty()) return std::nullopt;
  return DataType::structOf(std::move(fields));
}

}  // namespace spate
