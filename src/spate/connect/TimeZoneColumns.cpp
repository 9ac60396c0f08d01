#include "spate/connect/TimeZoneColumns.h"

#include <arrow/array/data.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <utility>

namespace spate::connect {
namespace {

std::shared_ptr<arrow::Field> inTimeZone(const std::shared_ptr<arrow::Field>& field,
                                         const std::string& timeZone);

std::shared_ptr<arrow::DataType> inTimeZone(const std::shared_ptr<arrow::DataType>& type,
                                            const std::string& timeZone) {
  switch (type->id()) {
    case arrow::Type::TIMESTAMP: {
      const auto& timestamp = static_cast<const arrow::TimestampType&>(*type);
      if (timestamp.timezone().empty()) return type;
      return arrow::timestamp(timestamp.unit(), timeZone);
    }
    case arrow::Type::LIST: return arrow::list(inTimeZone(type->field(0), timeZone));
    case arrow::Type::LARGE_LIST: return arrow::large_list(inTimeZone(type->field(0), timeZone));
    case arrow::Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(*type);
      return std::make_shared<arrow::MapType>(inTimeZone(map.key_field(), timeZone),
                                              inTimeZone(map.item_field(), timeZone),
                                              map.keys_sorted());
    }
    case arrow::Type::STRUCT: {
      arrow::FieldVector fields;
      for (const auto& field : type->fields()) fields.push_back(inTimeZone(field, timeZone));
      return arrow::struct_(std::move(fields));
    }
    default: return type;
  }
}

std::shared_ptr<arrow::Field> inTimeZone(const std::shared_ptr<arrow::Field>& field,
                                         const std::string& timeZone) {
  return field->WithType(inTimeZone(field->type(), timeZone));
}

std::shared_ptr<arrow::ArrayData> withType(const arrow::ArrayData& data,
                                           const std::shared_ptr<arrow::DataType>& type) {
  auto copy = data.Copy();
  copy->type = type;
  for (size_t i = 0; i < copy->child_data.size(); ++i) {
    const auto& child = type->field(static_cast<int>(i))->type();
    copy->child_data[i] = withType(*copy->child_data[i], child);
  }
  return copy;
}

}  // namespace

std::shared_ptr<arrow::Schema> inTimeZone(const arrow::Schema& schema,
                                          const std::string& timeZone) {
  arrow::FieldVector fields;
  for (const auto& field : schema.fields()) fields.push_back(inTimeZone(field, timeZone));
  return arrow::schema(std::move(fields), schema.metadata());
}

std::shared_ptr<arrow::RecordBatch> withSchema(const arrow::RecordBatch& batch,
                                               const std::shared_ptr<arrow::Schema>& schema) {
  arrow::ArrayDataVector columns;
  for (int i = 0; i < batch.num_columns(); ++i)
    columns.push_back(withType(*batch.column_data(i), schema->field(i)->type()));
  return arrow::RecordBatch::Make(schema, batch.num_rows(), std::move(columns));
}

}  // namespace spate::connect
