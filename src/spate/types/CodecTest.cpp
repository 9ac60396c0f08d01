#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "spate/base/Time.h"
#include "spate/types/Codec.h"

namespace spate {
namespace {

enum class Color : uint8_t { kRed = 1, kBlue = 7 };

struct Trip {
  int64_t id = 0;
  std::string station;
  std::vector<double> stops;
  bool operator==(const Trip&) const = default;
};
struct Opaque {};
struct Tree {
  int value = 0;
  std::vector<Tree> children;
  bool operator==(const Tree&) const = default;
};

}  // namespace

template <>
struct Codec<Trip> : FieldsCodec<&Trip::id, &Trip::station, &Trip::stops> {};

template <>
struct Codec<Tree> {
  static void encode(const Tree& t, std::string& out) {
    Codec<int>::encode(t.value, out);
    Codec<std::vector<Tree>>::encode(t.children, out);
  }
  static Tree decode(ByteReader& in) {
    return Tree{Codec<int>::decode(in), Codec<std::vector<Tree>>::decode(in)};
  }
  static std::string typeName() { return "tree"; }
};

namespace {

template <class T>
void expectRoundTrip(const T& value) {
  const std::string bytes = encodeToString(value);
  const Result<T> back = decodeFromString<T>(bytes);
  ASSERT_TRUE(back.has_value()) << back.error().toString();
  EXPECT_EQ(value, *back);
  // Every shorter form and one trailing byte are refused, not misread.
  for (size_t n = 0; n < bytes.size(); ++n) {
    EXPECT_FALSE(decodeFromString<T>(std::string_view(bytes).substr(0, n)).has_value());
  }
  EXPECT_EQ(StatusCode::kCorrupt, decodeFromString<T>(bytes + '\0').error().code());
}

TEST(Codec, everyGivenTypeComesBack) {
  using namespace std::chrono_literals;
  expectRoundTrip(true);
  expectRoundTrip('x');
  expectRoundTrip<int8_t>(-7);
  expectRoundTrip<uint16_t>(65535);
  expectRoundTrip<int32_t>(-2147483647 - 1);
  expectRoundTrip<long long>(1234567890123);
  expectRoundTrip(1.5f);
  expectRoundTrip(-1e300);
  expectRoundTrip(Color::kBlue);
  expectRoundTrip(std::string("a\0b", 3));
  expectRoundTrip(std::pair(std::string("word"), int64_t{11}));
  expectRoundTrip(std::tuple(1, std::string("x"), 2.0));
  expectRoundTrip(std::tuple<>());
  expectRoundTrip(std::optional<int>());
  expectRoundTrip(std::optional<std::string>("x"));
  expectRoundTrip(std::vector<std::string>{"a", "", "c"});
  expectRoundTrip(std::vector<bool>{true, false, true});
  expectRoundTrip(std::vector<std::monostate>(3));
  expectRoundTrip(std::array<std::string, 2>{"a", "b"});
  expectRoundTrip(std::map<std::string, int>{{"a", 1}, {"b", 2}});
  expectRoundTrip(std::unordered_map<int, std::vector<int>>{{1, {2, 3}}, {4, {}}});
  expectRoundTrip(std::set<int>{3, 1, 2});
  expectRoundTrip(std::unordered_set<std::string>{"x", "y"});
  expectRoundTrip(std::variant<int, std::string>("held"));
  expectRoundTrip(std::monostate());
  expectRoundTrip(Micros(5s));
  expectRoundTrip(timestampOfMillis(1700000000123));
}

TEST(Codec, ownTypesAreMembersOrFunctions) {
  expectRoundTrip(Trip{7, "Townsend", {1.0, 2.5}});
  expectRoundTrip(std::vector<Trip>{{1, "a", {}}, {2, "b", {3.0}}});
  expectRoundTrip(Tree{1, {Tree{2, {}}, Tree{3, {Tree{4, {}}}}}});
}

TEST(Codec, bytesAreTheDocumentedOnes) {
  EXPECT_EQ(std::string("\x01\0\0\0\0\0\0\0", 8), encodeToString(int64_t{1}));
  EXPECT_EQ("\x02hi", encodeToString(std::string("hi")));
  EXPECT_EQ("\x02hi", encodeToString(std::string_view("hi")));
  EXPECT_EQ(std::string("\x01", 1) + std::string("\x05\0\0\0", 4),
            encodeToString(std::optional<int>(5)));
  EXPECT_EQ("\xac\x02" + std::string(300, 'x'), encodeToString(std::string(300, 'x')));
}

TEST(Codec, typeNamesAreStable) {
  EXPECT_EQ("pair<string,i64>", (Codec<std::pair<std::string, long>>::typeName()));
  EXPECT_EQ("pair<string,i64>", (Codec<std::pair<std::string_view, long long>>::typeName()));
  EXPECT_EQ(
      "tuple<bool,char,u8,f32,optional<f64>>",
      (Codec<std::tuple<bool, char, unsigned char, float, std::optional<double>>>::typeName()));
  EXPECT_EQ("map<string,vector<i32>>",
            (Codec<std::unordered_map<std::string, std::vector<int>>>::typeName()));
  EXPECT_EQ("time<duration<i64,1/1000000>>", Codec<Timestamp>::typeName());
  EXPECT_EQ("struct<i64,string,vector<f64>>", Codec<Trip>::typeName());
  EXPECT_EQ("enum<u8>", Codec<Color>::typeName());
  EXPECT_EQ("array<i32,3>", (Codec<std::array<int, 3>>::typeName()));
  EXPECT_EQ("variant<unit,set<i32>>",
            (Codec<std::variant<std::monostate, std::set<int>>>::typeName()));
}

TEST(Codec, conceptSaysWhatCanBeKept) {
  static_assert(Encodable<std::pair<std::string, std::vector<int>>>);
  static_assert(!Encodable<Opaque>);
  static_assert(!Encodable<std::vector<std::pair<int, Opaque>>>);
  static_assert(EncodableOnly<std::pair<std::string_view, int>>);
  static_assert(!Encodable<std::pair<std::string_view, int>>);
  static_assert(!Encodable<std::vector<std::string_view>>);
  static_assert(!Encodable<int*>);
}

TEST(Codec, corruptLengthsNeitherCrashNorAllocate) {
  const std::string huge = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
  EXPECT_FALSE(decodeFromString<std::string>(huge + "abc").has_value());
  EXPECT_FALSE(decodeFromString<std::vector<std::string>>(huge).has_value());
  EXPECT_FALSE(decodeFromString<std::vector<double>>("\x7f" + std::string(200, 'x')).has_value());
  EXPECT_FALSE((decodeFromString<std::map<int, int>>(huge).has_value()));
  EXPECT_FALSE((decodeFromString<std::variant<int, bool>>("\x02").has_value()));
  EXPECT_FALSE(decodeFromString<bool>("\x02").has_value());
  EXPECT_FALSE(
      decodeFromString<std::string>("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f").has_value());
}

using Everything = std::tuple<std::vector<std::pair<std::string, int64_t>>,
                              std::map<std::string, std::vector<int>>, std::vector<uint8_t>,
                              std::set<int16_t>, double>;

TEST(Codec, anyValueComesBack) {
  EXPECT_TRUE(rc::check([](const Everything& value) {
    const auto back = decodeFromString<Everything>(encodeToString(value));
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == value);
  }));
}

TEST(Codec, anyBytesAreAValueOrCorrupt) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    const auto value = decodeFromString<Everything>(bytes);
    if (!value) RC_ASSERT(value.error().code() == StatusCode::kCorrupt);
    RC_ASSERT(!decodeFromString<Tree>(bytes) || bytes.size() >= 5);
  }));
}

}  // namespace
}  // namespace spate
