#include "spate/connect/FieldNames.h"

#include <arrow/type.h>

#include <map>
#include <string>
#include <utility>

namespace spate::connect {
namespace {

std::shared_ptr<arrow::DataType> withDifferentNames(const std::shared_ptr<arrow::DataType>& type) {
  switch (type->id()) {
    case arrow::Type::LIST: return arrow::list(connect::withDifferentNames(type->field(0)));
    case arrow::Type::LARGE_LIST:
      return arrow::large_list(connect::withDifferentNames(type->field(0)));
    case arrow::Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(*type);
      return std::make_shared<arrow::MapType>(connect::withDifferentNames(map.key_field()),
                                              connect::withDifferentNames(map.item_field()),
                                              map.keys_sorted());
    }
    case arrow::Type::STRUCT: {
      std::map<std::string, std::pair<int, int>> counts;
      for (const auto& field : type->fields()) ++counts[field->name()].first;
      arrow::FieldVector fields;
      for (const auto& field : type->fields()) {
        auto& [all, next] = counts[field->name()];
        fields.push_back(connect::withDifferentNames(field));
        if (all > 1)
          fields.back() = fields.back()->WithName(field->name() + "_" + std::to_string(next++));
      }
      return arrow::struct_(std::move(fields));
    }
    default: return type;
  }
}

}  // namespace

std::shared_ptr<arrow::Field> withDifferentNames(const std::shared_ptr<arrow::Field>& field) {
  return field->WithType(withDifferentNames(field->type()));
}

}  // namespace spate::connect
