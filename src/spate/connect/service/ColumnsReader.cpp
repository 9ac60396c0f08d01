#include <spark/connect/expressions.pb.h>
#include <spark/connect/relations.pb.h>

#include <utility>

#include "spate/connect/ErrorDetails.h"
#include "spate/connect/service/PlanReader.h"
#include "spate/connect/service/ProtoTypes.h"

namespace spate::connect {

namespace sc = ::spark::connect;
using plan::ExpressionPtr;
using plan::RelationPtr;
using Node = plan::Relation::Node;

Result<Node> PlanReader::groupMap(const sc::GroupMap& message) {
  if (message.has_transform_with_state_info()) {
    return failure(unsupportedFeature("transformWithState"));
  }
  if (message.is_map_groups_with_state() || message.has_state_schema()) {
    return failure(unsupportedFeature("mapGroupsWithState and flatMapGroupsWithState"));
  }
  if (message.sorting_expressions_size() > 0 || message.has_initial_input()) {
    return failure(unsupportedFeature("Sorted groups and initial states of groups"));
  }
  plan::GroupMap map;
  SPATE_ASSIGN_OR_FAIL(map.input, relation(message.input()));
  SPATE_ASSIGN_OR_FAIL(map.grouping, expressions(message.grouping_expressions()));
  SPATE_ASSIGN_OR_FAIL(map.function, pythonCall(message.func()));
  return map;
}

Result<std::optional<Node>> PlanReader::columnsNode(const sc::Relation& message) {
  switch (message.rel_type_case()) {
    case sc::Relation::kWithColumns: {
      plan::WithColumns with;
      SPATE_ASSIGN_OR_FAIL(with.input, relation(message.with_columns().input()));
      for (const sc::Expression_Alias& alias : message.with_columns().aliases()) {
        SPATE_ASSIGN_OR_FAIL(ExpressionPtr child, expression(alias.expr()));
        if (alias.name_size() != 1) {
          return failure(invalidPlan("withColumns needs one name for each column"));
        }
        plan::Alias converted{std::move(child), {alias.name(0)}};
        if (alias.has_metadata() && !alias.metadata().empty()) {
          converted.metadata = alias.metadata();
        }
        with.aliases.push_back(plan::make(std::move(converted)));
      }
      return with;
    }
    case sc::Relation::kWithColumnsRenamed: {
      const sc::WithColumnsRenamed& renamed = message.with_columns_renamed();
      plan::WithColumnsRenamed with;
      SPATE_ASSIGN_OR_FAIL(with.input, relation(renamed.input()));
      for (const sc::WithColumnsRenamed_Rename& rename : renamed.renames()) {
        with.names.emplace_back(rename.col_name(), rename.new_col_name());
      }
      // Older clients send a map, in which the order does not matter.
      const std::map<std::string, std::string> sorted(renamed.rename_columns_map().begin(),
                                                      renamed.rename_columns_map().end());
      with.names.insert(with.names.end(), sorted.begin(), sorted.end());
      return with;
    }
    case sc::Relation::kDrop: {
      plan::Drop drop;
      SPATE_ASSIGN_OR_FAIL(drop.input, relation(message.drop().input()));
      SPATE_ASSIGN_OR_FAIL(drop.columns, expressions(message.drop().columns()));
      drop.columnNames = {message.drop().column_names().begin(),
                          message.drop().column_names().end()};
      return drop;
    }
    case sc::Relation::kToDf: {
      SPATE_ASSIGN_OR_FAIL(RelationPtr input, relation(message.to_df().input()));
      return plan::ToDataFrame{
          std::move(input),
          {message.to_df().column_names().begin(), message.to_df().column_names().end()}};
    }
    case sc::Relation::kToSchema: {
      plan::ToSchema to;
      SPATE_ASSIGN_OR_FAIL(to.input, relation(message.to_schema().input()));
      SPATE_ASSIGN_OR_FAIL(to.schema, fromProto(message.to_schema().schema()));
      if (!to.schema.is(TypeKind::kStruct)) {
        return failure(invalidPlan("A schema must be a struct"));
      }
      return to;
    }
    case sc::Relation::kHint: {
      plan::Hint hint;
      SPATE_ASSIGN_OR_FAIL(hint.input, relation(message.hint().input()));
      hint.name = message.hint().name();
      SPATE_ASSIGN_OR_FAIL(hint.parameters, expressions(message.hint().parameters()));
      return hint;
    }
    case sc::Relation::kRepartition: {
      plan::Repartition repartition;
      SPATE_ASSIGN_OR_FAIL(repartition.input, relation(message.repartition().input()));
      repartition.partitions = message.repartition().num_partitions();
      repartition.isShuffle = message.repartition().shuffle();
      return repartition;
    }
    case sc::Relation::kRepartitionByExpression: {
      const sc::RepartitionByExpression& by = message.repartition_by_expression();
      plan::Repartition repartition;
      SPATE_ASSIGN_OR_FAIL(repartition.input, relation(by.input()));
      SPATE_ASSIGN_OR_FAIL(repartition.columns, expressions(by.partition_exprs()));
      if (by.has_num_partitions()) repartition.partitions = by.num_partitions();
      return repartition;
    }
    case sc::Relation::kWithWatermark: {
      SPATE_ASSIGN_OR_FAIL(RelationPtr input, relation(message.with_watermark().input()));
      return plan::WithWatermark{std::move(input), message.with_watermark().event_time(),
                                 message.with_watermark().delay_threshold()};
    }
    case sc::Relation::kShowString: {
      const sc::ShowString& show = message.show_string();
      SPATE_ASSIGN_OR_FAIL(RelationPtr input, relation(show.input()));
      return plan::ShowString{std::move(input), show.num_rows(), show.truncate(), show.vertical()};
    }
    case sc::Relation::kHtmlString: {
      const sc::HtmlString& show = message.html_string();
      SPATE_ASSIGN_OR_FAIL(RelationPtr input, relation(show.input()));
      return plan::HtmlString{std::move(input), show.num_rows(), show.truncate()};
    }
    case sc::Relation::kMapPartitions: {
      const sc::MapPartitions& partitions = message.map_partitions();
      if (partitions.has_profile_id()) return failure(unsupportedFeature("Resource profiles"));
      plan::MapPartitions map;
      SPATE_ASSIGN_OR_FAIL(map.input, relation(partitions.input()));
      SPATE_ASSIGN_OR_FAIL(map.function, pythonCall(partitions.func()));
      map.isBarrier = partitions.is_barrier();
      return map;
    }
    case sc::Relation::kGroupMap: return groupMap(message.group_map());
    default: return std::nullopt;
  }
}

}  // namespace spate::connect
