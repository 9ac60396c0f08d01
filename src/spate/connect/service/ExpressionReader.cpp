#include <spark/connect/expressions.pb.h>
#include <spark/connect/relations.pb.h>

#include <span>
#include <utility>

#include "spate/connect/ErrorDetails.h"
#include "spate/connect/service/PlanReader.h"
#include "spate/connect/service/ProtoLiterals.h"
#include "spate/connect/service/ProtoTypes.h"
#include "spate/plan/PlanText.h"
#include "spate/sql/SqlParser.h"

namespace spate::connect {

namespace sc = ::spark::connect;
using plan::ExpressionPtr;

Result<std::vector<std::string>> parseAttributeName(std::string_view text) {
  const auto wrong = [&] {
    const std::string name(text);
    return failure(
        Status::invalidArgument("Syntax error in the attribute name: " + name +
                                ". Check that backticks appear in pairs, a quoted string is a "
                                "complete name part and use a backtick only inside quoted name "
                                "parts.")
            .withErrorClass("INVALID_ATTRIBUTE_NAME_SYNTAX", "42601", {{"name", name}}));
  };
  std::vector<std::string> parts;
  for (size_t at = 0;;) {
    std::string part;
    if (at < text.size() && text[at] == '`') {
      for (++at;; ++at) {
        if (at >= text.size()) return wrong();
        if (text[at] != '`') {
          part += text[at];
        } else if (at + 1 < text.size() && text[at + 1] == '`') {
          part += text[at++];
        } else {
          break;
        }
      }
      ++at;
      if (at < text.size() && text[at] != '.') return wrong();
    } else {
      for (; at < text.size() && text[at] != '.'; ++at) {
        if (text[at] == '`') return wrong();
        part += text[at];
      }
      // "a..b", ".a", "a."; but an empty name alone is one that no column has.
      if (part.empty() && !text.empty()) return wrong();
    }
    parts.push_back(std::move(part));
    if (at >= text.size()) return parts;
    ++at;
    if (at == text.size()) return wrong();
  }
}

namespace {

template <class Message>
std::optional<int64_t> planIdOf(const Message& message) {
  if (!message.has_plan_id()) return std::nullopt;
  return message.plan_id();
}

Result<ExpressionPtr> star(const sc::Expression_UnresolvedStar& message) {
  plan::Star star{{}, planIdOf(message)};
  if (message.has_unparsed_target()) {
    std::string_view target = message.unparsed_target();
    if (target.size() < 3 || target.substr(target.size() - 2) != ".*") {
      return failure(invalidPlan("The target of a star must end with '.*', but is '" +
                                 std::string(target) + "'"));
    }
    target.remove_suffix(2);
    SPATE_ASSIGN_OR_FAIL(star.target, parseAttributeName(target));
  }
  return plan::make(std::move(star));
}

/// df.colRegex("`a.*`"): in backquotes a pattern, else a name.
Result<ExpressionPtr> regex(const sc::Expression_UnresolvedRegex& message) {
  const std::string& text = message.col_name();
  if (text.size() >= 2 && text.front() == '`' && text.back() == '`') {
    return plan::make(plan::ColumnRegex{text.substr(1, text.size() - 2), planIdOf(message)});
  }
  if (text.size() >= 2 && text.back() == '`' && text.find(".`") != std::string::npos) {
    return failure(unsupportedFeature("colRegex with the name of a table, " + text));
  }
  SPATE_ASSIGN_OR_FAIL(auto parts, parseAttributeName(text));
  return plan::make(plan::Attribute{std::move(parts), planIdOf(message)});
}

std::vector<std::string> texts(const google::protobuf::RepeatedPtrField<std::string>& values) {
  return {values.begin(), values.end()};
}

}  // namespace

Result<std::vector<ExpressionPtr>> PlanReader::expressions(const Expressions& messages) {
  std::vector<ExpressionPtr> converted;
  converted.reserve(static_cast<size_t>(messages.size()));
  for (const sc::Expression& message : messages) {
    SPATE_ASSIGN_OR_FAIL(ExpressionPtr one, expression(message));
    converted.push_back(std::move(one));
  }
  return converted;
}

Result<ExpressionPtr> PlanReader::sortOrder(const sc::Expression_SortOrder& message) {
  SPATE_ASSIGN_OR_FAIL(ExpressionPtr child, expression(message.child()));
  const bool ascending = message.direction() != sc::Expression_SortOrder::SORT_DIRECTION_DESCENDING;
  bool nullsFirst = ascending;
  if (message.null_ordering() == sc::Expression_SortOrder::SORT_NULLS_FIRST) nullsFirst = true;
  if (message.null_ordering() == sc::Expression_SortOrder::SORT_NULLS_LAST) nullsFirst = false;
  return plan::make(plan::SortOrder{std::move(child), ascending, nullsFirst});
}

namespace {

/// The struct with the field at the path set, or without it where there is no value.
ExpressionPtr updated(const ExpressionPtr& structure, std::span<const std::string> path,
                      ExpressionPtr value) {
  if (path.size() > 1) {
    const auto inner = plan::make(plan::ExtractValue{
        structure, plan::make(plan::Literal{DataType::stringType(), Datum(path[0])})});
    value = updated(inner, path.subspan(1), std::move(value));
  }
  return plan::make(plan::UpdateField{structure, path[0], std::move(value)});
}

/// Nothing can be cast to a type of the user's.
Status castToUserDefined(const plan::Expression& child, const sc::DataType_UDT& type) {
  const std::string target =
      "\"" + (type.python_class().empty() ? type.jvm_class() : type.python_class()) + "\"";
  const std::string source = "\"" + plan::toText(child) + "\"";
  return Status::invalidArgument("Cannot resolve " + source +
                                 " due to data type mismatch: cannot cast " + source + " to " +
                                 target + ".")
      .withErrorClass("DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION", "42K09",
                      {{"sqlExpr", source}, {"srcType", source}, {"targetType", target}});
}

}  // namespace

Result<std::vector<ExpressionPtr>> PlanReader::sortOrders(
    const google::protobuf::RepeatedPtrField<sc::Expression_SortOrder>& messages) {
  std::vector<ExpressionPtr> orders;
  for (const sc::Expression_SortOrder& message : messages) {
    SPATE_ASSIGN_OR_FAIL(ExpressionPtr order, sortOrder(message));
    orders.push_back(std::move(order));
  }
  return orders;
}

Result<ExpressionPtr> PlanReader::cast(const sc::Expression_Cast& message) {
  SPATE_ASSIGN_OR_FAIL(ExpressionPtr child, expression(message.expr()));
  DataType type;
  switch (message.cast_to_type_case()) {
    case sc::Expression_Cast::kType: {
      if (message.type().has_udt()) return failure(castToUserDefined(*child, message.type().udt()));
      const sc::DataType_Decimal& decimal = message.type().decimal();
      if (decimal.scale() < 0 && decimal.scale() >= -DataType::kMaxDecimalPrecision &&
          decimal.precision() >= 1 && decimal.precision() <= DataType::kMaxDecimalPrecision) {
        // The planner knows whether the session allows it.
        type = DataType::decimalType(decimal.precision(), decimal.scale());
        break;
      }
      SPATE_ASSIGN_OR_FAIL(type, fromProto(message.type()));
      break;
    }
    case sc::Expression_Cast::kTypeStr: {
      SPATE_ASSIGN_OR_FAIL(type, sql::parseDataType(message.type_str()));
      break;
    }
    case sc::Expression_Cast::CAST_TO_TYPE_NOT_SET:
      return failure(invalidPlan("A cast has no type"));
  }
  plan::CastMode mode = plan::CastMode::kDefault;
  switch (message.eval_mode()) {
    case sc::Expression_Cast::EVAL_MODE_LEGACY: mode = plan::CastMode::kLegacy; break;
    case sc::Expression_Cast::EVAL_MODE_ANSI: mode = plan::CastMode::kAnsi; break;
    case sc::Expression_Cast::EVAL_MODE_TRY: mode = plan::CastMode::kTry; break;
    default: break;
  }
  return plan::make(plan::Cast{std::move(child), std::move(type), mode});
}

Result<plan::FrameBound> PlanReader::frameBound(
    const sc::Expression_Window_WindowFrame_FrameBoundary& message, bool isLower) {
  using Bound = sc::Expression_Window_WindowFrame_FrameBoundary;
  using Kind = plan::FrameBound::Kind;
  switch (message.boundary_case()) {
    case Bound::kCurrentRow: return plan::FrameBound{Kind::kCurrentRow, nullptr};
    case Bound::kUnbounded:
      return plan::FrameBound{isLower ? Kind::kUnboundedPreceding : Kind::kUnboundedFollowing,
                              nullptr};
    case Bound::kValue: {
      SPATE_ASSIGN_OR_FAIL(ExpressionPtr value, expression(message.value()));
      return plan::FrameBound{Kind::kValue, std::move(value)};
    }
    case Bound::BOUNDARY_NOT_SET: break;
  }
  return failure(invalidPlan("A window frame has no bound"));
}

Result<ExpressionPtr> PlanReader::window(const sc::Expression_Window& message) {
  plan::Window window;
  SPATE_ASSIGN_OR_FAIL(window.function, expression(message.window_function()));
  SPATE_ASSIGN_OR_FAIL(window.partitionBy, expressions(message.partition_spec()));
  SPATE_ASSIGN_OR_FAIL(window.orderBy, sortOrders(message.order_spec()));
  if (message.has_frame_spec()) {
    using Frame = sc::Expression_Window_WindowFrame;
    const Frame& frame = message.frame_spec();
    if (frame.frame_type() != Frame::FRAME_TYPE_ROW &&
        frame.frame_type() != Frame::FRAME_TYPE_RANGE) {
      return failure(invalidPlan("A window frame is neither of rows nor of a range"));
    }
    window.frame.emplace();
    window.frame->isRows = frame.frame_type() == Frame::FRAME_TYPE_ROW;
    SPATE_ASSIGN_OR_FAIL(window.frame->lower, frameBound(frame.lower(), true));
    SPATE_ASSIGN_OR_FAIL(window.frame->upper, frameBound(frame.upper(), false));
  }
  return plan::make(std::move(window));
}

Result<ExpressionPtr> PlanReader::subquery(const sc::SubqueryExpression& message) {
  plan::Subquery subquery;
  switch (message.subquery_type()) {
    case sc::SubqueryExpression::SUBQUERY_TYPE_SCALAR:
      subquery.kind = plan::Subquery::Kind::kScalar;
      break;
    case sc::SubqueryExpression::SUBQUERY_TYPE_EXISTS:
      subquery.kind = plan::Subquery::Kind::kExists;
      break;
    case sc::SubqueryExpression::SUBQUERY_TYPE_IN: subquery.kind = plan::Subquery::Kind::kIn; break;
    case sc::SubqueryExpression::SUBQUERY_TYPE_TABLE_ARG:
      return failure(unsupportedFeature("DataFrame.asTable as an argument of a function"));
    default: return failure(invalidPlan("A subquery of an unknown kind"));
  }
  const auto found = references_.find(message.plan_id());
  if (found == references_.end()) {
    return failure(invalidPlan("No relation with the plan id " + std::to_string(message.plan_id()) +
                               " of a subquery"));
  }
  SPATE_ASSIGN_OR_FAIL(subquery.relation, relation(*found->second));
  SPATE_ASSIGN_OR_FAIL(subquery.values, expressions(message.in_subquery_values()));
  return plan::make(std::move(subquery));
}

Result<plan::PythonCall> PlanReader::pythonCall(
    const sc::CommonInlineUserDefinedFunction& message) {
  if (message.function_case() == sc::CommonInlineUserDefinedFunction::kJavaUdf) {
    // There is no JVM that could have it.
    const std::string& name = message.java_udf().class_name();
    return failure(Status::invalidArgument("Can not load class " + name +
                                           ", please make sure it is on the classpath.")
                       .withErrorClass("_LEGACY_ERROR_TEMP_1329", "", {{"className", name}}));
  }
  if (message.function_case() != sc::CommonInlineUserDefinedFunction::kPythonUdf) {
    return failure(unsupportedFeature("The function " + message.function_name() +
                                      ", which is not written in Python"));
  }
  if (message.is_distinct()) {
    return failure(
        unsupportedFeature("The function " + message.function_name() + " on distinct arguments"));
  }
  plan::PythonCall call;
  call.name = message.function_name();
  SPATE_ASSIGN_OR_FAIL(call.arguments, expressions(message.arguments()));
  SPATE_ASSIGN_OR_FAIL(call.type, fromProto(message.python_udf().output_type()));
  call.evalType = message.python_udf().eval_type();
  call.command = message.python_udf().command();
  call.pythonVersion = message.python_udf().python_ver();
  call.isDeterministic = message.deterministic();
  return call;
}

Result<ExpressionPtr> PlanReader::expression(const sc::Expression& message) {
  switch (message.expr_type_case()) {
    case sc::Expression::kLiteral: {
      SPATE_ASSIGN_OR_FAIL(plan::Literal literal, literalFromProto(message.literal()));
      return plan::make(std::move(literal));
    }
    case sc::Expression::kUnresolvedAttribute: {
      const auto& attribute = message.unresolved_attribute();
      SPATE_ASSIGN_OR_FAIL(auto parts, parseAttributeName(attribute.unparsed_identifier()));
      return plan::make(
          plan::Attribute{std::move(parts), planIdOf(attribute), attribute.is_metadata_column()});
    }
    case sc::Expression::kUnresolvedFunction: {
      const auto& function = message.unresolved_function();
      plan::Call call{.name = function.function_name(), .arguments = {}};
      SPATE_ASSIGN_OR_FAIL(call.arguments, expressions(function.arguments()));
      call.isDistinct = function.is_distinct();
      return plan::make(std::move(call));
    }
    case sc::Expression::kCallFunction: {
      plan::Call call{.name = message.call_function().function_name(), .arguments = {}};
      SPATE_ASSIGN_OR_FAIL(call.arguments, expressions(message.call_function().arguments()));
      return plan::make(std::move(call));
    }
    case sc::Expression::kExpressionString:
      return sql::parseExpression(message.expression_string().expression());
    case sc::Expression::kUnresolvedStar: return star(message.unresolved_star());
    case sc::Expression::kUnresolvedRegex: return regex(message.unresolved_regex());
    case sc::Expression::kAlias: {
      SPATE_ASSIGN_OR_FAIL(ExpressionPtr child, expression(message.alias().expr()));
      if (message.alias().name().empty()) return failure(invalidPlan("An alias without a name"));
      plan::Alias alias{std::move(child), texts(message.alias().name())};
      if (message.alias().has_metadata()) alias.metadata = message.alias().metadata();
      return plan::make(std::move(alias));
    }
    case sc::Expression::kCast: return cast(message.cast());
    case sc::Expression::kSortOrder: return sortOrder(message.sort_order());
    case sc::Expression::kLambdaFunction: {
      SPATE_ASSIGN_OR_FAIL(ExpressionPtr body, expression(message.lambda_function().function()));
      plan::Lambda lambda{std::move(body), {}};
      for (const auto& argument : message.lambda_function().arguments()) {
        if (argument.name_parts_size() != 1) {
          return failure(invalidPlan("A parameter of a lambda function has no plain name"));
        }
        lambda.parameters.push_back(argument.name_parts(0));
      }
      return plan::make(std::move(lambda));
    }
    case sc::Expression::kUnresolvedNamedLambdaVariable: {
      const auto& variable = message.unresolved_named_lambda_variable();
      if (variable.name_parts().empty()) {
        return failure(invalidPlan("A variable of a lambda function has no name"));
      }
      return plan::make(plan::LambdaVariable{texts(variable.name_parts())});
    }
    case sc::Expression::kWindow: return window(message.window());
    case sc::Expression::kUnresolvedExtractValue: {
      const auto& extract = message.unresolved_extract_value();
      SPATE_ASSIGN_OR_FAIL(ExpressionPtr child, expression(extract.child()));
      SPATE_ASSIGN_OR_FAIL(ExpressionPtr extraction, expression(extract.extraction()));
      return plan::make(plan::ExtractValue{std::move(child), std::move(extraction)});
    }
    case sc::Expression::kUpdateFields: {
      const auto& update = message.update_fields();
      SPATE_ASSIGN_OR_FAIL(const auto path, parseAttributeName(update.field_name()));
      SPATE_ASSIGN_OR_FAIL(const ExpressionPtr structure, expression(update.struct_expression()));
      ExpressionPtr value;
      if (update.has_value_expression()) {
        SPATE_ASSIGN_OR_FAIL(value, expression(update.value_expression()));
      }
      return updated(structure, path, std::move(value));
    }
    case sc::Expression::kCommonInlineUserDefinedFunction: {
      SPATE_ASSIGN_OR_FAIL(plan::PythonCall call,
                           pythonCall(message.common_inline_user_defined_function()));
      return plan::make(std::move(call));
    }
    case sc::Expression::kNamedArgumentExpression: {
      const auto& argument = message.named_argument_expression();
      SPATE_ASSIGN_OR_FAIL(ExpressionPtr value, expression(argument.value()));
      return plan::make(plan::NamedArgument{argument.key(), std::move(value)});
    }
    case sc::Expression::kSubqueryExpression: return subquery(message.subquery_expression());
    case sc::Expression::kMergeAction: return failure(unsupportedFeature("MERGE INTO"));
    case sc::Expression::kTypedAggregateExpression:
      return failure(unsupportedFeature("Aggregate functions in Scala"));
    case sc::Expression::kDirectShufflePartitionId:
      return failure(unsupportedFeature("repartitionById"));
    case sc::Expression::kExtension:
      return failure(
          invalidPlan("No handler found for extension type: " + message.extension().type_url()));
    case sc::Expression::EXPR_TYPE_NOT_SET: break;
  }
  return failure(invalidPlan("An expression is not set, or of a later version of Spark"));
}

}  // namespace spate::connect
