#include <gtest/gtest.h>

#include "spate/functions/FamilyCall.h"

namespace spate::family {
namespace {

const DataType kInt = DataType::integerType();

Value withNull(std::initializer_list<int32_t> values) {
  Row row = integerRow(values);
  row.push_back(Datum());
  return array(std::move(row), kInt);
}

TEST(CollectionsTest, elements) {
  EXPECT_EQ(valueOf("array_contains", {integers({1, 2, 3}), integer(2)}), Datum(true));
  EXPECT_EQ(valueOf("array_contains", {withNull({1}), integer(2)}), Datum());
  EXPECT_EQ(valueOf("array_position", {integers({312, 773, 708}), integer(708)}),
            Datum(int64_t{3}));
  EXPECT_EQ(valueOf("element_at", {integers({1, 2, 3}), integer(-1)}), Datum(3));
  EXPECT_EQ(errorOf("element_at", {integers({1}), integer(5)}),
            "INVALID_ARRAY_INDEX_IN_ELEMENT_AT");
  EXPECT_EQ(errorOf("element_at", {integers({1}), integer(0)}), "INVALID_INDEX_OF_ZERO");
  EXPECT_EQ(valueOf("try_element_at", {integers({1}), integer(5)}), Datum());
  EXPECT_EQ(valueOf("get", {integers({1}), integer(5)}), Datum());
  EXPECT_EQ(errorOf("getArrayItem", {integers({1}), integer(1)}), "INVALID_ARRAY_INDEX");
  EXPECT_EQ(valueOf("size", {integers({1, 2})}), Datum(2));
  EXPECT_EQ(valueOf("array_max", {withNull({1, 20})}), Datum(20));
  EXPECT_EQ(valueOf("array_min", {withNull({})}), Datum());
  EXPECT_EQ(valueOf("array_join", {texts({"hello", "world"}), text(" ")}), Datum("hello world"));
  EXPECT_EQ(valueOf("slice", {integers({1, 2, 3, 4}), integer(-2), integer(2)}),
            Datum(integerRow({3, 4})));
}

TEST(CollectionsTest, sets) {
  EXPECT_EQ(valueOf("array_distinct", {integers({1, 2, 3, 1, 3})}), Datum(integerRow({1, 2, 3})));
  EXPECT_EQ(valueOf("array_union", {integers({1, 2}), integers({1, 3})}),
            Datum(integerRow({1, 2, 3})));
  EXPECT_EQ(valueOf("array_intersect", {integers({1, 2, 3}), integers({1, 3, 5})}),
            Datum(integerRow({1, 3})));
  EXPECT_EQ(valueOf("array_except", {integers({1, 2, 3}), integers({1, 3, 5})}),
            Datum(integerRow({2})));
  EXPECT_EQ(valueOf("arrays_overlap", {integers({1, 2}), withNull({3})}), Datum());
  EXPECT_EQ(valueOf("array_remove", {integers({1, 2, 3, 3}), integer(3)}),
            Datum(integerRow({1, 2})));
  EXPECT_EQ(valueOf("array_compact", {withNull({1})}), Datum(integerRow({1})));
  EXPECT_EQ(valueOf("sort_array", {withNull({2, 1})}), Datum(Row{Datum(), Datum(1), Datum(2)}));
  EXPECT_EQ(valueOf("array_sort", {withNull({2, 1})}), Datum(Row{Datum(1), Datum(2), Datum()}));
}

TEST(CollectionsTest, madeOfOtherThings) {
  EXPECT_EQ(valueOf("array", {integer(1), integer(2)}), Datum(integerRow({1, 2})));
  EXPECT_EQ(valueOf("array_append", {integers({1}), integer(2)}), Datum(integerRow({1, 2})));
  EXPECT_EQ(valueOf("array_prepend", {integers({1}), integer(2)}), Datum(integerRow({2, 1})));
  EXPECT_EQ(valueOf("array_insert", {integers({1, 2, 3, 4}), integer(5), integer(5)}),
            Datum(integerRow({1, 2, 3, 4, 5})));
  EXPECT_EQ(valueOf("array_insert", {integers({5, 4, 3, 2}), integer(-1), integer(1)}),
            Datum(integerRow({5, 4, 3, 2, 1})));
  EXPECT_EQ(valueOf("array_repeat", {integer(7), integer(2)}), Datum(integerRow({7, 7})));
  EXPECT_EQ(valueOf("reverse", {integers({2, 1, 4})}), Datum(integerRow({4, 1, 2})));
  EXPECT_EQ(valueOf("reverse", {text("Spärk")}), Datum("kräpS"));
  EXPECT_EQ(valueOf("concat", {integers({1}), integers({2})}), Datum(integerRow({1, 2})));
  EXPECT_EQ(valueOf("concat", {text("a"), text("b")}), Datum("ab"));
  EXPECT_EQ(valueOf("sequence", {integer(5), integer(1), integer(-2)}),
            Datum(integerRow({5, 3, 1})));
  EXPECT_EQ(errorOf("sequence", {integer(1), integer(5), integer(-1)}),
            "ILLEGAL_SEQUENCE_BOUNDARIES");
  const Value nested =
      array({Datum(integerRow({1})), Datum(integerRow({2, 3}))}, DataType::arrayOf(kInt));
  EXPECT_EQ(valueOf("flatten", {nested}), Datum(integerRow({1, 2, 3})));
}

TEST(CollectionsTest, maps) {
  const Value map = {Datum(MapValue{{Datum("a"), Datum("b")}, {Datum(1), Datum()}}),
                     DataType::mapOf(DataType::stringType(), kInt)};
  EXPECT_EQ(valueOf("map", {text("a"), integer(1)}), Datum(MapValue{{Datum("a")}, {Datum(1)}}));
  EXPECT_EQ(errorOf("map", {text("a"), integer(1), text("a"), integer(2)}), "DUPLICATED_MAP_KEY");
  EXPECT_EQ(errorOf("map", {null(DataType::stringType()), integer(1)}), "NULL_MAP_KEY");
  EXPECT_EQ(valueOf("map_keys", {map}), Datum(textRow({"a", "b"})));
  EXPECT_EQ(valueOf("map_values", {map}), Datum(Row{Datum(1), Datum()}));
  EXPECT_EQ(valueOf("map_contains_key", {map, text("b")}), Datum(true));
  EXPECT_EQ(valueOf("element_at", {map, text("a")}), Datum(1));
  EXPECT_EQ(valueOf("getMapValue", {map, text("x")}), Datum());
  EXPECT_EQ(valueOf("str_to_map", {text("a:1,b")}),
            Datum(MapValue{{Datum("a"), Datum("b")}, {Datum("1"), Datum()}}));
  SessionSettings lastWins;
  lastWins.conf = [](const std::string& key) -> std::optional<std::string> {
    if (key == "spark.sql.mapKeyDedupPolicy") return "LAST_WIN";
    return std::nullopt;
  };
  EXPECT_EQ(valueOf("map", {text("a"), integer(1), text("a"), integer(2)}, lastWins),
            Datum(MapValue{{Datum("a")}, {Datum(2)}}));
}

TEST(CollectionsTest, structs) {
  const Value pair = {Datum(Row{Datum(1), Datum("x")}),
                      DataType::structOf({{"A", kInt, true}, {"b", DataType::stringType(), true}})};
  EXPECT_EQ(valueOf("getStructField", {pair, text("a")}), Datum(1));
  EXPECT_EQ(errorOf("getStructField", {pair, text("c")}), "FIELD_NOT_FOUND");
  EXPECT_EQ(valueOf("named_struct", {text("a"), integer(1)}), Datum(Row{Datum(1)}));
  EXPECT_EQ(valueOf("updateField", {pair, text("b"), integer(2)}), Datum(Row{Datum(1), Datum(2)}));
  EXPECT_EQ(valueOf("dropField", {pair, text("b")}), Datum(Row{Datum(1)}));
}

}  // namespace
}  // namespace spate::family
