#include <arrow/record_batch.h>
#include <gtest/gtest.h>

#include "spate/sinks/ConsoleSink.h"
#include "spate/sinks/SinkRegistry.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/ArrowValues.h"
#include "spate/types/DataTypeDdl.h"

namespace spate {
namespace {

OptionMap optionsOf(std::initializer_list<std::pair<const std::string, std::string>> options) {
  return OptionMap(std::map<std::string, std::string>(options));
}

class ConsoleSinkTest : public ::testing::Test {
 protected:
  std::unique_ptr<ConsoleSink> sink(const OptionMap& options = {}) {
    return *ConsoleSink::make(schema_, options, TimeZone::utc(),
                              [this](std::string_view text) { printed_ += text; });
  }
  std::shared_ptr<arrow::RecordBatchReader> rows(std::vector<Datum> values) const {
    const auto column = *columnOf(values, schema_.fields()[0].type);
    const auto batch = arrow::RecordBatch::Make(*toArrowSchema(schema_),
                                                static_cast<int64_t>(values.size()), {column});
    return *arrow::RecordBatchReader::Make({batch}, batch->schema());
  }

  const DataType schema_ = *schemaFromDdl("word string");
  std::string printed_;
};

TEST_F(ConsoleSinkTest, aBatchIsPrintedAsSparkDoes) {
  const auto made = sink();
  const auto second = *made->write({0}, 1, *rows({"b"}));
  const auto lost = *made->write({0}, 0, *rows({"lost"}));
  const auto first = *made->write({0}, 0, *rows({"a", "a word of more than twenty letters"}));
  EXPECT_EQ(printed_, "");
  ASSERT_TRUE(made->commit({0}, {second, first}).ok());
  const std::string expected =
      "-------------------------------------------\n"
      "Batch: 0\n"
      "-------------------------------------------\n"
      "+--------------------+\n"
      "|                word|\n"
      "+--------------------+\n"
      "|                   a|\n"
      "|a word of more th...|\n"
      "|                   b|\n"
      "+--------------------+\n"
      "\n";
  EXPECT_EQ(printed_, expected);
  ASSERT_TRUE(made->commit({0}, {second, first}).ok());
  EXPECT_EQ(printed_, expected);
}

TEST_F(ConsoleSinkTest, optionsSayHowMuchIsShown) {
  const auto made = sink(optionsOf({{"numRows", "1"}, {"truncate", "false"}}));
  const auto result = *made->write({3}, 0, *rows({"a word of more than twenty letters", "b", "c"}));
  EXPECT_EQ(result.rows, 3);
  ASSERT_TRUE(made->commit({3}, {result}).ok());
  EXPECT_NE(printed_.find("|a word of more than twenty letters|\n"), std::string::npos);
  EXPECT_TRUE(printed_.ends_with("+\nonly showing top 1 row\n"));
  EXPECT_FALSE(ConsoleSink::make(schema_, optionsOf({{"numRows", "x"}}), TimeZone::utc(), {}));
}

TEST(SinkRegistry, sinksAreFoundByName) {
  SinkDefinition definition;
  definition.schema = *schemaFromDdl("word string");
  const auto errorOf = [&](const std::string& format) {
    definition.format = format;
    return checkSink(definition);
  };
  EXPECT_TRUE(errorOf("noop").ok());
  EXPECT_TRUE(errorOf("Console").ok());
  EXPECT_EQ(errorOf("nope").errorClass(), "DATA_SOURCE_NOT_FOUND");
  EXPECT_TRUE(errorOf("kafka").message().starts_with("Failed to find data source: kafka."));
  EXPECT_EQ(errorOf("rate").message(), "Data source rate does not support streamed writing.");
  EXPECT_EQ(errorOf("parquet").message(), "'path' is not specified");
  definition.path = "/tmp/x";
  EXPECT_TRUE(errorOf("parquet").ok());
  definition.outputMode = "complete";
  EXPECT_EQ(errorOf("parquet").message(),
            "Data source parquet does not support Complete output mode");
}

}  // namespace
}  // namespace spate
