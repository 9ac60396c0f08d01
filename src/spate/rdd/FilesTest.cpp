#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include "spate/rdd/Compression.h"
#include "spate/rdd/TestContext.h"

namespace spate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;
using Strings = std::vector<std::string>;

class Files : public testing::Test {
 protected:
  TestContext context;
  SparkContext& sc = context.sc;
};

TEST_F(Files, linesEndWithLfCrOrCrLf) {
  EXPECT_THAT(sc.textFile(context.write("a", "one\ntwo\r\nthree\rfour\n\nlast"), 1).collect(),
              ElementsAre("one", "two", "three", "four", "", "last"));
  EXPECT_THAT(sc.textFile(context.write("b", "one\r"), 1).collect(), ElementsAre("one"));
  EXPECT_THAT(sc.textFile(context.write("c", "one\r\r\n"), 1).collect(), ElementsAre("one", ""));
  EXPECT_EQ(0, sc.textFile(context.write("d", "")).count());
}

/// The lines of a text by the definition.
Strings linesOf(const std::string& text) {
  Strings lines;
  std::string line;
  bool open = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\n' && text[i] != '\r') {
      line += text[i];
      open = true;
      continue;
    }
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') ++i;
    lines.push_back(std::exchange(line, {}));
    open = false;
  }
  if (open) lines.push_back(line);
  return lines;
}

TEST_F(Files, splitsGiveEveryLineOnce) {
  rc::check([&] {
    const auto text = *rc::gen::container<std::string>(rc::gen::element('a', 'b', '\n', '\r'));
    const int splits = *rc::gen::inRange(1, 9);
    const std::string path = context.write("text", text);
    RC_ASSERT(linesOf(text) == sc.textFile(path, splits).collect());
  });
}

TEST_F(Files, bigFilesAreReadInSeveralPartitions) {
  std::string text;
  Strings expected;
  for (int i = 0; i < 60000; ++i) {
    expected.push_back("line " + std::to_string(i));
    text += expected.back() + "\n";
  }
  const auto lines = sc.textFile(context.write("big", text), 5);
  EXPECT_GE(lines.getNumPartitions(), 5);
  EXPECT_EQ(expected, lines.collect());
}

TEST_F(Files, pathsAreFilesDirectoriesPatternsAndLists) {
  context.write("in/a.txt", "a\n");
  context.write("in/b.txt", "b\n");
  context.write("in/_hidden", "no\n");
  context.write("in/.hidden", "no\n");
  EXPECT_THAT(sc.textFile(context.path("in")).collect(), ElementsAre("a", "b"));
  EXPECT_THAT(sc.textFile("file://" + context.path("in/*.txt")).collect(), ElementsAre("a", "b"));
  EXPECT_THAT(sc.textFile(context.path("in/{b,a}.txt")).collect(), UnorderedElementsAre("a", "b"));
  EXPECT_THAT(sc.textFile(context.path("in/b.txt") + "," + context.path("in/a.txt")).collect(),
              ElementsAre("b", "a"));
  EXPECT_EQ("Input path does not exist: file:" + context.path("x"),
            messageOf([&] { sc.textFile(context.path("x")); }));
  EXPECT_EQ("Input Pattern file:" + context.path("x*") + " matches 0 files",
            messageOf([&] { sc.textFile(context.path("x*")); }));
  context.write("in/sub/c.txt", "c");
  EXPECT_EQ("Not a file: file:" + context.path("in/sub"),
            messageOf([&] { sc.textFile(context.path("in")); }));
  EXPECT_EQ("No FileSystem for scheme \"hdfs\"", messageOf([&] { sc.textFile("hdfs://h/x"); }));
}

TEST_F(Files, invalidUtf8IsReplacedAndCounted) {
  EXPECT_THAT(sc.textFile(context.write("bad",
                                        "ok\nb\xff"
                                        "d\nok\n"),
                          1)
                  .collect(),
              ElementsAre("ok",
                          "b\xEF\xBF\xBD"
                          "d",
                          "ok"));
  EXPECT_EQ(1, sc.metrics().counter("text.invalidUtf8Lines").value());
}

TEST_F(Files, aLineOverTheLimitFailsTheJobClearly) {
  sc.stop();
  const SparkContext limited(
      SparkConf().setMaster("local").setAppName("limited").set("spate.text.maxLineBytes", "1k"));
  const std::string path = context.write("long", "short\n" + std::string(300000, 'x') + "\n");
  EXPECT_THAT(messageOf([&] { limited.textFile(path, 1).count(); }),
              HasSubstr("long: the line at byte 6 is longer than 1024 bytes "
                        "(spate.text.maxLineBytes)"));
  limited.stop();
}

TEST_F(Files, savedTextIsReadBackWithEveryCodec) {
  Strings lines;
  for (int i = 0; i < 20000; ++i) lines.push_back("line number " + std::to_string(i));
  const auto rdd = sc.parallelize(lines, 2);
  const std::vector<std::pair<std::string, std::string>> codecs{
      {"", ""},
      {"org.apache.hadoop.io.compress.GzipCodec", ".gz"},
      {"bzip2", ".bz2"},
      {"org.apache.hadoop.io.compress.ZStandardCodec", ".zst"},
      {"org.apache.hadoop.io.compress.DefaultCodec", ".deflate"}};
  for (const auto& [codec, extension] : codecs) {
    const std::string path = context.path("out" + extension);
    rdd.saveAsTextFile(path, codec);
    EXPECT_TRUE(FileSystem::local()->exists(path + "/part-00001" + extension)) << codec;
    EXPECT_TRUE(FileSystem::local()->exists(path + "/_SUCCESS")) << codec;
    EXPECT_EQ(lines, sc.textFile(path).collect()) << codec;
  }
  EXPECT_THAT(messageOf([&] { rdd.saveAsTextFile(context.path("s"), "snappy"); }),
              HasSubstr("Hadoop's framing of lz4 and snappy is not supported"));
  EXPECT_EQ("Compression codec zip was not found.",
            messageOf([&] { rdd.saveAsTextFile(context.path("s"), "zip"); }));
}

TEST_F(Files, membersOfAGzipFileAreOneTextAndACutOneIsAnError) {
  const auto gzip = [](const std::string& text) {
    StreamCompressor compressor = valueOrThrow(StreamCompressor::make(Compression::kGzip));
    std::string out;
    okOrThrow(compressor.add(text, out));
    okOrThrow(compressor.finish(out));
    return out;
  };
  EXPECT_THAT(sc.textFile(context.write("two.gz", gzip("a\nb") + gzip("c\n"))).collect(),
              ElementsAre("a", "bc"));
  const std::string whole = gzip(std::string(1000, 'x') + "\n");
  const std::string cut = context.write("cut.gz", whole.substr(0, whole.size() - 9));
  EXPECT_THAT(messageOf([&] { sc.textFile(cut).count(); }),
              HasSubstr("cut.gz: Unexpected end of input stream"));
}

TEST_F(Files, anOutputDirectoryIsThereAsAWholeOrNotAtAll) {
  const std::string path = context.path("out");
  const auto numbers = sc.range(0, 4, 1, 2);
  EXPECT_NE("", messageOf([&] {
              numbers.map([](int64_t i) { return i < 3 ? i : throw std::runtime_error("no"); })
                  .saveAsTextFile(path);
            }));
  EXPECT_TRUE(valueOrThrow(FileSystem::local()->list(context.path(""))).empty());
  numbers.map([](int64_t i) { return std::pair(i, "x" + std::to_string(i)); }).saveAsTextFile(path);
  EXPECT_EQ("(0,x0)\n(1,x1)\n", context.read("out/part-00000"));
  EXPECT_EQ("Output directory file:" + path + " already exists",
            messageOf([&] { numbers.saveAsTextFile(path); }));
  sc.range(7, 8, 1, 1).saveAsTextFileAtomically(path);
  EXPECT_EQ("7\n", context.read("out/part-00000"));
  EXPECT_FALSE(FileSystem::local()->exists(path + "/part-00001"));
}

TEST_F(Files, objectFilesKeepTypesAndNoticeDamage) {
  using Record = std::pair<std::string, std::optional<double>>;
  const std::vector<Record> records{{"a", 1.5}, {"b", std::nullopt}, {"c", -2}};
  const std::string path = context.path("objects");
  sc.parallelize(records, 2).saveAsObjectFile(path);
  EXPECT_EQ(records, sc.objectFile<Record>(path).collect());
  EXPECT_THAT(messageOf([&] { sc.objectFile<int>(path).collect(); }),
              HasSubstr("does not hold elements of type i32"));
  std::string bytes = context.read("objects/part-00000");
  context.write("objects/part-00000", bytes.substr(0, bytes.size() - 1));
  EXPECT_THAT(messageOf([&] { sc.objectFile<Record>(path).collect(); }), HasSubstr("ends in the"));
  bytes[bytes.size() - 20] ^= 4;
  context.write("objects/part-00000", bytes);
  EXPECT_NE("", messageOf([&] { sc.objectFile<Record>(path).collect(); }));
}

TEST_F(Files, wholeFilesComeWithTheirPaths) {
  context.write("in/a", "1\n2\n");
  context.write("in/b", "\xff");
  const auto files = sc.wholeTextFiles(context.path("in")).collectAsMap();
  EXPECT_EQ("1\n2\n", files.at("file:" + context.path("in/a")));
  EXPECT_EQ("\xEF\xBF\xBD", files.at("file:" + context.path("in/b")));
  EXPECT_EQ("\xff",
            sc.binaryFiles(context.path("in")).collectAsMap().at("file:" + context.path("in/b")));
}

TEST_F(Files, binaryRecordsHaveOneLength) {
  const std::string path = context.write("records", "aaabbbcccdddeee");
  EXPECT_THAT(sc.binaryRecords(path, 3).collect(), ElementsAre("aaa", "bbb", "ccc", "ddd", "eee"));
  EXPECT_THAT(messageOf([&] { sc.binaryRecords(path, 4).collect(); }),
              HasSubstr("Partial record(length = 3) found at the end of"));
}

}  // namespace
}  // namespace spate
