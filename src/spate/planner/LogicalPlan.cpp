#include "spate/planner/LogicalPlan.h"

#include <arrow/type.h>

#include <atomic>

#include "spate/types/ArrowTypes.h"

namespace spate {

DataType structOf(const OutputColumns& columns) {
  std::vector<StructField> fields;
  for (const OutputColumn& column : columns) fields.push_back(column.field);
  return DataType::structOf(std::move(fields));
}

std::shared_ptr<arrow::Schema> arrowSchemaOf(const OutputColumns& columns) {
  auto schema = toArrowSchema(structOf(columns));
  // Types without a column format are refused where a column of them would be made.
  return schema ? *std::move(schema) : arrow::schema({});
}

LogicalNodePtr makeLogical(LogicalNode::Step step, std::vector<LogicalNodePtr> children,
                           OutputColumns columns) {
  bool isStreaming = std::holds_alternative<StreamScan>(step);
  for (const LogicalNodePtr& child : children) isStreaming = isStreaming || child->isStreaming;
  return std::make_shared<const LogicalNode>(
      LogicalNode{std::move(step), std::move(children), std::move(columns), isStreaming});
}

int64_t nextColumnId() {
  static std::atomic<int64_t> last{0};
  return ++last;
}

}  // namespace spate
