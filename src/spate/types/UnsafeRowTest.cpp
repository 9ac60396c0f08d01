#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>

#include "spate/types/DataTypeDdl.h"
#include "spate/types/Murmur3.h"
#include "spate/types/UnsafeRow.h"

namespace spate {
namespace {

std::string bytesOf(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

DataType typeOf(const char* ddl) { return *schemaFromDdl(ddl); }

UnsafeRowCodec codecOf(const char* ddl) { return *UnsafeRowCodec::make(typeOf(ddl)); }

constexpr const char* kWindowKey = "window struct<start: timestamp, end: timestamp>, k string";
constexpr int64_t kEpoch = 1767225600000000;  // 2026-01-01 00:00:00 UTC

Row windowKey(int64_t startSecond, const char* key) {
  return {Row{kEpoch + startSecond * 1000000, kEpoch + (startSecond + 10) * 1000000}, key};
}

void expectRoundTrip(const char* ddl, const Row& row) {
  const UnsafeRowCodec codec = codecOf(ddl);
  std::string bytes;
  const Status status = codec.encode(row, bytes);
  ASSERT_TRUE(status.ok()) << status.toString();
  EXPECT_EQ(0u, bytes.size() % 8);
  const Result<Row> back = codec.decode(bytes);
  ASSERT_TRUE(back.has_value()) << back.error().toString();
  EXPECT_TRUE(row == *back) << ddl;
}

// Keys and a value of a windowed sum and count, as Spark 4.3 wrote them.
TEST(UnsafeRow, bytesAreSparks) {
  const std::string key = bytesOf(
      "0000000000000000180000001800000001000000300000000000000000000000004020464847060080d6b8464847"
      "06006200000000000000");
  const UnsafeRowCodec keys = codecOf(kWindowKey);
  std::string written;
  ASSERT_TRUE(keys.encode(windowKey(0, "b"), written).ok());
  EXPECT_EQ(key, written);
  EXPECT_TRUE(windowKey(0, "b") == *keys.decode(key));

  const std::string value = bytesOf("000000000000000009000000000000000300000000000000");
  EXPECT_TRUE((Row{int64_t{9}, int64_t{3}}) == *codecOf("sum long, count long").decode(value));
}

TEST(UnsafeRow, everyTypeComesBack) {
  expectRoundTrip("a boolean, b tinyint, c smallint, d int, e bigint, f float, g double",
                  {true, int8_t{-1}, int16_t{-2}, -3, int64_t{-4}, 1.5f, -2.5});
  expectRoundTrip("a string, b binary, c varchar(3), d char(2)",
                  {"", std::string("\0x", 2), "abc", "ab"});
  expectRoundTrip(
      "a date, b timestamp, c timestamp_ntz, d interval day to second, "
      "e interval year to month, f interval",
      {19000, int64_t{1}, int64_t{2}, int64_t{3}, 14, CalendarInterval{1, -2, 3}});
  Int128 large = 1;
  for (int i = 0; i < 37; ++i) large *= 10;
  expectRoundTrip("a decimal(10,2), b decimal(38,0), c decimal(38,0), d decimal(20,1)",
                  {Decimal{-12345}, Decimal{large}, Decimal{-large}, Decimal{-1}});
  expectRoundTrip(
      "a array<int>, b array<string>, c array<boolean>, d array<decimal(30,0)>",
      {Row{1, Datum(), 3}, Row{"x", Datum(), "longer than eight"}, Row{}, Row{Decimal{7}}});
  expectRoundTrip("m map<string, array<double>>, s struct<a: int, t: struct<b: string>>",
                  {MapValue{{"k"}, {Row{1.0, 2.0}}}, Row{1, Row{"deep"}}});
  expectRoundTrip("a int, b string, c decimal(38,0), d interval, e void, f array<int>", Row(6));
  expectRoundTrip("", {});
}

TEST(UnsafeRow, nullBitsGoBeyondOneWord) {
  std::string ddl;
  Row row;
  for (int i = 0; i < 130; ++i) {
    ddl += (i == 0 ? "c" : ",c") + std::to_string(i) + " int";
    row.push_back(i % 3 == 0 ? Datum() : Datum(i));
  }
  expectRoundTrip(ddl.c_str(), row);
}

TEST(UnsafeRow, largeDecimalsKeepSixteenBytesAsSparkDoes) {
  std::string bytes;
  ASSERT_TRUE(
      codecOf("a decimal(20,0), b decimal(20,0)").encode({Decimal{258}, Datum()}, bytes).ok());
  EXPECT_EQ(bytesOf("0200000000000000"
                    "0200000018000000"
                    "0000000028000000"
                    "01020000000000000000000000000000"
                    "00000000000000000000000000000000"),
            bytes);
}

TEST(UnsafeRow, refusesValuesOfAnotherType) {
  std::string out = "before";
  const UnsafeRowCodec codec = codecOf("a int, b array<string>");
  EXPECT_FALSE(codec.encode({int64_t{1}, Datum()}, out).ok());
  EXPECT_FALSE(codec.encode({1}, out).ok());
  EXPECT_FALSE(codec.encode({1, Row{"x", 2}}, out).ok());
  EXPECT_EQ("before", out);
  EXPECT_EQ("UNSUPPORTED_DATATYPE",
            UnsafeRowCodec::make(typeOf("a array<variant>")).error().errorClass());
  EXPECT_FALSE(UnsafeRowCodec::make(DataType::longType()).has_value());
}

TEST(UnsafeRow, anyBytesAreARowOrCorrupt) {
  const UnsafeRowCodec codec = codecOf(
      "a int, s string, d decimal(38,0), l array<array<array<int>>>, "
      "m map<string, struct<x: interval>>");
  std::string good;
  ASSERT_TRUE(codec
                  .encode({1, "text", Decimal{5}, Row{Row{Row{1, 2}}},
                           MapValue{{"k"}, {Row{CalendarInterval{1, 2, 3}}}}},
                          good)
                  .ok());
  EXPECT_TRUE(codec.decode(good).has_value());
  EXPECT_TRUE(rc::check([&] {
    std::string bytes = good;
    const int changes = *rc::gen::inRange(1, 4);
    for (int i = 0; i < changes; ++i) {
      bytes[static_cast<size_t>(*rc::gen::inRange<int>(0, static_cast<int>(bytes.size())))] =
          *rc::gen::arbitrary<char>();
    }
    (void)codec.decode(bytes);
    (void)codec.decode(std::string_view(bytes).substr(
        0, static_cast<size_t>(*rc::gen::inRange<int>(0, static_cast<int>(bytes.size())))));
  }));
}

// An array whose many elements all refer to the same bytes would unfold without bound.
TEST(UnsafeRow, sharedBytesAreCorrupt) {
  const UnsafeRowCodec codec = codecOf("l array<string>");
  std::string bytes;
  ASSERT_TRUE(codec.encode(Row(1, Row{std::string(64, 'x'), std::string(64, 'y')}), bytes).ok());
  const size_t slots = 16 + 16;
  bytes.replace(slots + 8, 8, bytes.substr(slots, 8));
  EXPECT_TRUE(codec.decode(bytes).has_value());
  std::string twice = bytes;
  twice[slots] = twice[slots + 8] = 127;
  EXPECT_EQ(StatusCode::kCorrupt, codec.decode(twice).error().code());
}

TEST(BigEndianBytes, areJavasAndComeBack) {
  EXPECT_EQ(bytesOf("00"), bigEndianBytes(0));
  EXPECT_EQ(bytesOf("7f"), bigEndianBytes(127));
  EXPECT_EQ(bytesOf("0080"), bigEndianBytes(128));
  EXPECT_EQ(bytesOf("80"), bigEndianBytes(-128));
  EXPECT_EQ(bytesOf("ff7f"), bigEndianBytes(-129));
  EXPECT_TRUE(rc::check([](int64_t high, uint64_t low) {
    const Int128 value = (static_cast<Int128>(high) << 64) | low;
    RC_ASSERT(fromBigEndianBytes(bigEndianBytes(value)) == value);
  }));
}

TEST(Murmur3, placesKeysAsSparkDid) {
  const DataType type = typeOf(kWindowKey);
  EXPECT_EQ(0, partitionOf(type, windowKey(0, "b"), 2));
  EXPECT_EQ(1, partitionOf(type, windowKey(0, "a"), 2));
  EXPECT_EQ(0, partitionOf(type, windowKey(40, "c"), 2));
  EXPECT_EQ(1, partitionOf(type, windowKey(20, "a"), 2));
}

TEST(Murmur3, knownAnswers) {
  // From the documentation of Spark's function hash().
  const DataType type = typeOf("a string, b array<int>, c int");
  EXPECT_EQ(-1321691492, murmur3(type, {"Spark", Row{123}, 2}));
  EXPECT_EQ(42, murmur3(type, {Datum(), Datum(), Datum()}));
  EXPECT_EQ(42, murmur3(typeOf(""), Row{}));
  const DataType doubles = typeOf("a double");
  EXPECT_EQ(murmur3(doubles, {0.0}), murmur3(doubles, {-0.0}));
  EXPECT_EQ(murmur3(doubles, {std::nan("1")}), murmur3(doubles, {-std::nan("2")}));
  EXPECT_EQ(murmur3OfLong(0, 42), murmur3(doubles, {0.0}));
  EXPECT_EQ(murmur3OfLong(5, 42), murmur3(typeOf("a decimal(18,0)"), {Decimal{5}}));
  EXPECT_EQ(murmur3OfBytes("\x05", 42), murmur3(typeOf("a decimal(19,0)"), {Decimal{5}}));
}

}  // namespace
}  // namespace spate
