#include <arrow/array/builder_primitive.h>
#include <arrow/datum.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <utility>
#include <vector>

#include "spate/functions/RowLoop.h"
#include "spate/functions/Signature.h"
#include "spate/functions/XmlFamilies.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/xml/XmlEvents.h"

namespace spate {
namespace {

using Arguments = std::span<const arrow::Datum>;

/// An XPath 1.0 expression. Threads: immutable.
using Query = std::shared_ptr<const pugi::xpath_query>;

Result<Query> queryOf(const std::string& path) {
  try {
    return std::make_shared<const pugi::xpath_query>(path.c_str());
  } catch (const pugi::xpath_exception& error) {
    return failure(
        Status::invalidArgument("Invalid XPath '" + path + "'" + std::string(error.what())));
  }
}

/// Takes the prefixes off the names.
void dropPrefixes(pugi::xml_node node) {
  const auto localName = [](std::string_view name) {
    return std::string(name.substr(name.rfind(':') + 1));
  };
  for (pugi::xml_node child : node.children()) {
    child.set_name(localName(child.name()).c_str());
    for (pugi::xml_attribute attribute : child.attributes())
      attribute.set_name(localName(attribute.name()).c_str());
    dropPrefixes(child);
  }
}

/// Whether the path asks for name(), not only for local-name().
bool asksForNames(std::string_view path) {
  for (size_t at = path.find("name"); at != path.npos; at = path.find("name", at + 4))
    if (!path.substr(0, at).ends_with("local-")) return true;
  return false;
}

/// The document as a tree. Our own parser looks at it first: this one takes much for XML that is
/// none. Spark's tree knows no namespaces, and a name in a path is that behind the prefix.
Status readTree(std::string_view text, const std::string& path, pugi::xml_document& document) {
  const auto events = XmlEvents::ofText(text);
  XmlEvent::Kind kind = XmlEvent::Kind::kStart;
  while (kind < XmlEvent::Kind::kEndOfDocument) kind = events->next().kind;
  constexpr unsigned kOptions =
      pugi::parse_default | pugi::parse_pi | pugi::parse_comments | pugi::parse_ws_pcdata;
  if (kind != XmlEvent::Kind::kEndOfDocument ||
      !document.load_buffer(text.data(), text.size(), kOptions, pugi::encoding_utf8))
    return Status::invalidArgument("Error loading expression '" + path + "'");
  if (!asksForNames(path)) dropPrefixes(document);
  return Status::OK();
}

/// As Java casts a double to a whole number: none is 0, and what is too large the largest.
template <class T>
T wholeOf(double value) {
  if (std::isnan(value)) return 0;
  // Both limits of int64_t as doubles are just beyond it.
  if (value >= static_cast<double>(std::numeric_limits<T>::max()))
    return std::numeric_limits<T>::max();
  if (value <= static_cast<double>(std::numeric_limits<T>::min()))
    return std::numeric_limits<T>::min();
  return static_cast<T>(value);
}

/// All digits of a number, never with an exponent; pugixml would round to 15 of them.
std::string numberText(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  if (value == 0) return "0";
  // The smallest doubles have more than a thousand places behind the point, as zeros mostly.
  std::array<char, 1200> digits{};
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed);
  return {digits.data(), end.ptr};
}

/// The text of a node; empty for elements, which have none of their own.
std::optional<std::string> textOf(const pugi::xpath_node& node) {
  if (node.attribute()) return node.attribute().value();
  const pugi::xml_node_type type = node.node().type();
  if (type == pugi::node_element || type == pugi::node_document) return std::nullopt;
  return node.node().value();
}

/// Two texts, of which the second is constant. Spark makes no texts of other values here.
Result<BoundFunction> bindTexts(std::string_view name, std::span<const Argument> arguments) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 2, 2));
  for (size_t i = 0; i < 2; ++i)
    if (!arguments[i].type.isText() && !arguments[i].type.is(TypeKind::kNull))
      return failure(unexpectedInputType(name, arguments, i, "\"STRING\""));
  if (!arguments[1].constant)
    return failure(nonFoldableInput(name, arguments, 1, "path", "STRING"));
  return bindSignature(name, arguments, "ss", "s?", nullptr);
}

/// Null or empty texts give null, other documents what evaluate(query, document, builder) appends.
template <class Builder, class Evaluate>
Result<BoundFunction> bindXpath(std::string_view name, std::span<const Argument> arguments,
                                const DataType& type,
                                const std::shared_ptr<arrow::DataType>& arrowType,
                                Evaluate evaluate) {
  SPATE_ASSIGN_OR_FAIL(BoundFunction bound, bindTexts(name, arguments));
  const auto path = constantText(arguments[1]);
  bound.type = type;
  bound.nullable = true;
  const bool isNull = !path || path->empty();
  bound.kernel = [=, text = path.value_or("")](EvalContext&, Arguments values,
                                               int64_t rows) -> Result<arrow::Datum> {
    Query query;
    pugi::xml_document document;
    return forEachRow<Builder>(values, rows, arrowType,
                               [&](const ArgumentColumns& in, int64_t i, Builder& out) -> Status {
                                 const std::string_view xml = in[0].text(i);
                                 if (isNull || xml.empty()) return fromArrow(out.AppendNull());
                                 // Only now: without rows Spark does not look at the path.
                                 if (query == nullptr) {
                                   SPATE_ASSIGN_OR_RETURN(query, queryOf(text));
                                 }
                                 SPATE_RETURN_IF_ERROR(readTree(xml, text, document));
                                 return evaluate(*query, document, out);
                               });
  };
  return bound;
}

template <class T, class Builder>
Result<BoundFunction> bindNumber(std::string_view name, std::span<const Argument> arguments,
                                 const DataType& type,
                                 const std::shared_ptr<arrow::DataType>& arrowType) {
  return bindXpath<Builder>(
      name, arguments, type, arrowType,
      [](const pugi::xpath_query& query, const pugi::xml_document& document, Builder& out) {
        const double number = query.evaluate_number(document);
        if constexpr (std::is_floating_point_v<T>) {
          return fromArrow(out.Append(static_cast<T>(number)));
        } else if constexpr (sizeof(T) < sizeof(int32_t)) {
          // Through an int, of which the lower half stays.
          return fromArrow(out.Append(static_cast<T>(wholeOf<int32_t>(number))));
        } else {
          return fromArrow(out.Append(wholeOf<T>(number)));
        }
      });
}

Result<BoundFunction> bindShort(std::string_view name, std::span<const Argument> arguments,
                                const SessionSettings&) {
  return bindNumber<int16_t, arrow::Int16Builder>(name, arguments, DataType::shortType(),
                                                  arrow::int16());
}
Result<BoundFunction> bindInt(std::string_view name, std::span<const Argument> arguments,
                              const SessionSettings&) {
  return bindNumber<int32_t, arrow::Int32Builder>(name, arguments, DataType::integerType(),
                                                  arrow::int32());
}
Result<BoundFunction> bindLong(std::string_view name, std::span<const Argument> arguments,
                               const SessionSettings&) {
  return bindNumber<int64_t, arrow::Int64Builder>(name, arguments, DataType::longType(),
                                                  arrow::int64());
}
Result<BoundFunction> bindFloat(std::string_view name, std::span<const Argument> arguments,
                                const SessionSettings&) {
  return bindNumber<float, arrow::FloatBuilder>(name, arguments, DataType::floatType(),
                                                arrow::float32());
}
Result<BoundFunction> bindDouble(std::string_view name, std::span<const Argument> arguments,
                                 const SessionSettings&) {
  return bindNumber<double, arrow::DoubleBuilder>(name, arguments, DataType::doubleType(),
                                                  arrow::float64());
}

Result<BoundFunction> bindBoolean(std::string_view name, std::span<const Argument> arguments,
                                  const SessionSettings&) {
  return bindXpath<arrow::BooleanBuilder>(
      name, arguments, DataType::booleanType(), arrow::boolean(),
      [](const pugi::xpath_query& query, const pugi::xml_document& document,
         arrow::BooleanBuilder& out) {
        return fromArrow(out.Append(query.evaluate_boolean(document)));
      });
}

Result<BoundFunction> bindString(std::string_view name, std::span<const Argument> arguments,
                                 const SessionSettings&) {
  return bindXpath<arrow::StringBuilder>(
      name, arguments, DataType::stringType(), arrow::utf8(),
      [](const pugi::xpath_query& query, const pugi::xml_document& document,
         arrow::StringBuilder& out) {
        if (query.return_type() == pugi::xpath_type_number)
          return fromArrow(out.Append(numberText(query.evaluate_number(document))));
        return fromArrow(out.Append(query.evaluate_string(document)));
      });
}

/// xpath(text, path): the texts of the nodes that the path leads to.
Result<BoundFunction> bindNodes(std::string_view name, std::span<const Argument> arguments,
                                const SessionSettings&) {
  SPATE_ASSIGN_OR_FAIL(BoundFunction bound, bindTexts(name, arguments));
  const std::string path = constantText(arguments[1]).value_or("");
  bound.type = DataType::arrayOf(DataType::stringType());
  bound.nullable = true;
  bound.kernel = [path, type = bound.type](EvalContext&, Arguments values,
                                           int64_t rows) -> Result<arrow::Datum> {
    const ArgumentColumn in(values[0]);
    Query query;
    pugi::xml_document document;
    std::vector<Datum> read;
    for (int64_t i = 0; i < (in.isConstant() ? 1 : rows); ++i) {
      Datum& out = read.emplace_back();
      if (path.empty() || in.isNull(i) || in.text(i).empty()) continue;
      if (query == nullptr) {
        SPATE_ASSIGN_OR_FAIL(query, queryOf(path));
      }
      SPATE_FAIL_IF_ERROR(readTree(in.text(i), path, document));
      if (query->return_type() != pugi::xpath_type_node_set)
        return failure(Status::invalidArgument("Invalid XML document: the path '" + path +
                                               "' does not lead to nodes\n" +
                                               std::string(in.text(i))));
      Row texts;
      for (const pugi::xpath_node& node : query->evaluate_node_set(document)) {
        auto text = textOf(node);
        texts.push_back(text ? Datum(*std::move(text)) : Datum());
      }
      out = Datum(std::move(texts));
    }
    SPATE_ASSIGN_OR_FAIL(auto column, columnOf(read, type));
    return datumOf(std::move(column), in.isConstant());
  };
  return bound;
}

constexpr ScalarFunction kFunctions[] = {
    {"xpath", bindNodes},         {"xpath_boolean", bindBoolean}, {"xpath_double", bindDouble},
    {"xpath_float", bindFloat},   {"xpath_int", bindInt},         {"xpath_long", bindLong},
    {"xpath_number", bindDouble}, {"xpath_short", bindShort},     {"xpath_string", bindString},
};

}  // namespace

std::span<const ScalarFunction> xpathFunctions() { return kFunctions; }

}  // namespace spate
