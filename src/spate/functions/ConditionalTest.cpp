#include <limits>

#include "spate/functions/FunctionCalls.h"

namespace spate {
namespace {

const DataType kInt = DataType::integerType();
const DataType kBoolean = DataType::booleanType();
const DataType kDouble = DataType::doubleType();
const Datum kTrue(true);
const Datum kFalse(false);
const Datum kNull;

TEST(Comparison, nullsAndNullSafety) {
  const Input a = column(kInt, {Datum(1), Datum(2), Datum()});
  const Input b = column(kInt, {Datum(1), Datum(), Datum()});
  EXPECT_EQ(call("=", {a, b}).value(), (Row{kTrue, kNull, kNull}));
  EXPECT_EQ(call("<=>", {a, b}).value(), (Row{kTrue, kFalse, kTrue}));
  EXPECT_EQ(call("!=", {a, constant(1)}).value(), (Row{kFalse, kTrue, kNull}));
  EXPECT_EQ(call("<=", {a, constant(1)}).value(), (Row{kTrue, kFalse, kNull}));
  EXPECT_EQ(call("in", {a, constant(1), constant(kInt, Datum())}).value(),
            (Row{kTrue, kNull, kNull}));
}

TEST(Comparison, shortConstantsAmongTextsOfAllLengths) {
  const DataType type = DataType::stringType();
  std::vector<Datum> texts;
  Row equalsView, equalsEmpty, equalsEight;
  for (const char* text : {"view", "", "vie", "views", "12345678", "123456789", "wiew", "view"}) {
    const std::string_view view(text);
    texts.emplace_back(view);
    equalsView.emplace_back(view == "view");
    equalsEmpty.emplace_back(view.empty());
    equalsEight.emplace_back(view == "12345678");
  }
  texts.emplace_back();
  for (Row* row : {&equalsView, &equalsEmpty, &equalsEight}) row->emplace_back();
  const Input values = column(type, texts);
  const auto is = [&](const char* text) {
    return call("=", {values, constant(type, Datum(std::string_view(text)))}).value();
  };
  EXPECT_EQ(is("view"), equalsView);
  EXPECT_EQ(is(""), equalsEmpty);
  EXPECT_EQ(is("12345678"), equalsEight);
  EXPECT_EQ(call("=", {constant(type, Datum(std::string_view("view"))), values}).value(),
            equalsView);
}

TEST(Comparison, nanIsEqualToItselfAndAboveAll) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Input values = column(kDouble, doubles({nan, 1.0, 0.0}));
  EXPECT_EQ(call("=", {values, constant(kDouble, Datum(nan))}).value(),
            (Row{kTrue, kFalse, kFalse}));
  EXPECT_EQ(call(">", {values, constant(kDouble, Datum(1e308))}).value(),
            (Row{kTrue, kFalse, kFalse}));
  EXPECT_EQ(call("=", {values, constant(kDouble, Datum(-0.0))}).value(),
            (Row{kFalse, kFalse, kTrue}));
  EXPECT_EQ(call("isnan", {values}).value(), (Row{kTrue, kFalse, kFalse}));
}

TEST(Comparison, textsAreReadAsTheOtherSide) {
  EXPECT_EQ(valueOfCall("=", {constant("01"), constant(1)}), kTrue);
  EXPECT_EQ(errorOf("=", {constant("x"), constant(1)}), "CAST_INVALID_INPUT");
  EXPECT_EQ(valueOfCall("<", {constant("a"), constant("b")}), kTrue);
}

TEST(Comparison, arraysAreComparedElementByElement) {
  const DataType list = DataType::arrayOf(kInt);
  EXPECT_EQ(call("<", {column(list, {Datum(ints({1, 2})), Datum(ints({2}))}),
                       constant(list, Datum(ints({1, 3})))})
                .value(),
            (Row{kTrue, kFalse}));
  EXPECT_EQ(errorOf("=", {constant(DataType::mapOf(kInt, kInt), Datum()),
                          constant(DataType::mapOf(kInt, kInt), Datum())}),
            "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE");
}

TEST(Comparison, greatestAndLeastSkipNulls) {
  const Input a = column(kInt, {Datum(1), Datum(), Datum()});
  const Input b = column(kInt, {Datum(5), Datum(2), Datum()});
  EXPECT_EQ(call("greatest", {a, b}).value(), (Row{Datum(5), Datum(2), kNull}));
  EXPECT_EQ(call("least", {a, b}).value(), (Row{Datum(1), Datum(2), kNull}));
}

TEST(Conditional, andOrAreThreeValued) {
  const Input a = column(kBoolean, {kTrue, kTrue, kTrue, kFalse, kFalse, kNull});
  const Input b = column(kBoolean, {kTrue, kFalse, kNull, kFalse, kNull, kNull});
  EXPECT_EQ(call("and", {a, b}).value(), (Row{kTrue, kFalse, kNull, kFalse, kFalse, kNull}));
  EXPECT_EQ(call("or", {a, b}).value(), (Row{kTrue, kTrue, kTrue, kFalse, kNull, kNull}));
  EXPECT_EQ(call("not", {b}).value(), (Row{kFalse, kTrue, kNull, kTrue, kNull, kNull}));
}

/// CASE WHEN a != 0 THEN 10 / a ELSE -1 END, with the quotient bound once.
Result<Row> guardedQuotient(const char* guard) {
  const SessionSettings settings;
  const Row values = ints({0, 5, 2});
  const auto array = columnOf(values, kInt).value();
  const auto batch = arrow::RecordBatch::Make(arrow::schema({arrow::field("a", array->type())}), 3,
                                              arrow::ArrayVector{array});
  const auto bind = [&](const char* name, std::vector<BoundExpressionPtr> arguments) {
    return bindCall(*findScalarFunction(name), std::move(arguments), {}, settings).value();
  };
  const BoundExpressionPtr a = columnAt(0, {"a", kInt});
  const BoundExpressionPtr zero = constantOf(Datum(0), kInt);
  const BoundExpressionPtr quotient = bind("/", {constantOf(Datum(10), kInt), a});
  BoundExpressionPtr expression;
  if (std::string(guard) == "when") {
    expression = bind("when", {bind("!=", {a, zero}), quotient, constantOf(Datum(-1), kInt)});
  } else {
    expression = bind("and", {bind("!=", {a, zero}), bind(">", {quotient, zero})});
  }
  EvalContext context{.settings = settings};
  const auto result = evaluateToArray(*expression, *batch, context);
  if (!result) return failure(result.error());
  Row rows;
  for (int64_t i = 0; i < 3; ++i) rows.push_back(valueAt(**result, i, expression->type()));
  return rows;
}

TEST(Conditional, anErrorOfARowThatIsNotNeededDoesNotCount) {
  EXPECT_EQ(guardedQuotient("when").value(), doubles({-1.0, 2.0, 5.0}));
  EXPECT_EQ(guardedQuotient("and").value(), (Row{kFalse, kTrue, kTrue}));
}

TEST(Conditional, coalesceIfNullifAndTheirKin) {
  const Input a = column(kInt, {Datum(1), Datum()});
  EXPECT_EQ(call("coalesce", {a, constant(7)}).value(), ints({1, 7}));
  EXPECT_EQ(call("nvl2", {a, constant(1), constant(0)}).value(), ints({1, 0}));
  EXPECT_EQ(call("nullif", {a, constant(1)}).value(), (Row{kNull, kNull}));
  EXPECT_EQ(call("if", {column(kBoolean, {kTrue, kNull}), constant(1), constant(2)}).value(),
            ints({1, 2}));
  EXPECT_EQ(typeOf("coalesce", {a, constant(kDouble, Datum(1.0))}), kDouble);
  EXPECT_EQ(errorOf("coalesce", {constant(kBoolean, kTrue), constant(1)}),
            "DATATYPE_MISMATCH.DATA_DIFF_TYPES");
  EXPECT_EQ(errorOf("coalesce", {}), "WRONG_NUM_ARGS.WITHOUT_SUGGESTION");
}

TEST(Conditional, columnsAreNamedAsBySpark) {
  const Input a = column(kInt, ints({1}));
  const Input flag = column(kBoolean, {kTrue});
  EXPECT_EQ(textOf("=", {a, constant("x")}), "(a = x)");
  EXPECT_EQ(textOf("!=", {a, constant(1)}), "(NOT (a = 1))");
  EXPECT_EQ(textOf("in", {a, constant(1), constant(2)}), "(a IN (1, 2))");
  EXPECT_EQ(textOf("and", {flag, flag}), "(a AND b)");
  EXPECT_EQ(textOf("when", {flag, constant(1), constant(2)}), "CASE WHEN a THEN 1 ELSE 2 END");
  EXPECT_EQ(textOf("isNull", {a}), "(a IS NULL)");
  EXPECT_EQ(textOf("if", {flag, constant(1), constant(kInt, Datum())}), "(IF(a, 1, NULL))");
}

TEST(Functions, namesAreUniqueAndInLowerCase) {
  const auto names = functionNames();
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) {
      EXPECT_NE(names[i - 1], names[i]);
    }
    for (const char c : names[i]) EXPECT_FALSE(c >= 'A' && c <= 'Z') << names[i];
  }
  EXPECT_GE(names.size(), 200u);
}

}  // namespace
}  // namespace spate
