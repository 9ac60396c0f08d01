#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "spate/python/ChildProcess.h"
#include "spate/python/RowPickler.h"

namespace spate::python {
namespace {

/// What Python reads out of the pickle, as it shows it.
std::string readByPython(const std::string& pickle) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("row-pickler-" + std::to_string(::getpid()) + ".pickle");
  std::ofstream(path, std::ios::binary) << pickle;
  auto shown = ChildProcess::outputOf(
      {SPATE_TEST_PYTHON, "-c",
       "import pickle, sys; print(pickle.load(open(sys.argv[1], 'rb')), end='')", path.string()});
  std::filesystem::remove(path);
  return shown.value_or("not read");
}

TEST(RowPickler, valuesAreThoseOfSparksRows) {
  const DataType schema = DataType::structOf({
      {"i", DataType::integerType()},
      {"l", DataType::longType()},
      {"d", DataType::decimalType(10, 2)},
      {"s", DataType::stringType()},
      {"b", DataType::binaryType()},
      {"day", DataType::dateType()},
      {"a", DataType::arrayOf(DataType::doubleType())},
      {"m", DataType::mapOf(DataType::stringType(), DataType::booleanType())},
      {"r", DataType::structOf({{"x", DataType::byteType()}})},
  });
  auto pickler = RowPickler::make(schema);
  ASSERT_TRUE(pickler.has_value());
  pickler->add({Datum(-7), Datum(int64_t{1} << 40), Datum(Decimal{-150}), Datum("caf\u00e9"),
                Datum(std::string("\0\xff", 2)), Datum(19782), Datum(Row{Datum(0.5), Datum()}),
                Datum(MapValue{{Datum("k")}, {Datum(true)}}),
                Datum(Row{Datum(static_cast<int8_t>(1))})});
  pickler->add(Row(9));
  EXPECT_EQ(pickler->rows(), 2U);
  EXPECT_EQ(readByPython(pickler->finish()),
            "[Row(i=-7, l=1099511627776, d=Decimal('-1.50'), s='caf\u00e9', "
            "b=bytearray(b'\\x00\\xff'), day=datetime.date(2024, 2, 29), a=[0.5, None], "
            "m={'k': True}, r=Row(x=1)), "
            "Row(i=None, l=None, d=None, s=None, b=None, day=None, a=None, m=None, r=None)]");
}

TEST(RowPickler, noRowsAreAnEmptyList) {
  auto pickler = RowPickler::make(DataType::structOf({{"i", DataType::integerType()}}));
  EXPECT_EQ(readByPython(pickler->finish()), "[]");
}

TEST(RowPickler, typesWithoutAPythonValueAreRefused) {
  const auto pickler = RowPickler::make(
      DataType::structOf({{"v", DataType::arrayOf(DataType::calendarIntervalType())}}));
  ASSERT_FALSE(pickler.has_value());
  EXPECT_EQ(pickler.error().errorClass(), "UNSUPPORTED_DATATYPE");
}

}  // namespace
}  // namespace spate::python
