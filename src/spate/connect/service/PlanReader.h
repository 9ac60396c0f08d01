#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spate/base/Status.h"
#include "spate/plan/Command.h"
#include "spate/plan/Expression.h"
#include "spate/plan/Relation.h"

namespace google::protobuf {
template <typename Element>
class RepeatedPtrField;
}
namespace spark::connect {
class Aggregate;
class CallFunction;
class Catalog;
class CommonInlineUserDefinedFunction;
class CreateDataFrameViewCommand;
class Deduplicate;
class Expression;
class Expression_Cast;
class Expression_SortOrder;
class Expression_Window;
class Expression_Window_WindowFrame_FrameBoundary;
class GroupMap;
class Join;
class NAFill;
class NAReplace;
class Plan;
class Read;
class Relation;
class SQL;
class SetOperation;
class StreamingForeachFunction;
class SubqueryExpression;
class Unpivot;
class WithRelations;
class WriteOperation;
class WriteOperationV2;
class WriteStreamOperationStart;
}  // namespace spark::connect

namespace spate::connect {

/// "a.b", "a.`b.c`" in its parts, with anything but dots and backquotes in plain ones.
///
/// Errors INVALID_ATTRIBUTE_NAME_SYNTAX
Result<std::vector<std::string>> parseAttributeName(std::string_view text);

/// How large a compressed plan may become: Spark's spark.connect.maxPlanSize.
inline constexpr size_t kMaxPlanBytes = size_t{512} << 20;

/// The plan itself where it came compressed; else nothing.
///
/// Errors CONNECT_INVALID_PLAN
Result<bool> decompressPlan(const ::spark::connect::Plan& plan, ::spark::connect::Plan* whole);

/// Turns the messages of one request into nodes of `plan`. What it does not know it refuses by
/// name.
///
/// In      messages from outside, nested at most kMaxMessageDepth deep
/// Errors  Spark's; CONNECT_INVALID_PLAN for what no client would send, UNSUPPORTED_FEATURE and
///         others for what is not served
/// Threads one
class PlanReader {
 public:
  /// Reads an artifact of the session, such as "cache/<hash>".
  using Artifacts = std::function<std::optional<std::string>(const std::string& name)>;

  explicit PlanReader(Artifacts artifacts) : artifacts_(std::move(artifacts)) {}

  Result<plan::RelationPtr> relation(const ::spark::connect::Relation& message);
  Result<plan::ExpressionPtr> expression(const ::spark::connect::Expression& message);

  // --- commands
  Result<plan::PythonCall> pythonCall(
      const ::spark::connect::CommonInlineUserDefinedFunction& message);
  Result<plan::CreateView> createView(const ::spark::connect::CreateDataFrameViewCommand& message);
  Result<plan::WriteCommand> write(const ::spark::connect::WriteOperation& message);
  Result<plan::WriteCommand> write(const ::spark::connect::WriteOperationV2& message);
  Result<plan::WriteStreamCommand> writeStream(
      const ::spark::connect::WriteStreamOperationStart& message);

 private:
  using Expressions = google::protobuf::RepeatedPtrField<::spark::connect::Expression>;

  Result<std::vector<plan::ExpressionPtr>> expressions(const Expressions& messages);

  // --- ExpressionReader.cpp
  Result<plan::ExpressionPtr> sortOrder(const ::spark::connect::Expression_SortOrder& message);
  Result<std::vector<plan::ExpressionPtr>> sortOrders(
      const google::protobuf::RepeatedPtrField<::spark::connect::Expression_SortOrder>& messages);
  Result<plan::ExpressionPtr> cast(const ::spark::connect::Expression_Cast& message);
  Result<plan::ExpressionPtr> window(const ::spark::connect::Expression_Window& message);
  Result<plan::FrameBound> frameBound(
      const ::spark::connect::Expression_Window_WindowFrame_FrameBoundary& message, bool isLower);
  Result<plan::ExpressionPtr> subquery(const ::spark::connect::SubqueryExpression& message);

  // --- RelationReader.cpp
  Result<plan::Relation::Node> node(const ::spark::connect::Relation& message);
  Result<plan::Relation::Node> project(const ::spark::connect::Relation& message);
  Result<plan::Relation::Node> aggregate(const ::spark::connect::Aggregate& message);
  Result<plan::Relation::Node> join(const ::spark::connect::Join& message);
  Result<plan::Relation::Node> setOperation(const ::spark::connect::SetOperation& message);
  Result<plan::Relation::Node> deduplicate(const ::spark::connect::Deduplicate& message);
  Result<plan::Relation::Node> unpivot(const ::spark::connect::Unpivot& message);

  // --- ColumnsReader.cpp: relations that change columns, and those that run Python
  Result<std::optional<plan::Relation::Node>> columnsNode(
      const ::spark::connect::Relation& message);
  Result<plan::Relation::Node> groupMap(const ::spark::connect::GroupMap& message);

  // --- StatisticsReader.cpp: df.na, df.stat, describe, summary
  Result<std::optional<plan::Relation::Node>> statisticsNode(
      const ::spark::connect::Relation& message);
  Result<plan::Relation::Node> fillNa(const ::spark::connect::NAFill& message);
  Result<plan::Relation::Node> replaceNa(const ::spark::connect::NAReplace& message);

  // --- SourceReader.cpp: relations without an input
  Result<std::optional<plan::Relation::Node>> sourceNode(const ::spark::connect::Relation& message);
  Result<plan::Relation::Node> read(const ::spark::connect::Read& message);
  Result<plan::Relation::Node> localRelation(const std::optional<std::vector<std::string>>& chunks,
                                             const std::optional<std::string>& schema);
  Result<plan::Relation::Node> cachedLocalRelation(const std::string& hash);
  Result<std::string> artifact(const std::string& hash);

  // --- StatementReader.cpp: SQL text, with what it refers to
  Result<plan::RelationPtr> statement(const ::spark::connect::SQL& message);
  Result<plan::RelationPtr> withRelations(const ::spark::connect::WithRelations& message);

  // --- CatalogReader.cpp
  Result<plan::Relation::Node> catalog(const ::spark::connect::Catalog& message);

  // --- CommandReader.cpp
  Result<plan::PythonFunction> foreachFunction(
      const ::spark::connect::StreamingForeachFunction& message);

  Artifacts artifacts_;
  /// What subqueries name by their plan id.
  std::map<int64_t, const ::spark::connect::Relation*> references_;
};

}  // namespace spate::connect
