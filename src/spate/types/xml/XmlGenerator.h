#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "spate/base/Status.h"
#include "spate/types/DataType.h"
#include "spate/types/Datum.h"
#include "spate/types/xml/XmlOptions.h"

namespace spate {

/// Writes rows as XML elements, in the bytes that Spark's writer gives: fields are elements, those
/// with the attribute prefix attributes, and that of the value tag is text.
///
/// Threads one at a time
class XmlGenerator {
 public:
  /// Errors  kInvalidArgument: an empty attribute prefix
  static Result<XmlGenerator> make(const XmlOptions& options, DataType schema);

  /// Appends what stands in front of the rows of a file.
  Status begin(std::string& out);
  /// Appends one row.
  ///
  /// Errors  _LEGACY_ERROR_TEMP_3238: a value that XML has no text for; kInvalidArgument: a name
  ///         or a character that XML does not allow. What has been appended is of no use then.
  Status write(const Row& row, std::string& out);
  /// Appends what stands behind them. Needs begin().
  void end(std::string& out);

 private:
  XmlGenerator(const XmlOptions& options, DataType schema);

  bool isAttribute(std::string_view name) const;
  Status writeStart(std::string_view name, std::string& out);
  void writeEnd(std::string_view name, std::string& out);
  void endTag(std::string& out);
  Status writeText(std::string_view text, std::string& out);
  Status writeAttribute(std::string_view name, std::string_view value, std::string& out);
  Status writeChild(std::string_view name, const DataType& type, const Datum& value,
                    std::string& out);
  Status writeChildElement(std::string_view name, const DataType& type, const Datum& value,
                           std::string& out);
  Status writeContent(const DataType& type, const Datum& value, std::string& out);
  Status writeStruct(const DataType& type, const Row& row, std::string& out);
  Status writeMap(const DataType& type, const MapValue& map, std::string& out);
  Status writeAttributeField(std::string_view name, const DataType& type, const Datum& value,
                             std::string& out);
  void newLine(size_t depth, std::string& out) const;

  XmlOptions options_;
  DataType schema_;
  std::string rootName_;
  /// Of the elements that are open: whether they have children, which end on a line of their own.
  std::vector<bool> hasChildren_;
  /// The last start has no '>' yet.
  bool isTagOpen_ = false;
};

}  // namespace spate
