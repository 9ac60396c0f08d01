#include "spate/functions/FunctionCalls.h"

namespace spate {
namespace {

// Against the definition, over times that jump to and fro, on and beside the borders of windows.
TEST(WindowTime, tumblingWindowsOfTimesInAnyOrder) {
  constexpr int64_t kSecond = 1'000'000;
  const DataType type = DataType::timestampType();
  const Input size = constant(DataType::stringType(), Datum(std::string_view("10 seconds")));
  const Input offset = constant(DataType::stringType(), Datum(std::string_view("3 seconds")));
  const std::vector<int64_t> times = {0,  3,  2,  12, 13,        13,        22,
                                      -7, -8, 23, 5,  1'000'000, -1'000'000};
  std::vector<Datum> micros;
  Row expected;
  for (const int64_t second : times) {
    micros.emplace_back(second * kSecond);
    const int64_t into = ((second - 3) % 10 + 10) % 10;
    const int64_t start = (second - into) * kSecond;
    expected.emplace_back(Row{Datum(start), Datum(start + 10 * kSecond)});
  }
  micros.emplace_back();
  micros.emplace_back(int64_t{2});
  expected.emplace_back(Row{Datum(), Datum()});
  expected.emplace_back(Row{Datum(-7 * kSecond), Datum(3 * kSecond)});
  EXPECT_EQ(call("window", {column(type, micros), size, size, offset}).value(), expected);
}

}  // namespace
}  // namespace spate
