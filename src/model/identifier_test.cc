// SPDX-License-Identifier: Apache-2.0
#include "model/identifier.h"

#include <gtest/gtest.h>

#include "hotload/error.h"
#include "model/vectors.h"

namespace hotload::model {
namespace {

using Check = void (*)(std::string_view);

void expect_names(const char* kind, Check check) {
  const boost::json::value vectors = read_vectors("names.json");
  for (const auto& name : vectors.at(kind).at("valid").as_array()) {
    EXPECT_NO_THROW(check(std::string(name.as_string()))) << name;
  }
  for (const auto& name : vectors.at(kind).at("invalid").as_array()) {
    EXPECT_THROW(check(std::string(name.as_string())), Error) << name;
  }
}

TEST(Identifier, DatabaseNamesAreFolderNames) {
  expect_names("database", check_database_name);
  EXPECT_NO_THROW(check_database_name(std::string(128, 'a')));
  EXPECT_THROW(check_database_name(std::string(129, 'a')), Error);
}

TEST(Identifier, SchemaNamesAreNotReserved) { expect_names("schema", check_schema_name); }

TEST(Identifier, ColumnNamesHoldAnythingPrintable) {
  expect_names("column", check_column_name);
  EXPECT_NO_THROW(check_table_name(std::string(255, 'a')));
  EXPECT_THROW(check_table_name(std::string(256, 'a')), Error);
  EXPECT_NO_THROW(check_column_name(std::string(1020, 'a')));
  EXPECT_THROW(check_column_name(std::string(1021, 'a')), Error);
  EXPECT_THROW(check_table_name("\xc3\x28"), Error);
}

TEST(Identifier, ColumnsThatDifferInCaseAloneClash) {
  EXPECT_NO_THROW(check_columns({{"a", "INTEGER"}, {"b", "INTEGER"}}));
  EXPECT_THROW(check_columns({{"a", "INTEGER"}, {"A", "INTEGER"}}), Error);
}

TEST(Identifier, QuotingDoublesTheMark) {
  const boost::json::value vectors = read_vectors("names.json");
  for (const auto& pair : vectors.at("quoted").as_array()) {
    EXPECT_EQ(quote_identifier(text_at(pair, 0)), text_at(pair, 1));
  }
  for (const auto& pair : vectors.at("literal").as_array()) {
    EXPECT_EQ(quote_literal(text_at(pair, 0)), text_at(pair, 1));
  }
}

TEST(Identifier, OnlyAsciiLettersFold) {
  const boost::json::value vectors = read_vectors("names.json");
  for (const auto& pair : vectors.at("same").as_array()) {
    EXPECT_TRUE(same_name(text_at(pair, 0), text_at(pair, 1))) << pair;
    EXPECT_EQ(fold_case(text_at(pair, 0)), fold_case(text_at(pair, 1)));
  }
  for (const auto& pair : vectors.at("different").as_array()) {
    EXPECT_FALSE(same_name(text_at(pair, 0), text_at(pair, 1))) << pair;
  }
}

TEST(Identifier, Utf8IsCheckedStrictly) {
  for (const char* valid : {"", "a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"}) {
    EXPECT_TRUE(is_valid_utf8(valid)) << valid;
  }
  for (const char* invalid : {"\x80", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80",
                              "\xf5\x80\x80\x80", "\xf4\x90\x80\x80", "\xc3", "\xe2\x82"}) {
    EXPECT_FALSE(is_valid_utf8(invalid)) << invalid;
  }
}

}  // namespace
}  // namespace hotload::model
