#include "spate/functions/ExpandedBatch.h"

#include <arrow/array/array_base.h>
#include <arrow/array/array_primitive.h>
#include <arrow/array/util.h>
#include <arrow/datum.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <utility>

#include "spate/functions/ArgumentColumn.h"
#include "spate/functions/ListMaker.h"

namespace spate {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;

/// Rows of another batch, repeated; a column is made when it is first asked for. Which ones a body
/// reads is not known before: a lambda inside it hides its own.
///
/// Threads: one, as the evaluation of a body
class RepeatedBatch : public arrow::RecordBatch {
 public:
  RepeatedBatch(std::shared_ptr<arrow::Schema> schema, const arrow::RecordBatch* outer,
                ArrayPtr parents, arrow::ArrayVector parameters, int64_t rows)
      : arrow::RecordBatch(std::move(schema), rows),
        outer_(outer),
        parents_(std::move(parents)),
        columns_(static_cast<size_t>(schema_->num_fields())) {
    const size_t first = columns_.size() - parameters.size();
    for (size_t i = 0; i < parameters.size(); ++i) columns_[first + i] = std::move(parameters[i]);
  }

  ArrayPtr column(int i) const override {
    ArrayPtr& column = columns_[static_cast<size_t>(i)];
    if (column == nullptr) {
      auto taken = takeRows(outer_->column(i), parents_);
      if (taken) {
        column = std::move(*taken);
      } else if (failed_.ok()) {
        failed_ = std::move(taken).error();
        column = arrow::MakeArrayOfNull(schema_->field(i)->type(), num_rows_).ValueOrDie();
      }
    }
    return column;
  }
  const arrow::ArrayVector& columns() const override {
    for (int i = 0; i < num_columns(); ++i) column(i);
    return columns_;
  }
  std::shared_ptr<arrow::ArrayData> column_data(int i) const override { return column(i)->data(); }
  const arrow::ArrayDataVector& column_data() const override {
    datas_.clear();
    for (const ArrayPtr& column : columns()) datas_.push_back(column->data());
    return datas_;
  }
  std::shared_ptr<arrow::RecordBatch> whole() const {
    return arrow::RecordBatch::Make(schema_, num_rows_, columns());
  }
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> AddColumn(
      int i, const std::shared_ptr<arrow::Field>& field, const ArrayPtr& added) const override {
    return whole()->AddColumn(i, field, added);
  }
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> SetColumn(
      int i, const std::shared_ptr<arrow::Field>& field, const ArrayPtr& set) const override {
    return whole()->SetColumn(i, field, set);
  }
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> RemoveColumn(int i) const override {
    return whole()->RemoveColumn(i);
  }
  std::shared_ptr<arrow::RecordBatch> ReplaceSchemaMetadata(
      const std::shared_ptr<const arrow::KeyValueMetadata>& metadata) const override {
    return whole()->ReplaceSchemaMetadata(metadata);
  }
  std::shared_ptr<arrow::RecordBatch> Slice(int64_t offset, int64_t length) const override {
    return whole()->Slice(offset, length);
  }
  const std::shared_ptr<arrow::Device::SyncEvent>& GetSyncEvent() const override {
    static const std::shared_ptr<arrow::Device::SyncEvent> none;
    return none;
  }
  arrow::DeviceAllocationType device_type() const override {
    return arrow::DeviceAllocationType::kCPU;
  }

  const Status& failed() const { return failed_; }

 private:
  const arrow::RecordBatch* outer_;
  ArrayPtr parents_;
  mutable arrow::ArrayVector columns_;
  mutable arrow::ArrayDataVector datas_;
  mutable Status failed_;
};

}  // namespace

Result<ArrayPtr> evaluateExpanded(const BoundExpression& body, EvalContext& context,
                                  const std::vector<int64_t>& parents,
                                  arrow::ArrayVector parameters) {
  arrow::FieldVector fields;
  if (context.batch != nullptr) fields = context.batch->schema()->fields();
  for (const ArrayPtr& parameter : parameters)
    fields.push_back(arrow::field("parameter", parameter->type()));
  const RepeatedBatch batch(arrow::schema(std::move(fields)), context.batch, placeColumn(parents),
                            std::move(parameters), static_cast<int64_t>(parents.size()));
  EvalContext inner = context;
  inner.batch = &batch;
  SPATE_ASSIGN_OR_FAIL(ArrayPtr result, evaluateToArray(body, batch, inner));
  if (!batch.failed().ok()) return failure(batch.failed());
  return result;
}

}  // namespace spate
