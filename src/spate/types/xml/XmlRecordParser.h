#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "spate/types/DataType.h"
#include "spate/types/Datum.h"
#include "spate/types/xml/XmlEvents.h"
#include "spate/types/xml/XmlOptions.h"

namespace spate {

/// Makes rows of the elements of a document, by Spark's rules: fields are found by the names of
/// elements and (with a prefix) of attributes, elements of one name are an array, and text beside
/// elements is the value tag's.
///
/// Threads one at a time
class XmlRecordParser {
 public:
  XmlRecordParser(const XmlOptions& options, DataType schema);

  enum class Outcome : uint8_t {
    kGood,
    /// A value inside of the record is not of its type. The events stand where Spark's parser
    /// would: maybe not behind the record, but before the next one.
    kBad,
    /// The same of an attribute or the text of the record's own element. Spark fails the whole
    /// file for it.
    kBadRoot,
    /// The document ends, or is not XML from there on.
    kBroken,
  };

  /// Goes to the next element named rowTag; false: there is none, or the events end.
  bool findRecord(XmlEvents& events) const;
  /// Goes to the first element of any name.
  static bool findElement(XmlEvents& events);

  /// Makes a row of the element whose start comes next.
  Outcome parse(XmlEvents& events, Row& row);

  /// Of kBad and kBadRoot: the text, and the type that it is not of.
  const std::string& whatIsBad() const { return whatIsBad_; }

 private:
  using Attributes = std::vector<std::pair<std::string, std::string>>;
  /// Values of attributes and the fields that they are of.
  using FieldValues = std::vector<std::pair<size_t, Datum>>;

  size_t fieldIndex(const DataType& schema, std::string_view name) const;
  std::string_view localName(std::string_view name) const;
  bool convertText(std::string_view text, const DataType& type, Datum& value);
  bool convertAttributes(const XmlEvent& start, const DataType& schema, FieldValues& values);
  bool addToField(std::string_view text, const DataType& schema, Row& row);
  /// Fills the row up to the end of the element whose start has been taken.
  bool convertObject(XmlEvents& events, const DataType& schema, Row& row);
  /// One child element, whose start comes next, into its field.
  bool convertChild(XmlEvents& events, const DataType& schema, Row& row);
  bool convertStruct(XmlEvents& events, const XmlEvent& start, const DataType& type, Datum& value);
  bool convertField(XmlEvents& events, const DataType& type, const Attributes& attributes,
                    Datum& value);
  bool convertMap(XmlEvents& events, const DataType& type, const Attributes& attributes,
                  Datum& value);
  bool convertWildcard(XmlEvents& events, const DataType& type, Datum& value);
  bool convertMarkup(XmlEvents& events, Datum& value);
  Attributes attributesOf(const XmlEvent& start) const;
  bool isBad(std::string_view text, const DataType& type);

  const XmlOptions options_;
  const DataType schema_;
  std::string whatIsBad_;
  /// What it is when a record is not good.
  Outcome failure_ = Outcome::kBad;
  /// 0: at the record's own element.
  int depth_ = 0;
};

}  // namespace spate
