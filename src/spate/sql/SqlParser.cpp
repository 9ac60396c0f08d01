#include "spate/sql/SqlParser.h"

#include <utility>

#include "spate/sql/Parser.h"
#include "spate/types/Utf8.h"

namespace spate::sql {
namespace {

std::string validUtf8(std::string_view sql) {
  std::string text;
  appendRepairedUtf8(sql, text);
  return text;
}

}  // namespace

Result<plan::RelationPtr> parseStatement(
    std::string_view sql, const std::map<std::string, plan::ExpressionPtr>& namedArguments,
    const std::vector<plan::ExpressionPtr>& positionalArguments) {
  const std::string text = validUtf8(sql);
  Parser parser(text, namedArguments, positionalArguments);
  plan::RelationPtr relation = parser.singleStatement();
  if (!parser.status().ok()) return failure(parser.status());
  return relation;
}

Result<plan::ExpressionPtr> parseExpression(std::string_view sql) {
  const std::string text = validUtf8(sql);
  const std::map<std::string, plan::ExpressionPtr> named;
  const std::vector<plan::ExpressionPtr> positional;
  Parser parser(text, named, positional);
  plan::ExpressionPtr expression = parser.singleExpression();
  if (!parser.status().ok()) return failure(parser.status());
  return expression;
}

Result<std::vector<std::string>> parseMultipartIdentifier(std::string_view sql) {
  const std::string text = validUtf8(sql);
  const std::map<std::string, plan::ExpressionPtr> named;
  const std::vector<plan::ExpressionPtr> positional;
  Parser parser(text, named, positional);
  std::vector<std::string> parts = parser.singleMultipartIdentifier();
  if (!parser.status().ok()) return failure(parser.status());
  return parts;
}

Result<DataType> parseDataType(std::string_view sql) { return dataTypeFromDdl(sql); }

Result<DataType> parseTableSchema(std::string_view sql) { return schemaFromDdl(sql); }

}  // namespace spate::sql
