// Values to variants and back, column by column.
#include <arrow/array/array_base.h>
#include <arrow/type.h>

#include <string>
#include <vector>

#include "spate/types/ArrowValues.h"
#include "spate/types/CastKernels.h"
#include "spate/types/Variant.h"

namespace spate {
namespace {

Status invalidVariantCast(const VariantView& variant, const CastContext& context) {
  std::string value;
  SPATE_RETURN_IF_ERROR(variant.appendJson(*context.zone, value));
  const std::string type = "\"" + context.to.sql() + "\"";
  return Status::invalidArgument("The variant value `" + value + "` cannot be cast into `" + type +
                                 "`. Please use `try_variant_get` instead.")
      .withErrorClass("INVALID_VARIANT_CAST", "22023", {{"value", value}, {"dataType", type}});
}

}  // namespace

Result<ArrayPtr> castToVariant(const ArrayPtr& value, const CastContext& context) {
  std::vector<Datum> variants;
  for (int64_t i = 0; i < value->length(); ++i) {
    if (value->IsNull(i)) {
      variants.emplace_back();
      continue;
    }
    VariantBuilder builder;
    SPATE_FAIL_IF_ERROR(builder.append(valueAt(*value, i, context.from), context.from));
    VariantBytes bytes = std::move(builder).finish();
    variants.emplace_back(Row{Datum(std::move(bytes.value)), Datum(std::move(bytes.metadata))});
  }
  return columnOf(variants, context.to);
}

Result<ArrayPtr> castFromVariant(const ArrayPtr& value, const CastContext& context) {
  std::vector<Datum> results;
  for (int64_t i = 0; i < value->length(); ++i) {
    const Datum variant = valueAt(*value, i, context.from);
    if (variant.isNull()) {
      results.emplace_back();
      continue;
    }
    const Row& parts = *variant.as<Row>();
    const VariantView view(*parts[0].as<std::string>(), *parts[1].as<std::string>());
    SPATE_ASSIGN_OR_FAIL(auto result, castVariant(view, context.to, context.zone->id()));
    if (!result && context.policy != CastPolicy::kTry)
      return failure(invalidVariantCast(view, context));
    results.push_back(result ? *std::move(result) : Datum());
  }
  return columnOf(results, context.to);
}

}  // namespace spate
