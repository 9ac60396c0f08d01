// schema_of_variant_agg.
#include <array>

#include "spate/functions/AggregateColumns.h"
#include "spate/functions/Errors.h"
#include "spate/functions/VariantFamilies.h"
#include "spate/types/DataTypeJson.h"
#include "spate/types/Variant.h"

namespace spate {
namespace {

/// The common schema of a group's variants. Buffer: the type as JSON.
class VariantSchemaAccumulator final : public Accumulator {
 public:
  void resize(size_t groups) override { schemas_.resize(groups); }

  Status update(EvalContext&, std::span<const arrow::Datum> arguments,
                std::span<const uint32_t> groups) override {
    const Rows<Datum> rows(arguments[0], DataType::variantType());
    for (size_t i = 0; i < groups.size(); ++i) {
      const auto row = static_cast<int64_t>(i);
      if (rows.isNull(row)) continue;
      const Datum variant = rows[row];
      const Row& parts = *variant.as<Row>();
      const VariantView view(*parts[0].as<std::string>(), *parts[1].as<std::string>());
      SPATE_ASSIGN_OR_RETURN(const DataType schema, view.schema());
      DataType& common = schemas_[groups[i]];
      common = commonVariantType(common, schema);
    }
    return {};
  }

  Status merge(std::span<const ArrayPtr> buffers, std::span<const uint32_t> groups) override {
    const Rows<std::string> rows{arrow::Datum(buffers[0]), DataType::stringType()};
    for (size_t i = 0; i < groups.size(); ++i) {
      SPATE_ASSIGN_OR_RETURN(const DataType schema,
                             dataTypeFromJson(rows[static_cast<int64_t>(i)]));
      DataType& common = schemas_[groups[i]];
      common = commonVariantType(common, schema);
    }
    return {};
  }

  Result<std::vector<ArrayPtr>> buffers() const override {
    std::vector<Datum> texts;
    for (const DataType& schema : schemas_) texts.emplace_back(toJson(schema));
    SPATE_ASSIGN_OR_FAIL(auto column, columnOf(texts, DataType::stringType()));
    return std::vector<ArrayPtr>{std::move(column)};
  }

  Result<ArrayPtr> results() const override {
    std::vector<Datum> texts;
    for (const DataType& schema : schemas_) texts.emplace_back(variantSchemaText(schema));
    return columnOf(texts, DataType::stringType());
  }

 private:
  std::vector<DataType> schemas_;
};

Result<BoundAggregate> bindVariantSchema(std::string_view name, std::span<const Argument> arguments,
                                         const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 1));
  const DataType& given = arguments[0].type;
  if (!given.is(TypeKind::kVariant) && !given.is(TypeKind::kNull)) {
    return failure(unexpectedInputType(callText(name, arguments), 0, "\"VARIANT\"", arguments[0]));
  }
  BoundAggregate bound;
  bound.type = DataType::stringType();
  bound.nullable = false;
  bound.argumentTypes = {DataType::variantType()};
  bound.buffer = {{"buf", DataType::stringType(), false}};
  bound.make = [](const SessionSettings&) { return std::make_unique<VariantSchemaAccumulator>(); };
  return bound;
}

constexpr std::array<AggregateFunction, 1> kFunctions = {{
    {"schema_of_variant_agg", bindVariantSchema},
}};

}  // namespace

std::span<const AggregateFunction> variantAggregates() { return kFunctions; }

}  // namespace spate
