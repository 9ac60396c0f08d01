#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
#include <vector>

#include "spate/base/InMemoryFileSystem.h"
#include "spate/catalog/InMemoryCatalog.h"
#include "spate/catalog/TableDescription.h"

namespace spate {
namespace {

class InMemoryCatalogTest : public ::testing::Test {
 protected:
  static CatalogTable tableNamed(const std::string& name) {
    CatalogTable table;
    table.name = {"default", name};
    table.provider = "parquet";
    table.schema = DataType::structOf({{"day", DataType::dateType()},
                                       {"id", DataType::longType(), false},
                                       {"text", DataType::stringType()}});
    return table;
  }
  static std::string classOf(const Status& status) { return status.errorClass(); }
  std::string classOfCreate(const CatalogTable& table) {
    return classOf(catalog_.createTable(table, false));
  }

  std::shared_ptr<InMemoryFileSystem> files_ = std::make_shared<InMemoryFileSystem>();
  InMemoryCatalog catalog_{files_, "/warehouse"};
};

TEST_F(InMemoryCatalogTest, managedTableHasDirectoryThatGoesWithIt) {
  ASSERT_TRUE(catalog_.createTable(tableNamed("t"), false).ok());
  const auto table = catalog_.findTable({"default", "t"});
  ASSERT_TRUE(table);
  EXPECT_EQ(table->location, "/warehouse/t");
  EXPECT_TRUE(files_->exists("/warehouse/t"));
  EXPECT_TRUE(*catalog_.dropTable({"default", "t"}));
  EXPECT_FALSE(files_->exists("/warehouse/t"));
  EXPECT_FALSE(*catalog_.dropTable({"default", "t"}));
}

TEST_F(InMemoryCatalogTest, reservedNameIsNobodyElsesAndNotSeen) {
  const TableIdentifier name{"default", "t"};
  ASSERT_TRUE(catalog_.reserveTable(name).ok());
  EXPECT_FALSE(catalog_.findTable(name));
  EXPECT_EQ(classOf(catalog_.reserveTable(name)), "TABLE_OR_VIEW_ALREADY_EXISTS");
  EXPECT_EQ(classOfCreate(tableNamed("t")), "TABLE_OR_VIEW_ALREADY_EXISTS");
  catalog_.releaseTable(name);
  ASSERT_TRUE(catalog_.reserveTable(name).ok());
  ASSERT_TRUE(catalog_.registerTable(catalog_.prepareTable(tableNamed("t")).value()).ok());
  EXPECT_TRUE(catalog_.findTable(name));
  EXPECT_EQ(classOf(catalog_.reserveTable(name)), "TABLE_OR_VIEW_ALREADY_EXISTS");
}

/// Removes nothing, and looks at the catalog while it should.
class LookingFileSystem final : public FileSystem {
 public:
  Result<std::string> readFile(const std::string& path) override { return files_.readFile(path); }
  Result<FileInfo> stat(const std::string& path) override { return files_.stat(path); }
  Result<std::vector<FileInfo>> list(const std::string& directory) override {
    return files_.list(directory);
  }
  Status writeAtomically(const std::string& path, std::string_view bytes) override {
    return files_.writeAtomically(path, bytes);
  }
  Result<std::unique_ptr<AppendFile>> openAppend(const std::string& path) override {
    return files_.openAppend(path);
  }
  Status rename(const std::string& from, const std::string& to) override {
    return files_.rename(from, to);
  }
  Status createDirectories(const std::string& path) override {
    return files_.createDirectories(path);
  }
  Status removeAll(const std::string& /*path*/) override {
    looks_.push_back(std::async(std::launch::async, look));
    const auto status = looks_.back().wait_for(std::chrono::seconds(10));
    areFree = areFree && status == std::future_status::ready;
    return Status::ioError("not now");
  }

  std::function<void()> look;
  bool areFree = true;

 private:
  InMemoryFileSystem files_;
  std::vector<std::future<void>> looks_;
};

TEST_F(InMemoryCatalogTest, nameIsFreeWhenItsFilesAreGone) {
  const auto files = std::make_shared<LookingFileSystem>();
  InMemoryCatalog catalog(files, "/warehouse");
  ASSERT_TRUE(catalog.createTable(tableNamed("t"), false).ok());
  Status made;
  files->look = [&] { made = catalog.createTable(tableNamed("t"), false); };
  EXPECT_FALSE(catalog.dropTable({"default", "t"}));
  EXPECT_EQ(classOf(made), "TABLE_OR_VIEW_ALREADY_EXISTS");
  EXPECT_TRUE(catalog.createTable(tableNamed("t"), false).ok());
}

TEST_F(InMemoryCatalogTest, filesAreRemovedWhileOthersLookTablesUp) {
  const auto files = std::make_shared<LookingFileSystem>();
  InMemoryCatalog catalog(files, "/warehouse");
  files->look = [&] { static_cast<void>(catalog.databases()); };
  ASSERT_TRUE(catalog.createDatabase({"d", "", "", {}}, false).ok());
  CatalogTable table = tableNamed("t");
  table.name.database = "d";
  ASSERT_TRUE(catalog.createTable(table, false).ok());
  EXPECT_FALSE(catalog.dropDatabase("d", false, true).ok());
  EXPECT_TRUE(files->areFree);
  // What could not be removed is not in the catalog half.
  EXPECT_FALSE(catalog.findDatabase("d"));
  EXPECT_FALSE(catalog.findTable({"d", "t"}));
}

TEST_F(InMemoryCatalogTest, externalTableKeepsItsFiles) {
  CatalogTable table = tableNamed("t");
  table.isManaged = false;
  table.location = "/elsewhere";
  ASSERT_TRUE(files_->writeAtomically("/elsewhere/part-0", "x").ok());
  ASSERT_TRUE(catalog_.createTable(table, false).ok());
  EXPECT_TRUE(*catalog_.dropTable({"default", "t"}));
  EXPECT_TRUE(files_->exists("/elsewhere/part-0"));
}

TEST_F(InMemoryCatalogTest, partitionColumnsStandLastAndAllColumnsMayBeNull) {
  CatalogTable table = tableNamed("t");
  table.partitionColumns = {"DAY"};
  ASSERT_TRUE(catalog_.createTable(table, false).ok());
  const auto made = catalog_.findTable({"default", "t"});
  EXPECT_EQ(made->schema.simpleString(), "struct<id:bigint,text:string,day:date>");
  EXPECT_EQ(made->partitionColumns, std::vector<std::string>{"day"});
  for (const StructField& field : made->schema.fields()) EXPECT_TRUE(field.nullable);
}

TEST_F(InMemoryCatalogTest, whatCannotBeATableIsRefused) {
  ASSERT_TRUE(catalog_.createTable(tableNamed("t"), false).ok());
  EXPECT_EQ(classOfCreate(tableNamed("t")), "TABLE_OR_VIEW_ALREADY_EXISTS");
  EXPECT_TRUE(catalog_.createTable(tableNamed("t"), true).ok());
  EXPECT_EQ(classOfCreate(tableNamed("no-name")), "INVALID_SCHEMA_OR_RELATION_NAME");
  CatalogTable table = tableNamed("u");
  table.name.database = "nowhere";
  EXPECT_EQ(classOfCreate(table), "SCHEMA_NOT_FOUND");
  table = tableNamed("u");
  table.partitionColumns = {"zz"};
  EXPECT_EQ(classOfCreate(table), "COLUMN_NOT_DEFINED_IN_TABLE");
  table.partitionColumns = {"day", "id", "text"};
  EXPECT_EQ(classOfCreate(table), "ALL_PARTITION_COLUMNS_NOT_ALLOWED");
  table.partitionColumns = {"day", "day"};
  EXPECT_EQ(classOfCreate(table), "COLUMN_ALREADY_EXISTS");
  table = tableNamed("u");
  table.bucketing = BucketSpec{4, {"zz"}, {}};
  EXPECT_EQ(classOfCreate(table), "COLUMN_NOT_DEFINED_IN_TABLE");
}

TEST_F(InMemoryCatalogTest, filesOfAnEarlierServerAreInTheWay) {
  ASSERT_TRUE(files_->writeAtomically("/warehouse/t/part-0", "x").ok());
  const Status status = catalog_.createTable(tableNamed("t"), false);
  EXPECT_EQ(status.errorClass(), "LOCATION_ALREADY_EXISTS");
  EXPECT_EQ(status.parameters().at("location"), "'file:/warehouse/t'");
  EXPECT_FALSE(catalog_.findTable({"default", "t"}));
}

TEST_F(InMemoryCatalogTest, databases) {
  EXPECT_EQ(classOf(catalog_.dropDatabase("default", false, true)),
            "UNSUPPORTED_FEATURE.DROP_DATABASE");
  ASSERT_TRUE(catalog_.createDatabase({"d", "text", "", {}}, false).ok());
  EXPECT_EQ(classOf(catalog_.createDatabase({"d", "", "", {}}, false)), "SCHEMA_ALREADY_EXISTS");
  EXPECT_TRUE(catalog_.createDatabase({"d", "", "", {}}, true).ok());
  EXPECT_EQ(catalog_.findDatabase("d")->location, "/warehouse/d.db");
  CatalogTable table = tableNamed("t");
  table.name.database = "d";
  ASSERT_TRUE(catalog_.createTable(table, false).ok());
  EXPECT_EQ(catalog_.findTable({"d", "t"})->location, "/warehouse/d.db/t");
  EXPECT_FALSE(catalog_.findTable({"default", "t"}));
  EXPECT_EQ(classOf(catalog_.dropDatabase("d", false, false)), "SCHEMA_NOT_EMPTY");
  EXPECT_TRUE(catalog_.dropDatabase("d", false, true).ok());
  EXPECT_FALSE(files_->exists("/warehouse/d.db/t"));
  EXPECT_EQ(classOf(catalog_.dropDatabase("d", false, false)), "SCHEMA_NOT_FOUND");
  EXPECT_TRUE(catalog_.dropDatabase("d", true, false).ok());
  EXPECT_EQ(catalog_.databases().size(), 1U);
}

TEST_F(InMemoryCatalogTest, descriptionShowsPartitionsAndProperties) {
  CatalogTable table = tableNamed("t");
  table.partitionColumns = {"day"};
  table.comment = "it's";
  table.properties = {{"k", "v"}};
  table.options = {{"header", "true"}};
  ASSERT_TRUE(catalog_.createTable(table, false).ok());
  const auto made = catalog_.findTable({"default", "t"});
  const std::vector<DescriptionRow> expected = {
      {"id", "bigint", std::nullopt},         {"text", "string", std::nullopt},
      {"day", "date", std::nullopt},          {"# Partition Information", "", ""},
      {"# col_name", "data_type", "comment"}, {"day", "date", std::nullopt}};
  EXPECT_EQ(describeTable(*made, false), expected);
  const auto extended = describeTable(*made, true);
  EXPECT_NE(std::find(extended.begin(), extended.end(),
                      DescriptionRow{"Location", "file:/warehouse/t", ""}),
            extended.end());
  EXPECT_EQ(createTableText(*made),
            "CREATE TABLE spark_catalog.default.t (\n  id BIGINT,\n  text STRING,\n  day DATE)\n"
            "USING parquet\nOPTIONS (\n  'header' = 'true')\nPARTITIONED BY (day)\n"
            "COMMENT 'it\\'s'\nTBLPROPERTIES (\n  'k' = 'v')\n");
}

}  // namespace
}  // namespace spate
