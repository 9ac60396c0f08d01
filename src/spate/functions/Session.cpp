// What depends on the session and on the place of evaluation.
#include <arrow/array/array_base.h>
#include <arrow/datum.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include <array>
#include <random>

#include "spate/functions/Errors.h"
#include "spate/functions/Families.h"
#include "spate/types/Columns.h"

namespace spate {
namespace {

Result<arrow::Datum> text(std::string value) {
  return arrow::Datum(std::make_shared<arrow::StringScalar>(std::move(value)));
}

Result<BoundFunction> bindSessionText(std::string_view name, std::span<const Argument> arguments,
                                      const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 0, 0));
  const std::string function(name == "current_schema"                   ? "current_database"
                             : name == "user" || name == "session_user" ? "current_user"
                                                                        : name);
  return BoundFunction{
      .type = DataType::stringType(),
      .nullable = false,
      .argumentTypes = {},
      .kernel =
          [function](EvalContext& context, std::span<const arrow::Datum>, int64_t) {
            if (function == "current_user") return text(context.settings.user);
            if (function == "current_catalog") return text(context.settings.currentCatalog);
            if (function == "current_database") return text(context.settings.currentDatabase);
            if (function == "version")
              return text("4.3.0 0000000000000000000000000000000000000000");
            // No file: what Spark gives away from file sources.
            return text("");
          },
      .sql = (name == "current_database" ? "current_schema" : std::string(name)) + "()"};
}

Result<BoundFunction> bindPartition(std::string_view name, std::span<const Argument> arguments,
                                    const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 0, 0));
  return BoundFunction{
      .type = DataType::integerType(),
      .nullable = false,
      .isDeterministic = false,
      .isFoldable = false,
      .argumentTypes = {},
      .kernel = [](EvalContext& context, std::span<const arrow::Datum>,
                   int64_t) -> Result<arrow::Datum> {
        return arrow::Datum(std::make_shared<arrow::Int32Scalar>(context.partition));
      },
      .sql = "SPARK_PARTITION_ID()"};
}

/// The partition in the upper 31 bits, the row in the lower 33.
Result<BoundFunction> bindIncreasingId(std::string_view name, std::span<const Argument> arguments,
                                       const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 0, 0));
  return BoundFunction{
      .type = DataType::longType(),
      .nullable = false,
      .isDeterministic = false,
      .isFoldable = false,
      .argumentTypes = {},
      .kernel = [](EvalContext& context, std::span<const arrow::Datum>,
                   int64_t rows) -> Result<arrow::Datum> {
        SPATE_ASSIGN_OR_FAIL(auto out, ColumnWriter<int64_t>::make(rows));
        const int64_t first = (int64_t{context.partition} << 33) + context.rowsBefore;
        for (int64_t i = 0; i < rows; ++i) out.set(i, first + i);
        SPATE_ASSIGN_OR_FAIL(auto array, std::move(out).finish(arrow::int64(), {}));
        return arrow::Datum(std::move(array));
      }};
}

Result<BoundFunction> bindUuid(std::string_view name, std::span<const Argument> arguments,
                               const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 0, 1));
  BoundFunction bound{.type = DataType::stringType(),
                      .nullable = false,
                      .isDeterministic = false,
                      .isFoldable = false,
                      .argumentTypes = {},
                      .kernel = nullptr,
                      .sql = "uuid()"};
  if (arguments.size() == 1) bound.argumentTypes.push_back(DataType::longType());
  bound.kernel = [](EvalContext&, std::span<const arrow::Datum> values,
                    int64_t rows) -> Result<arrow::Datum> {
    std::mt19937_64 engine(std::random_device{}());
    if (!values.empty()) engine.seed(static_cast<uint64_t>(Column<int64_t>(values[0])[0]));
    constexpr char kDigits[] = "0123456789abcdef";
    TextWriter out;
    SPATE_FAIL_IF_ERROR(out.reserve(rows, rows * 36));
    for (int64_t i = 0; i < rows; ++i) {
      std::array<uint64_t, 2> bits = {engine(), engine()};
      bits[0] = (bits[0] & ~uint64_t{0xf000}) | 0x4000;
      bits[1] = (bits[1] & ~(uint64_t{3} << 62)) | (uint64_t{1} << 63);
      std::string id;
      for (int digit = 0; digit < 32; ++digit) {
        if (digit == 8 || digit == 12 || digit == 16 || digit == 20) id += '-';
        id += kDigits[(bits[static_cast<size_t>(digit / 16)] >> (60 - digit % 16 * 4)) & 15];
      }
      SPATE_FAIL_IF_ERROR(out.append(id));
    }
    SPATE_ASSIGN_OR_FAIL(auto array, out.finish(arrow::utf8()));
    return arrow::Datum(std::move(array));
  };
  return bound;
}

constexpr std::array<ScalarFunction, 11> kFunctions = {{
    {"current_catalog", bindSessionText},
    {"current_database", bindSessionText},
    {"current_schema", bindSessionText},
    {"current_user", bindSessionText},
    {"input_file_name", bindSessionText},
    {"monotonically_increasing_id", bindIncreasingId},
    {"session_user", bindSessionText},
    {"spark_partition_id", bindPartition},
    {"user", bindSessionText},
    {"uuid", bindUuid},
    {"version", bindSessionText},
}};

}  // namespace

std::span<const ScalarFunction> sessionFunctions() { return kFunctions; }

}  // namespace spate
