#include <gmock/gmock.h>

#include "spate/sources/files/FileTest.h"
#include "spate/sources/files/XmlCases.h"

namespace spate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class XmlFormatTest : public FileTest {
 protected:
  std::vector<std::string> readXml(const std::string& document, Options options = {},
                                   const std::string& ddl = {}) {
    put("a.xml", document);
    options.emplace("rowTag", "r");
    return read("xml", "a.xml", options, ddl);
  }
};

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (size_t at = text.find(what); at != text.npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

TEST_F(XmlFormatTest, rowsAreThoseOfSpark) {
  for (const XmlCase& each : xmlCases()) {
    SCOPED_TRACE(each.document);
    put("a.xml", each.document);
    Options options = each.options;
    options.emplace("rowTag", "r");
    const auto scanned = scan("xml", "a.xml", options, each.columns);
    ASSERT_TRUE(scanned) << scanned.error().message();
    EXPECT_EQ(scanned->schema().simpleString(1000), each.type);
    if (scanned->schema().fields().empty()) continue;
    const auto result = rows(*scanned);
    ASSERT_TRUE(result) << result.error().message();
    std::vector<std::string> expected;
    for (const std::string& row : each.rows)
      expected.push_back(replaced(row, "$", replaced(each.document, "\n", "\\n")));
    EXPECT_THAT(*result, ::testing::ElementsAreArray(expected));
  }
}

TEST_F(XmlFormatTest, optionsAreCheckedWithSparksWords) {
  put("a.xml", "<r/>");
  EXPECT_THAT(read("xml", "a.xml"),
              ElementsAre("error XML_ROW_TAG_MISSING `rowTag` option is required for "
                          "reading/writing files in XML format."));
  EXPECT_THAT(read("xml", "a.xml", {}, "a int")[0], StartsWith("error XML_ROW_TAG_MISSING"));
  EXPECT_THAT(readXml("<r/>", {}, "a int, _corrupt_record int")[0],
              StartsWith("error INVALID_CORRUPT_RECORD_TYPE The column `_corrupt_record`"));
  EXPECT_THAT(readXml("<r/>", {{"rowTag", " "}})[0],
              HasSubstr("requirement failed: 'rowTag' option should not be an empty string."));
  EXPECT_THAT(readXml("<r/>", {{"rowTag", "<r>"}})[0],
              HasSubstr("requirement failed: 'rowTag' should not include angle brackets"));
  EXPECT_THAT(readXml("<r/>", {{"valueTag", "_"}})[0],
              HasSubstr("'valueTag' and 'attributePrefix' options should not be the same."));
  EXPECT_THAT(readXml("<r/>", {{"excludeAttribute", "x"}})[0],
              HasSubstr("excludeAttribute flag can be true or false"));
  EXPECT_THAT(readXml("<r/>", {{"samplingRatio", "0"}})[0], HasSubstr("should be greater than 0"));
  EXPECT_THAT(readXml("<r/>", {{"rowValidationXSDPath", "x.xsd"}})[0],
              HasSubstr("The option rowValidationXSDPath of XML is not supported."));
  EXPECT_THAT(readXml("<r/>", {}, "v variant")[0],
              StartsWith("error UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE The XML datasource"));
}

TEST_F(XmlFormatTest, failFastNamesTheRowAndFails) {
  const Options failFast = {{"mode", "FAILFAST"}};
  EXPECT_THAT(
      readXml("<s><r><a>1</a><b>x</b></r><r><a>no</a></r></s>", failFast, "a int, b string")[0],
      HasSubstr("[MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION] Malformed records are "
                "detected in record parsing: [null,null]"));
  EXPECT_THAT(readXml("<s><r><a>1</b></r></s>", failFast)[0],
              HasSubstr("Malformed records are detected in record parsing: _corrupt_record"));
}

TEST_F(XmlFormatTest, valuesOfTheRowsOwnElementFailTheFile) {
  const std::string ddl = "_a int, _VALUE int, _corrupt_record string";
  EXPECT_THAT(readXml("<s><r a='x'/></s>", {}, ddl)[0],
              StartsWith("error FAILED_READ_FILE.NO_HINT"));
  EXPECT_THAT(readXml("<s><r>x</r></s>", {}, ddl)[0], StartsWith("error FAILED_READ_FILE.NO_HINT"));
}

TEST_F(XmlFormatTest, bytesThatAreNoCharactersFailTheFile) {
  EXPECT_THAT(readXml("<s><r><a>\xff</a></r></s>", {}, "a string")[0],
              StartsWith("error FAILED_READ_FILE.NO_HINT"));
}

TEST_F(XmlFormatTest, encodings) {
  const std::string latin = "<s><r><a>\xe9</a></r></s>";
  EXPECT_THAT(readXml("<?xml version='1.0' encoding='ISO-8859-1'?>" + latin), ElementsAre("é"));
  EXPECT_THAT(readXml("<?xml version='1.0' encoding='windows-1252'?><s><r><a>\x80</a></r></s>"),
              ElementsAre("€"));
  EXPECT_THAT(readXml(latin, {{"encoding", "ISO-8859-1"}}), ElementsAre("é"));
  EXPECT_THAT(readXml("\xEF\xBB\xBF<s><r><a>1</a></r></s>"), ElementsAre("1"));
  EXPECT_THAT(readXml("<?xml version='1.0' encoding='nope'?><r/>", {}, "a int")[0],
              HasSubstr("the encoding of the XML document is not known"));
}

TEST_F(XmlFormatTest, recordsAreFoundAcrossBlocksOfTheFile) {
  std::string document = "<s>";
  for (int i = 0; i < 10'000; ++i)
    document += "<r><a>" + std::to_string(i) + "</a><t>some text</t></r>\n";
  const auto result = readXml(document + "</s>", {}, "a int, t string");
  ASSERT_EQ(result.size(), 10'000u);
  for (size_t i = 0; i < result.size(); ++i) ASSERT_EQ(result[i], std::to_string(i) + "|some text");
}

TEST_F(XmlFormatTest, someOfTheColumns) {
  put("a.xml", "<s><r><a>1</a><b>x</b></r><r><a>2</a></r></s>");
  const auto scanned = scan("xml", "a.xml", {{"rowTag", "r"}}, "a int, b string");
  const auto type = [](std::vector<StructField> fields) {
    return DataType::structOf(std::move(fields));
  };
  EXPECT_THAT(*rows(*scanned, type({{"b", DataType::stringType()}})), ElementsAre("x", "NULL"));
}

}  // namespace
}  // namespace spate
