#include <arrow/array/array_nested.h>
#include <arrow/array/array_primitive.h>
#include <arrow/array/concatenate.h>
#include <arrow/buffer.h>
#include <arrow/datum.h>
#include <arrow/type.h>

#include <algorithm>
#include <iterator>
#include <numeric>
#include <string>
#include <utility>

#include "spate/functions/CollectionFamilies.h"
#include "spate/functions/ElementOrder.h"
#include "spate/functions/ExpandedBatch.h"
#include "spate/functions/Families.h"
#include "spate/functions/ListMaker.h"
#include "spate/functions/MapMaker.h"
#include "spate/functions/RowLoop.h"
#include "spate/functions/Signature.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowTypes.h"

namespace spate {
namespace {

using Arguments = std::span<const arrow::Datum>;
using ArrayPtr = std::shared_ptr<arrow::Array>;

Status requireLambda(std::string_view name, std::span<const Argument> arguments, size_t index,
                     size_t least, size_t most) {
  const LambdaSource* lambda = arguments[index].lambda;
  if (lambda == nullptr) return unexpectedInputType(name, arguments, index, "\"LAMBDA\"");
  if (lambda->parameters >= least && lambda->parameters <= most) return Status::OK();
  const std::string expected = std::to_string(most);
  const std::string actual = std::to_string(lambda->parameters);
  return Status::invalidArgument("Invalid lambda function call. A higher order function expects " +
                                 expected + " arguments, but got " + actual + ".")
      .withErrorClass("INVALID_LAMBDA_FUNCTION_CALL.NUM_ARGS_MISMATCH", "42K0D",
                      {{"expectedNumArgs", expected}, {"actualNumArgs", actual}});
}

Status requireBoolean(std::string_view name, std::span<const Argument> arguments, size_t index,
                      const BoundExpression& body) {
  if (body.type().is(TypeKind::kBoolean) || body.type().is(TypeKind::kNull)) return Status::OK();
  Argument shown = arguments[index];
  shown.type = body.type();
  std::vector<Argument> all(arguments.begin(), arguments.end());
  all[index] = shown;
  return unexpectedInputType(name, all, index, "\"BOOLEAN\"");
}

/// The elements of the lists of all rows, one behind the other, with the row that each is of.
struct Elements {
  std::vector<int32_t> offsets = {0};
  std::vector<int64_t> parents;
  std::vector<int64_t> places;
  std::vector<int32_t> positions;

  static Elements of(const ArgumentColumn& lists, int64_t rows) {
    Elements all;
    for (int64_t i = 0; i < rows; ++i) {
      if (!lists.isNull(i)) {
        for (int32_t k = lists.begin(i); k < lists.end(i); ++k) {
          all.parents.push_back(i);
          all.places.push_back(k);
          all.positions.push_back(k - lists.begin(i));
        }
      }
      all.offsets.push_back(static_cast<int32_t>(all.parents.size()));
    }
    return all;
  }
  int64_t count() const { return static_cast<int64_t>(parents.size()); }
  ArrayPtr positionArray() const {
    return std::make_shared<arrow::Int32Array>(count(), arrow::Buffer::FromVector(positions));
  }
};

/// Which rows have an array.
std::vector<bool> validRows(const ArgumentColumn& lists, int64_t rows, bool& hasNulls) {
  std::vector<bool> valid(static_cast<size_t>(rows));
  for (int64_t i = 0; i < rows; ++i) {
    valid[static_cast<size_t>(i)] = !lists.isNull(i);
    hasNulls = hasNulls || lists.isNull(i);
  }
  return valid;
}

Result<const DataType*> arrayArgument(std::string_view name, std::span<const Argument> arguments) {
  if (!arguments[0].type.is(TypeKind::kArray))
    return failure(unexpectedInputType(name, arguments, 0, "\"ARRAY\""));
  return &arguments[0].type;
}

/// transform, filter, exists and forall: a body over the elements of an array.
struct ArrayBody {
  BoundExpressionPtr body;
  bool takesIndex = false;

  static Result<ArrayBody> bind(std::string_view name, std::span<const Argument> arguments,
                                size_t mostParameters) {
    SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 2, 2));
    SPATE_ASSIGN_OR_FAIL(const DataType* array, arrayArgument(name, arguments));
    SPATE_FAIL_IF_ERROR(requireLambda(name, arguments, 1, 1, mostParameters));
    std::vector<StructField> fields = {{"x", array->elementType(), array->containsNull()}};
    ArrayBody made;
    made.takesIndex = arguments[1].lambda->parameters == 2;
    if (made.takesIndex) fields.push_back({"i", DataType::integerType(), false});
    SPATE_ASSIGN_OR_FAIL(made.body, arguments[1].lambda->bind(fields));
    return made;
  }

  Result<ArrayPtr> evaluate(EvalContext& context, const ArgumentColumn& lists,
                            const Elements& elements) const {
    SPATE_ASSIGN_OR_FAIL(ArrayPtr values,
                         takeRows(elementsOf(lists), placeColumn(elements.places)));
    arrow::ArrayVector parameters = {std::move(values)};
    if (takesIndex) parameters.push_back(elements.positionArray());
    return evaluateExpanded(*body, context, elements.parents, std::move(parameters));
  }
};

BoundFunction boundTo(std::span<const Argument> arguments, DataType type,
                      std::initializer_list<const BoundExpression*> bodies) {
  BoundFunction bound;
  bound.type = std::move(type);
  for (const Argument& argument : arguments) bound.argumentTypes.push_back(argument.type);
  bound.nullable = arguments[0].nullable;
  bound.isFoldable = false;
  for (const BoundExpression* body : bodies)
    bound.isDeterministic = bound.isDeterministic && body->isDeterministic();
  return bound;
}

Result<BoundFunction> bindTransform(std::string_view name, std::span<const Argument> arguments,
                                    const SessionSettings&) {
  SPATE_ASSIGN_OR_FAIL(const ArrayBody body, ArrayBody::bind(name, arguments, 2));
  BoundFunction bound = boundTo(
      arguments, DataType::arrayOf(body.body->type(), body.body->nullable()), {body.body.get()});
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(bound.type));
  bound.kernel = [type, body](EvalContext& context, Arguments values,
                              int64_t rows) -> Result<arrow::Datum> {
    const ArgumentColumn lists(values[0]);
    const Elements elements = Elements::of(lists, rows);
    SPATE_ASSIGN_OR_FAIL(const ArrayPtr results, body.evaluate(context, lists, elements));
    bool hasNulls = false;
    const auto valid = validRows(lists, rows, hasNulls);
    return arrow::Datum(listColumn(type, elements.offsets, results, validityOf(valid, hasNulls)));
  };
  return bound;
}

Result<BoundFunction> bindFilter(std::string_view name, std::span<const Argument> arguments,
                                 const SessionSettings&) {
  SPATE_ASSIGN_OR_FAIL(const ArrayBody body, ArrayBody::bind(name, arguments, 2));
  SPATE_FAIL_IF_ERROR(requireBoolean(name, arguments, 1, *body.body));
  BoundFunction bound = boundTo(arguments, arguments[0].type, {body.body.get()});
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(bound.type));
  bound.kernel = [type, body](EvalContext& context, Arguments values,
                              int64_t rows) -> Result<arrow::Datum> {
    const ArgumentColumn lists(values[0]);
    const Elements elements = Elements::of(lists, rows);
    SPATE_ASSIGN_OR_FAIL(const ArrayPtr results, body.evaluate(context, lists, elements));
    const ArgumentColumn kept(results);
    ListPicker picked(type, elementsOf(lists));
    for (int64_t i = 0; i < rows; ++i) {
      for (int32_t k = elements.offsets[static_cast<size_t>(i)];
           k < elements.offsets[static_cast<size_t>(i) + 1]; ++k) {
        if (!kept.isNull(k) && kept.boolean(k))
          picked.pick(elements.places[static_cast<size_t>(k)]);
      }
      if (lists.isNull(i)) {
        picked.endNullRow();
      } else {
        picked.endRow();
      }
    }
    SPATE_ASSIGN_OR_FAIL(ArrayPtr made, picked.finish());
    return arrow::Datum(std::move(made));
  };
  return bound;
}

/// exists and forall in three-valued logic: null when no element decides but one is null.
template <bool kExists>
Result<BoundFunction> bindQuantifier(std::string_view name, std::span<const Argument> arguments,
                                     const SessionSettings&) {
  SPATE_ASSIGN_OR_FAIL(const ArrayBody body, ArrayBody::bind(name, arguments, 1));
  SPATE_FAIL_IF_ERROR(requireBoolean(name, arguments, 1, *body.body));
  BoundFunction bound = boundTo(arguments, DataType::booleanType(), {body.body.get()});
  bound.nullable = bound.nullable || body.body->nullable();
  bound.kernel = [body](EvalContext& context, Arguments values,
                        int64_t rows) -> Result<arrow::Datum> {
    const ArgumentColumn lists(values[0]);
    const Elements elements = Elements::of(lists, rows);
    SPATE_ASSIGN_OR_FAIL(const ArrayPtr results, body.evaluate(context, lists, elements));
    const ArgumentColumn held(results);
    arrow::BooleanBuilder builder;
    if (const auto reserved = builder.Reserve(rows); !reserved.ok())
      return failure(fromArrow(reserved));
    for (int64_t i = 0; i < rows; ++i) {
      bool hasNull = lists.isNull(i);
      bool isDecided = false;
      for (int32_t k = elements.offsets[static_cast<size_t>(i)];
           k < elements.offsets[static_cast<size_t>(i) + 1]; ++k) {
        if (held.isNull(k)) {
          hasNull = true;
        } else if (held.boolean(k) == kExists) {
          isDecided = true;
        }
      }
      if (isDecided) {
        builder.UnsafeAppend(kExists);
      } else if (hasNull) {
        builder.UnsafeAppendNull();
      } else {
        builder.UnsafeAppend(!kExists);
      }
    }
    return arrow::Datum(ArrayPtr(builder.Finish().ValueOrDie()));
  };
  return bound;
}

/// aggregate(array, start, merge[, finish]): step k merges the k-th elements of all arrays that
/// are long enough, so that each step is one evaluation.
Result<BoundFunction> bindAggregate(std::string_view name, std::span<const Argument> arguments,
                                    const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 3, 4));
  SPATE_ASSIGN_OR_FAIL(const DataType* array, arrayArgument(name, arguments));
  SPATE_FAIL_IF_ERROR(requireLambda(name, arguments, 2, 2, 2));
  const DataType state = arguments[1].type;
  SPATE_ASSIGN_OR_FAIL(
      BoundExpressionPtr merge,
      arguments[2].lambda->bind({{"acc", state, true}, {"x", array->elementType(), true}}));
  if (!(merge->type() == state)) {
    SPATE_ASSIGN_OR_FAIL(merge, bindImplicitCast(std::move(merge), state, settings));
  }
  BoundExpressionPtr finish;
  if (arguments.size() > 3) {
    SPATE_FAIL_IF_ERROR(requireLambda(name, arguments, 3, 1, 1));
    SPATE_ASSIGN_OR_FAIL(finish, arguments[3].lambda->bind({{"acc", state, true}}));
  }
  BoundFunction bound =
      boundTo(arguments, finish == nullptr ? state : finish->type(), {merge.get()});
  bound.nullable = true;
  bound.kernel = [merge, finish](EvalContext& context, Arguments values,
                                 int64_t rows) -> Result<arrow::Datum> {
    const ArgumentColumn lists(values[0]);
    SPATE_ASSIGN_OR_FAIL(ArrayPtr states, stretched(values[1], rows));
    for (int32_t step = 0;; ++step) {
      std::vector<int64_t> parents;
      std::vector<int64_t> places;
      for (int64_t i = 0; i < rows; ++i) {
        if (lists.isNull(i) || lists.size(i) <= step) continue;
        parents.push_back(i);
        places.push_back(int64_t{lists.begin(i)} + step);
      }
      if (parents.empty()) break;
      SPATE_ASSIGN_OR_FAIL(ArrayPtr before, takeRows(states, placeColumn(parents)));
      SPATE_ASSIGN_OR_FAIL(ArrayPtr elements,
                           takeRows(elementsOf(lists), placeColumn(std::move(places))));
      SPATE_ASSIGN_OR_FAIL(
          const ArrayPtr after,
          evaluateExpanded(*merge, context, parents, {std::move(before), std::move(elements)}));
      // The new states at the places of the old ones.
      std::vector<int64_t> from(static_cast<size_t>(rows));
      std::iota(from.begin(), from.end(), 0);
      for (size_t k = 0; k < parents.size(); ++k)
        from[static_cast<size_t>(parents[k])] = rows + static_cast<int64_t>(k);
      auto together = arrow::Concatenate({states, after});
      if (!together.ok()) return failure(fromArrow(together.status()));
      SPATE_ASSIGN_OR_FAIL(states, takeRows(*together, placeColumn(std::move(from))));
    }
    if (finish != nullptr) {
      std::vector<int64_t> all(static_cast<size_t>(rows));
      std::iota(all.begin(), all.end(), 0);
      SPATE_ASSIGN_OR_FAIL(states, evaluateExpanded(*finish, context, all, {states}));
    }
    if (!lists.hasNulls()) return arrow::Datum(std::move(states));
    arrow::Int64Builder places;
    for (int64_t i = 0; i < rows; ++i) {
      const auto appended = lists.isNull(i) ? places.AppendNull() : places.Append(i);
      if (!appended.ok()) return failure(fromArrow(appended));
    }
    SPATE_ASSIGN_OR_FAIL(states, takeRows(states, places.Finish().ValueOrDie()));
    return arrow::Datum(std::move(states));
  };
  return bound;
}

/// zip_with(left, right, body): the shorter array is filled with nulls.
Result<BoundFunction> bindZipWith(std::string_view name, std::span<const Argument> arguments,
                                  const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 3, 3));
  SPATE_ASSIGN_OR_FAIL(const DataType* left, arrayArgument(name, arguments));
  if (!arguments[1].type.is(TypeKind::kArray))
    return failure(unexpectedInputType(name, arguments, 1, "\"ARRAY\""));
  SPATE_FAIL_IF_ERROR(requireLambda(name, arguments, 2, 2, 2));
  SPATE_ASSIGN_OR_FAIL(const BoundExpressionPtr body,
                       arguments[2].lambda->bind({{"x", left->elementType(), true},
                                                  {"y", arguments[1].type.elementType(), true}}));
  BoundFunction bound =
      boundTo(arguments, DataType::arrayOf(body->type(), body->nullable()), {body.get()});
  bound.nullable = arguments[0].nullable || arguments[1].nullable;
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(bound.type));
  bound.kernel = [type, body](EvalContext& context, Arguments values,
                              int64_t rows) -> Result<arrow::Datum> {
    const ArgumentColumns in = argumentColumns(values.first(2));
    std::vector<int32_t> offsets = {0};
    std::vector<bool> valid;
    bool hasNulls = false;
    std::vector<int64_t> parents;
    arrow::Int64Builder places[2];
    for (int64_t i = 0; i < rows; ++i) {
      const bool isNull = in[0].isNull(i) || in[1].isNull(i);
      const int32_t size = isNull ? 0 : std::max(in[0].size(i), in[1].size(i));
      for (int32_t k = 0; k < size; ++k) {
        parents.push_back(i);
        for (size_t side = 0; side < 2; ++side) {
          const auto appended = k < in[side].size(i) ? places[side].Append(in[side].begin(i) + k)
                                                     : places[side].AppendNull();
          if (!appended.ok()) return failure(fromArrow(appended));
        }
      }
      offsets.push_back(static_cast<int32_t>(parents.size()));
      valid.push_back(!isNull);
      hasNulls = hasNulls || isNull;
    }
    arrow::ArrayVector parameters;
    for (size_t side = 0; side < 2; ++side) {
      SPATE_ASSIGN_OR_FAIL(ArrayPtr column,
                           takeRows(elementsOf(in[side]), places[side].Finish().ValueOrDie()));
      parameters.push_back(std::move(column));
    }
    SPATE_ASSIGN_OR_FAIL(const ArrayPtr results,
                         evaluateExpanded(*body, context, parents, std::move(parameters)));
    return arrow::Datum(listColumn(type, std::move(offsets), results, validityOf(valid, hasNulls)));
  };
  return bound;
}

/// A comparator of array_sort is asked for all pairs of an array at once, and the answers sort it:
/// n * n evaluations, but each in one batch.
Result<BoundFunction> bindSortBy(std::string_view name, std::span<const Argument> arguments,
                                 const SessionSettings& settings) {
  if (arguments.size() == 1) return bindArraySort(name, arguments, settings);
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 1, 2));
  SPATE_ASSIGN_OR_FAIL(const DataType* array, arrayArgument(name, arguments));
  SPATE_FAIL_IF_ERROR(requireLambda(name, arguments, 1, 2, 2));
  SPATE_ASSIGN_OR_FAIL(BoundExpressionPtr body,
                       arguments[1].lambda->bind({{"left", array->elementType(), true},
                                                  {"right", array->elementType(), true}}));
  SPATE_ASSIGN_OR_FAIL(body, bindImplicitCast(std::move(body), DataType::integerType(), settings));
  BoundFunction bound = boundTo(arguments, *array, {body.get()});
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(bound.type));
  bound.kernel = [type, body](EvalContext& context, Arguments values,
                              int64_t rows) -> Result<arrow::Datum> {
    const ArgumentColumn lists(values[0]);
    ListPicker picked(type, elementsOf(lists));
    for (int64_t i = 0; i < rows; ++i) {
      if (lists.isNull(i)) {
        picked.endNullRow();
        continue;
      }
      const auto size = static_cast<size_t>(lists.size(i));
      std::vector<int64_t> left;
      std::vector<int64_t> right;
      for (size_t pair = 0; pair < size * size; ++pair) {
        left.push_back(lists.begin(i) + static_cast<int64_t>(pair / size));
        right.push_back(lists.begin(i) + static_cast<int64_t>(pair % size));
      }
      const std::vector<int64_t> parents(left.size(), i);
      SPATE_ASSIGN_OR_FAIL(ArrayPtr lefts, takeRows(elementsOf(lists), placeColumn(left)));
      SPATE_ASSIGN_OR_FAIL(ArrayPtr rights, takeRows(elementsOf(lists), placeColumn(right)));
      SPATE_ASSIGN_OR_FAIL(
          const ArrayPtr compared,
          evaluateExpanded(*body, context, parents, {std::move(lefts), std::move(rights)}));
      const ArgumentColumn orders(compared);
      for (size_t pair = 0; pair < size * size; ++pair) {
        if (!orders.isNull(static_cast<int64_t>(pair))) continue;
        return failure(
            Status::invalidArgument(
                "The comparison result is null. If you want to handle null as 0 (equal), "
                "you can set \"spark.sql.legacy.allowNullComparisonResultInArraySort\" "
                "to \"true\".")
                .withErrorClass("COMPARATOR_RETURNS_NULL", "22004"));
      }
      std::vector<size_t> order(size);
      std::iota(order.begin(), order.end(), size_t{0});
      // Insertion keeps to pairs that were asked and ends whatever a comparator answers.
      for (size_t k = 1; k < size; ++k) {
        for (size_t at = k; at > 0; --at) {
          const auto pair = static_cast<int64_t>(order[at - 1] * size + order[at]);
          if (orders.get<int32_t>(pair) <= 0) break;
          std::swap(order[at - 1], order[at]);
        }
      }
      for (const size_t k : order) picked.pick(lists.begin(i) + static_cast<int64_t>(k));
      picked.endRow();
    }
    SPATE_ASSIGN_OR_FAIL(ArrayPtr made, picked.finish());
    return arrow::Datum(std::move(made));
  };
  return bound;
}

constexpr ScalarFunction kFunctions[] = {
    {"aggregate", bindAggregate},      {"array_sort", bindSortBy},
    {"exists", bindQuantifier<true>},  {"filter", bindFilter},
    {"forall", bindQuantifier<false>}, {"reduce", bindAggregate},
    {"transform", bindTransform},      {"zip_with", bindZipWith},
};

}  // namespace

std::span<const ScalarFunction> lambdaFunctions() {
  static const std::vector<ScalarFunction> functions = [] {
    std::vector<ScalarFunction> all(std::begin(kFunctions), std::end(kFunctions));
    const auto maps = mapLambdaFunctions();
    all.insert(all.end(), maps.begin(), maps.end());
    return all;
  }();
  return functions;
}

}  // namespace spate
