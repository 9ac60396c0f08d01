#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "spate/base/Logging.h"
#include "spate/dstream/FileInputStream.h"
#include "spate/dstream/StreamingContext.h"

namespace spate {
namespace {

namespace stdfs = std::filesystem;

using Lines = std::vector<std::string>;

/// Batches of one second from time 1000 s on, over files of a temporary directory.
class FileInputStreamTest : public ::testing::Test {
 protected:
  FileInputStreamTest() {
    std::string pattern = (stdfs::temp_directory_path() / "spate-files-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
    in_ = root_ + "/in";
    stdfs::create_directory(in_);
    setLogObserver([this](LogLevel, std::string_view, std::string_view message) {
      log_ += std::string(message) + "\n";
    });
  }
  ~FileInputStreamTest() override {
    stop();
    setLogObserver({});
    stdfs::remove_all(root_);
  }

  void put(const std::string& name, const std::string& content, int64_t modifiedMillis) {
    stdfs::create_directories(in_);
    const std::string hidden = in_ + "/." + name;
    std::ofstream(hidden, std::ios::binary) << content;
    const timespec time{modifiedMillis / 1000, (modifiedMillis % 1000) * 1'000'000};
    const timespec times[] = {time, time};
    ASSERT_EQ(::utimensat(AT_FDCWD, hidden.c_str(), times, 0), 0);
    stdfs::rename(hidden, in_ + "/" + name);
  }

  StreamingContext context(FaultPoints& faults = FaultPoints::none()) {
    StreamingEnvironment environment;
    environment.clock = clock_;
    environment.faultPoints = &faults;
    const auto conf = SparkConf().setMaster("local[2]").setAppName("files");
    return StreamingContext(conf, Seconds(1), environment);
  }
  /// Starts a program that collects each batch of `make(ssc)`; goes on from the checkpoint.
  template <class Make>
  void start(Make make, FaultPoints& faults = FaultPoints::none()) {
    ssc_ = StreamingContext::getOrCreate(root_ + "/checkpoint", [&] {
      StreamingContext ssc = context(faults);
      make(ssc).foreachRDD([this](const auto& rdd, Time time) {
        Lines lines = rdd.collect();
        std::sort(lines.begin(), lines.end());
        batches_[time.milliseconds() / 1000] = std::move(lines);
      });
      return ssc;
    });
    ssc_->start();
    clock_->waitUntilIdle();
  }
  void startText(FaultPoints& faults = FaultPoints::none()) {
    start([this](StreamingContext& ssc) { return ssc.textFileStream(in_); }, faults);
  }
  Lines batch() {
    clock_->advance(std::chrono::seconds(1));
    clock_->waitUntilIdle();
    return batches_[millisOf(clock_->now()) / 1000];
  }
  void stop() {
    if (ssc_) ssc_->stop();
    ssc_.reset();
  }
  /// What the stream ended with.
  std::string failureOfNextBatch() {
    clock_->advance(std::chrono::seconds(1));
    try {
      ssc_->awaitTermination();
    } catch (const SparkException& e) {
      return e.what();
    }
    return {};
  }

  std::string root_;
  std::string in_;
  std::string log_;
  std::shared_ptr<ManualClock> clock_ = std::make_shared<ManualClock>(timestampOfMillis(1'000'000));
  std::optional<StreamingContext> ssc_;
  std::map<int64_t, Lines> batches_;
};

TEST_F(FileInputStreamTest, linesOfNewFilesAreInTheBatchOfTheirTime) {
  startText();
  put("a", "one\ntwo\r\nthree", 1'000'400);
  put("b", "four\n", 1'000'900);
  EXPECT_EQ(batch(), (Lines{"four", "one", "three", "two"}));
  put("c", "five\n", 1'001'900);
  EXPECT_EQ(batch(), (Lines{"five"}));
  EXPECT_EQ(batch(), Lines{});
}

TEST_F(FileInputStreamTest, invalidUtf8IsReplaced) {
  startText();
  put("a", "caf\xE9!\n", 1'000'400);
  EXPECT_EQ(batch(), (Lines{"caf\xEF\xBF\xBD!"}));
}

TEST_F(FileInputStreamTest, directoryThatVanishesIsReadAgainWhenItIsBack) {
  startText();
  put("a", "one\n", 1'000'400);
  EXPECT_EQ(batch(), (Lines{"one"}));
  stdfs::remove_all(in_);
  EXPECT_EQ(batch(), Lines{});
  EXPECT_NE(log_.find("No directory to scan: " + in_), std::string::npos) << log_;
  put("b", "two\n", 1'002'400);
  EXPECT_EQ(batch(), (Lines{"two"}));
}

TEST_F(FileInputStreamTest, fileThatVanishesBeforeItIsReadFailsTheBatch) {
  start([this](StreamingContext& ssc) {
    // The filter runs while files are listed; the file is gone when the batch reads it.
    return ssc.fileStream(in_, [](const std::string& path) {
      stdfs::remove(path);
      return true;
    });
  });
  put("a", "one\n", 1'000'400);
  const std::string failure = failureOfNextBatch();
  EXPECT_NE(failure.find("Input path does not exist: file:" + in_ + "/a"), std::string::npos)
      << failure;
}

TEST_F(FileInputStreamTest, emptyFileIsReportedAsNotMovedIn) {
  startText();
  put("a", "", 1'000'400);
  EXPECT_EQ(batch(), Lines{});
  EXPECT_NE(log_.find("File " + in_ + "/a has no data in it."), std::string::npos) << log_;
}

TEST_F(FileInputStreamTest, restartTakesWhatCameMeanwhileAndNothingTwice) {
  startText();
  put("a", "one\n", 1'000'400);
  EXPECT_EQ(batch(), (Lines{"one"}));
  stop();
  put("b", "two\n", 1'001'500);
  clock_->advance(std::chrono::seconds(3));
  startText();
  Lines all;
  for (const auto& [time, lines] : batches_) all.insert(all.end(), lines.begin(), lines.end());
  EXPECT_EQ(all, (Lines{"one", "two"}));
  EXPECT_EQ(batches_[1002], (Lines{"two"}));
}

TEST_F(FileInputStreamTest, batchThatFailedReadsTheSameFilesAfterARestart) {
  FaultPoints faults;
  faults.failAt("afterRun", 1, Status::ioError("the test pulls the plug"));
  startText(faults);
  put("a", "one\n", 1'000'400);
  EXPECT_NE(failureOfNextBatch().find("pulls the plug"), std::string::npos);
  EXPECT_EQ(batches_[1001], (Lines{"one"}));
  stop();
  batches_.clear();
  put("b", "two\n", 1'000'500);  // would have been of that batch, had it come in time
  startText();
  EXPECT_EQ(batches_[1001], (Lines{"one"}));
  EXPECT_EQ(batch(), (Lines{"two"}));
}

TEST_F(FileInputStreamTest, windowAfterARestartHasTheFilesOfEarlierBatches) {
  const auto windowed = [this](StreamingContext& ssc) {
    return ssc.textFileStream(in_).window(Seconds(3), Seconds(1));
  };
  start(windowed);
  put("a", "one\n", 1'000'400);
  EXPECT_EQ(batch(), (Lines{"one"}));
  stop();
  start(windowed);
  put("b", "two\n", 1'001'400);
  EXPECT_EQ(batch(), (Lines{"one", "two"}));
  EXPECT_EQ(batch(), (Lines{"one", "two"}));
  EXPECT_EQ(batch(), (Lines{"two"}));
}

TEST_F(FileInputStreamTest, minRememberDurationIsASettingInSeconds) {
  StreamingContext ssc(SparkConf().setMaster("local").setAppName("files").set(
                           "spark.streaming.fileStream.minRememberDuration", "5"),
                       Seconds(1));
  EXPECT_EQ(fileStreamOptions(*ssc.graph(), in_).minRememberDuration, Seconds(5));
  ssc.stop();
}

TEST_F(FileInputStreamTest, binaryRecordsAreCutByLength) {
  start([this](StreamingContext& ssc) { return ssc.binaryRecordsStream(in_, 3); });
  put("a", "abcdefghi", 1'000'400);
  EXPECT_EQ(batch(), (Lines{"abc", "def", "ghi"}));
  put("b", "abcd", 1'001'400);
  EXPECT_NE(failureOfNextBatch().find("Partial record(length = 1)"), std::string::npos);
}

TEST_F(FileInputStreamTest, readerOfAnotherFormatIsAFunctionOfTheFiles) {
  start([this](StreamingContext& ssc) {
    SparkContext sc = ssc.sparkContext();
    return ssc.fileStream(in_, [sc](const std::vector<FileInfo>& files) {
      Lines names;
      for (const FileInfo& file : files) names.emplace_back(fileName(file.path));
      return RDD<std::string>(sc.parallelize(names));
    });
  });
  put("a", "x", 1'000'400);
  EXPECT_EQ(batch(), (Lines{"a"}));
}

TEST_F(FileInputStreamTest, otherFileSystemsAreRefused) {
  StreamingContext ssc = context();
  EXPECT_THROW(ssc.textFileStream("hdfs://host/in"), SparkUnsupportedOperationException);
  EXPECT_THROW(ssc.binaryRecordsStream(in_, 0), IllegalArgumentException);
  ssc.stop();
}

}  // namespace
}  // namespace spate
