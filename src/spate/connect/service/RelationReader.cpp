#include <spark/connect/expressions.pb.h>
#include <spark/connect/relations.pb.h>

#include <utility>

#include "spate/connect/ErrorDetails.h"
#include "spate/connect/service/PlanReader.h"
#include "spate/connect/service/ProtoLiterals.h"

namespace spate::connect {

namespace sc = ::spark::connect;
using plan::ExpressionPtr;
using plan::RelationPtr;
using Node = plan::Relation::Node;

namespace {

ExpressionPtr integerLiteral(int32_t value) {
  return plan::make(plan::Literal{DataType::integerType(), Datum(value)});
}

std::vector<std::string> texts(const google::protobuf::RepeatedPtrField<std::string>& values) {
  return {values.begin(), values.end()};
}

Result<plan::JoinKind> joinKind(sc::Join_JoinType type) {
  switch (type) {
    case sc::Join::JOIN_TYPE_INNER: return plan::JoinKind::kInner;
    case sc::Join::JOIN_TYPE_FULL_OUTER: return plan::JoinKind::kFullOuter;
    case sc::Join::JOIN_TYPE_LEFT_OUTER: return plan::JoinKind::kLeftOuter;
    case sc::Join::JOIN_TYPE_RIGHT_OUTER: return plan::JoinKind::kRightOuter;
    case sc::Join::JOIN_TYPE_LEFT_ANTI: return plan::JoinKind::kLeftAnti;
    case sc::Join::JOIN_TYPE_LEFT_SEMI: return plan::JoinKind::kLeftSemi;
    case sc::Join::JOIN_TYPE_CROSS: return plan::JoinKind::kCross;
    default: return failure(invalidPlan("A join of an unknown type"));
  }
}

/// Relations that are understood and not served, by the names that users know.
std::string_view nameOfUnserved(sc::Relation::RelTypeCase type) {
  switch (type) {
    case sc::Relation::kCoGroupMap: return "cogroup(...).applyInPandas";
    case sc::Relation::kApplyInPandasWithState: return "applyInPandasWithState";
    case sc::Relation::kParse: return "Reading CSV, JSON or XML out of a column of a DataFrame";
    case sc::Relation::kCommonInlineUserDefinedTableFunction: return "Python table functions";
    case sc::Relation::kCommonInlineUserDefinedDataSource: return "Python data sources";
    case sc::Relation::kAsOfJoin: return "As-of joins";
    case sc::Relation::kRelationChanges: return "Change feeds of tables";
    case sc::Relation::kNearestByJoin: return "Nearest-by joins";
    case sc::Relation::kMlRelation: return "Machine learning";
    default: return {};
  }
}

}  // namespace

Result<RelationPtr> PlanReader::relation(const sc::Relation& message) {
  std::optional<int64_t> planId;
  if (message.common().has_plan_id()) planId = message.common().plan_id();
  // Text becomes a relation that is whole already.
  RelationPtr whole;
  if (message.rel_type_case() == sc::Relation::kSql) {
    SPATE_ASSIGN_OR_FAIL(whole, statement(message.sql()));
  } else if (message.rel_type_case() == sc::Relation::kWithRelations) {
    SPATE_ASSIGN_OR_FAIL(whole, withRelations(message.with_relations()));
  }
  if (whole != nullptr) {
    if (!planId) return whole;
    return plan::make(whole->node, planId);
  }
  SPATE_ASSIGN_OR_FAIL(Node converted, node(message));
  return plan::make(std::move(converted), planId);
}

Result<Node> PlanReader::project(const sc::Relation& message) {
  const sc::Project& project = message.project();
  plan::Project converted;
  if (project.has_input()) {
    SPATE_ASSIGN_OR_FAIL(converted.input, relation(project.input()));
  } else {
    converted.input = plan::make(plan::OneRow{});
  }
  SPATE_ASSIGN_OR_FAIL(converted.expressions, expressions(project.expressions()));
  return converted;
}

Result<Node> PlanReader::aggregate(const sc::Aggregate& message) {
  plan::Aggregate aggregate;
  if (!message.has_input()) return failure(invalidPlan("An aggregate needs an input"));
  SPATE_ASSIGN_OR_FAIL(aggregate.input, relation(message.input()));
  SPATE_ASSIGN_OR_FAIL(aggregate.grouping, expressions(message.grouping_expressions()));
  SPATE_ASSIGN_OR_FAIL(aggregate.aggregates, expressions(message.aggregate_expressions()));
  switch (message.group_type()) {
    case sc::Aggregate::GROUP_TYPE_GROUPBY: aggregate.kind = plan::GroupKind::kGroupBy; break;
    case sc::Aggregate::GROUP_TYPE_ROLLUP: aggregate.kind = plan::GroupKind::kRollup; break;
    case sc::Aggregate::GROUP_TYPE_CUBE: aggregate.kind = plan::GroupKind::kCube; break;
    case sc::Aggregate::GROUP_TYPE_PIVOT: {
      aggregate.kind = plan::GroupKind::kPivot;
      if (!message.has_pivot()) return failure(invalidPlan("A pivot without a column"));
      SPATE_ASSIGN_OR_FAIL(aggregate.pivotColumn, expression(message.pivot().col()));
      for (const sc::Expression_Literal& value : message.pivot().values()) {
        SPATE_ASSIGN_OR_FAIL(plan::Literal literal, literalFromProto(value));
        aggregate.pivotValues.push_back(plan::make(std::move(literal)));
      }
      break;
    }
    case sc::Aggregate::GROUP_TYPE_GROUPING_SETS:
      aggregate.kind = plan::GroupKind::kGroupingSets;
      for (const sc::Aggregate_GroupingSets& set : message.grouping_sets()) {
        SPATE_ASSIGN_OR_FAIL(auto columns, expressions(set.grouping_set()));
        aggregate.groupingSets.push_back(std::move(columns));
      }
      break;
    default: return failure(invalidPlan("An aggregate of an unknown type"));
  }
  return aggregate;
}

Result<Node> PlanReader::join(const sc::Join& message) {
  plan::Join join;
  if (!message.has_left() || !message.has_right()) {
    return failure(invalidPlan("A join needs two inputs"));
  }
  if (message.has_join_data_type() &&
      (message.join_data_type().is_left_struct() || message.join_data_type().is_right_struct())) {
    return failure(unsupportedFeature("Dataset.joinWith"));
  }
  if (message.has_join_condition() && message.using_columns_size() > 0) {
    return failure(invalidPlan("A join has a condition and columns that it uses"));
  }
  SPATE_ASSIGN_OR_FAIL(join.left, relation(message.left()));
  SPATE_ASSIGN_OR_FAIL(join.right, relation(message.right()));
  SPATE_ASSIGN_OR_FAIL(join.kind, joinKind(message.join_type()));
  if (message.has_join_condition()) {
    SPATE_ASSIGN_OR_FAIL(join.condition, expression(message.join_condition()));
  }
  join.usingColumns = texts(message.using_columns());
  return join;
}

Result<Node> PlanReader::setOperation(const sc::SetOperation& message) {
  plan::SetOperation operation;
  if (!message.has_left_input() || !message.has_right_input()) {
    return failure(invalidPlan("A set operation needs two inputs"));
  }
  SPATE_ASSIGN_OR_FAIL(operation.left, relation(message.left_input()));
  SPATE_ASSIGN_OR_FAIL(operation.right, relation(message.right_input()));
  switch (message.set_op_type()) {
    case sc::SetOperation::SET_OP_TYPE_UNION: operation.kind = plan::SetKind::kUnion; break;
    case sc::SetOperation::SET_OP_TYPE_INTERSECT: operation.kind = plan::SetKind::kIntersect; break;
    case sc::SetOperation::SET_OP_TYPE_EXCEPT: operation.kind = plan::SetKind::kExcept; break;
    default: return failure(invalidPlan("A set operation of an unknown type"));
  }
  operation.isAll = message.is_all();
  operation.byName = message.by_name();
  operation.allowMissingColumns = message.allow_missing_columns();
  if (operation.byName && operation.kind != plan::SetKind::kUnion) {
    return failure(invalidPlan("Only a union can be by name"));
  }
  if (operation.allowMissingColumns && !operation.byName) {
    return failure(invalidPlan("Columns may be missing in a union by name only"));
  }
  return operation;
}

Result<Node> PlanReader::deduplicate(const sc::Deduplicate& message) {
  plan::Deduplicate deduplicate;
  SPATE_ASSIGN_OR_FAIL(deduplicate.input, relation(message.input()));
  deduplicate.columns = texts(message.column_names());
  if (message.all_columns_as_keys() == !deduplicate.columns.empty()) {
    return failure(invalidPlan("A deduplication needs either all columns or some"));
  }
  deduplicate.withinWatermark = message.within_watermark();
  return deduplicate;
}

Result<Node> PlanReader::unpivot(const sc::Unpivot& message) {
  plan::Unpivot unpivot;
  SPATE_ASSIGN_OR_FAIL(unpivot.input, relation(message.input()));
  SPATE_ASSIGN_OR_FAIL(unpivot.ids, expressions(message.ids()));
  if (message.has_values()) {
    SPATE_ASSIGN_OR_FAIL(auto values, expressions(message.values().values()));
    unpivot.values = std::move(values);
  }
  unpivot.variableColumn = message.variable_column_name();
  unpivot.valueColumn = message.value_column_name();
  return unpivot;
}

Result<Node> PlanReader::node(const sc::Relation& message) {
  switch (message.rel_type_case()) {
    case sc::Relation::kProject: return project(message);
    case sc::Relation::kFilter: {
      plan::Filter filter;
      SPATE_ASSIGN_OR_FAIL(filter.input, relation(message.filter().input()));
      SPATE_ASSIGN_OR_FAIL(filter.condition, expression(message.filter().condition()));
      return filter;
    }
    case sc::Relation::kAggregate: return aggregate(message.aggregate());
    case sc::Relation::kJoin: return join(message.join());
    case sc::Relation::kLateralJoin: {
      const sc::LateralJoin& lateral = message.lateral_join();
      plan::Join join;
      join.isLateral = true;
      SPATE_ASSIGN_OR_FAIL(join.left, relation(lateral.left()));
      SPATE_ASSIGN_OR_FAIL(join.right, relation(lateral.right()));
      SPATE_ASSIGN_OR_FAIL(join.kind, joinKind(lateral.join_type()));
      if (lateral.has_join_condition()) {
        SPATE_ASSIGN_OR_FAIL(join.condition, expression(lateral.join_condition()));
      }
      return join;
    }
    case sc::Relation::kSetOp: return setOperation(message.set_op());
    case sc::Relation::kSort: {
      plan::Sort sort;
      SPATE_ASSIGN_OR_FAIL(sort.input, relation(message.sort().input()));
      SPATE_ASSIGN_OR_FAIL(sort.order, sortOrders(message.sort().order()));
      sort.isGlobal = message.sort().is_global();
      return sort;
    }
    case sc::Relation::kLimit: {
      SPATE_ASSIGN_OR_FAIL(RelationPtr input, relation(message.limit().input()));
      return plan::Limit{std::move(input), integerLiteral(message.limit().limit())};
    }
    case sc::Relation::kOffset: {
      SPATE_ASSIGN_OR_FAIL(RelationPtr input, relation(message.offset().input()));
      return plan::Offset{std::move(input), integerLiteral(message.offset().offset())};
    }
    case sc::Relation::kTail: {
      SPATE_ASSIGN_OR_FAIL(RelationPtr input, relation(message.tail().input()));
      return plan::Tail{std::move(input), integerLiteral(message.tail().limit())};
    }
    case sc::Relation::kDeduplicate: return deduplicate(message.deduplicate());
    case sc::Relation::kSample: {
      const sc::Sample& sample = message.sample();
      plan::Sample converted;
      SPATE_ASSIGN_OR_FAIL(converted.input, relation(sample.input()));
      converted.lower = sample.lower_bound();
      converted.upper = sample.upper_bound();
      converted.withReplacement = sample.with_replacement();
      if (sample.has_seed()) converted.seed = sample.seed();
      converted.isOrdered = sample.deterministic_order();
      return converted;
    }
    case sc::Relation::kSubqueryAlias: {
      const sc::SubqueryAlias& alias = message.subquery_alias();
      SPATE_ASSIGN_OR_FAIL(RelationPtr input, relation(alias.input()));
      return plan::SubqueryAlias{std::move(input), alias.alias(), texts(alias.qualifier()), {}};
    }
    case sc::Relation::kUnpivot: return unpivot(message.unpivot());
    case sc::Relation::kCollectMetrics: {
      const sc::CollectMetrics& collect = message.collect_metrics();
      plan::CollectMetrics converted;
      SPATE_ASSIGN_OR_FAIL(converted.input, relation(collect.input()));
      converted.name = collect.name();
      SPATE_ASSIGN_OR_FAIL(converted.metrics, expressions(collect.metrics()));
      return converted;
    }
    case sc::Relation::kCatalog: return catalog(message.catalog());
    case sc::Relation::kExtension:
      return failure(
          invalidPlan("No handler found for extension type: " + message.extension().type_url()));
    case sc::Relation::kUnknown:
    case sc::Relation::REL_TYPE_NOT_SET:
      return failure(invalidPlan("A relation is not set, or of a later version of Spark"));
    default: break;
  }
  if (const auto name = nameOfUnserved(message.rel_type_case()); !name.empty()) {
    return failure(unsupportedFeature(std::string(name)));
  }
  for (const auto read :
       {&PlanReader::sourceNode, &PlanReader::columnsNode, &PlanReader::statisticsNode}) {
    SPATE_ASSIGN_OR_FAIL(std::optional<Node> converted, (this->*read)(message));
    if (converted) return *std::move(converted);
  }
  return failure(unsupportedFeature("The relation number " +
                                    std::to_string(message.rel_type_case()) + " of Spark Connect"));
}

}  // namespace spate::connect
