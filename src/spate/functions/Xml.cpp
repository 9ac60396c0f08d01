#include <arrow/datum.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "spate/functions/FormatCalls.h"
#include "spate/functions/RowLoop.h"
#include "spate/functions/Signature.h"
#include "spate/functions/TextConversion.h"
#include "spate/functions/XmlFamilies.h"
#include "spate/types/MalformedRecord.h"
#include "spate/types/xml/XmlEvents.h"
#include "spate/types/xml/XmlGenerator.h"
#include "spate/types/xml/XmlInference.h"
#include "spate/types/xml/XmlOptions.h"
#include "spate/types/xml/XmlRecordParser.h"

namespace spate {
namespace {

using Arguments = std::span<const arrow::Datum>;

Result<XmlOptions> xmlOptions(const ConversionOptions& options, const SessionSettings& settings) {
  XmlOptions::Session session;
  SPATE_ASSIGN_OR_FAIL(session.zone, TimeZone::make(settings.timeZone));
  if (settings.conf) {
    const auto has = [&](const char* key, const char* value) {
      return settings.conf(key).value_or("") == value;
    };
    session.caseSensitive = has("spark.sql.caseSensitive", "true");
    session.prefersTimestampNtz = has("spark.sql.timestampType", "TIMESTAMP_NTZ");
  }
  return XmlOptions::make(options.asOptionMap(), session, false);
}

Status invalidCorruptRecordType(const StructField& column) {
  return Status::invalidArgument("The column `" + column.name +
                                 "` for corrupt records must have the nullable STRING type, but "
                                 "got " +
                                 quotedType(column.type) + ".")
      .withErrorClass(
          "INVALID_CORRUPT_RECORD_TYPE", "42804",
          {{"columnName", "`" + column.name + "`"}, {"actualType", quotedType(column.type)}});
}

/// from_xml(text, schema[, options]).
Result<BoundFunction> bindFromXml(std::string_view name, std::span<const Argument> arguments,
                                  const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 2, 3));
  SPATE_ASSIGN_OR_FAIL(const DataType given, constantSchema(name, arguments, 1));
  const DataType type = asNullable(given);
  SPATE_ASSIGN_OR_FAIL(const ConversionOptions conversion,
                       ConversionOptions::make(name, arguments, 2));
  SPATE_ASSIGN_OR_FAIL(const MalformedMode mode, parseModeOf(name, conversion));
  SPATE_ASSIGN_OR_FAIL(const XmlOptions options, xmlOptions(conversion, settings));
  if (!type.is(TypeKind::kStruct))
    return failure(
        dataTypeMismatch("INVALID_XML_SCHEMA", name, arguments.first(1),
                         "Input schema " + quotedType(type) + " must be a struct or a variant.",
                         {{"schema", quotedType(type)}}));
  if (!arguments[0].type.isText() && !arguments[0].type.is(TypeKind::kNull))
    return failure(unexpectedInputType(name, arguments.first(1), 0, "\"STRING\""));
  size_t corrupt = SIZE_MAX;
  for (size_t i = 0; i < type.fields().size(); ++i) {
    const StructField& field = type.fields()[i];
    if (field.name != options.corruptColumn) continue;
    if (!field.type.isText()) return failure(invalidCorruptRecordType(field));
    corrupt = i;
  }
  BoundFunction bound = boundFromFormat(name, arguments, type);
  bound.kernel = [=](EvalContext& context, Arguments values, int64_t rows) {
    XmlOptions here = options;
    here.nowMicros = context.now.time_since_epoch().count();
    XmlRecordParser parser(here, type);
    Row row;
    const auto readText = [&](std::string_view text) -> Result<Datum> {
      const auto events = XmlEvents::ofText(text);
      const bool isGood = XmlRecordParser::findElement(*events) &&
                          parser.parse(*events, row) == XmlRecordParser::Outcome::kGood;
      if (!isGood) row.assign(type.fields().size(), Datum());
      if (!isGood && mode == MalformedMode::kFailFast) {
        std::string nulls;
        for (size_t k = 0; k < row.size(); ++k) nulls += k == 0 ? "null" : ",null";
        return failure(malformedRecord("[" + nulls + "]"));
      }
      if (!isGood && corrupt != SIZE_MAX) row[corrupt] = Datum(text);
      return Datum(row);
    };
    return valuesOfRows(values.first(1), rows, type, [&](const ArgumentColumns& in, int64_t i) {
      return readText(in[0].text(i));
    });
  };
  return bound;
}

/// to_xml(struct[, options]).
Result<BoundFunction> bindToXml(std::string_view name, std::span<const Argument> arguments,
                                const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 1, 2));
  SPATE_ASSIGN_OR_FAIL(const ConversionOptions conversion,
                       ConversionOptions::make(name, arguments, 1));
  const DataType type = arguments[0].type;
  if (!type.is(TypeKind::kStruct))
    return failure(unexpectedInputType(name, arguments.first(1), 0, "\"STRUCT\""));
  SPATE_ASSIGN_OR_FAIL(const XmlOptions options, xmlOptions(conversion, settings));
  SPATE_ASSIGN_OR_FAIL(const XmlGenerator generator, XmlGenerator::make(options, type));
  BoundFunction bound = boundToFormat(name, arguments);
  bound.kernel = [=](EvalContext&, Arguments values, int64_t rows) {
    XmlGenerator writer = generator;
    return forEachRow<TextColumnBuilder>(
        values.first(1), rows, arrow::utf8(),
        [&](const ArgumentColumns& in, int64_t i, TextColumnBuilder& out) -> Status {
          const Datum value = valueAt(in[0].array(), in[0].at(i), type);
          std::string text;
          SPATE_RETURN_IF_ERROR(writer.write(*value.as<Row>(), text));
          out.append(text);
          return Status::OK();
        });
  };
  return bound;
}

/// schema_of_xml(text[, options]).
Result<BoundFunction> bindSchemaOfXml(std::string_view name, std::span<const Argument> arguments,
                                      const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 1, 2));
  if (arguments[0].constant && arguments[0].constant->isNull())
    return failure(dataTypeMismatch("UNEXPECTED_NULL", name, arguments.first(1),
                                    "The xml must not be null.", {{"exprName", "xml"}}));
  if (!arguments[0].type.isText())
    return failure(unexpectedInputType(name, arguments.first(1), 0, "\"STRING\""));
  const auto text = constantText(arguments[0]);
  if (!text) return failure(nonFoldableInput(name, arguments, 0, "xml", "STRING"));
  SPATE_ASSIGN_OR_FAIL(const ConversionOptions conversion,
                       ConversionOptions::make(name, arguments, 1));
  SPATE_ASSIGN_OR_FAIL(const MalformedMode mode, parseModeOf(name, conversion));
  SPATE_ASSIGN_OR_FAIL(const XmlOptions options, xmlOptions(conversion, settings));
  const auto events = XmlEvents::ofText(*text);
  std::optional<DataType> type;
  if (XmlRecordParser::findElement(*events)) type = xmlTypeOfRecord(*events, options);
  if (!type && mode == MalformedMode::kFailFast)
    return failure(malformedRecord(options.corruptColumn));
  if (!type) type = DataType::structOf({{options.corruptColumn, DataType::stringType()}});
  return boundSchemaOfFormat(name, arguments,
                             canonicalXmlType(*type).value_or(DataType::structOf({})));
}

constexpr ScalarFunction kFunctions[] = {
    {"from_xml", bindFromXml},
    {"schema_of_xml", bindSchemaOfXml},
    {"to_xml", bindToXml},
};

}  // namespace

std::span<const ScalarFunction> xmlFunctions() { return kFunctions; }

}  // namespace spate
