// SPDX-License-Identifier: Apache-2.0
// The gate for SQL from outside that may write. The engine gives a tree for queries alone, so the
// frame of a statement that writes (what it does to which table, its columns) is read here, kind by
// kind, and written anew; every expression, type and query in it passes RestrictedSql. What is no
// such frame is refused.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lake/restricted_sql.h"
#include "lake/sql_tokens.h"

namespace hotload::lake {

struct AdmittedStatement {
  std::string sql;  // to run
  // What it does to the relations of the database, once it has run.
  std::vector<Uncommitted::Change> changes;
};

// Whether the one statement begins as a query does.
bool is_query(const std::string& sql);

// One statement; one thread. `databases` as RestrictedSql takes them: the first is written.
class RestrictedWrite {
 public:
  RestrictedWrite(engine::Connection& connection, const std::vector<VisibleDatabase>& databases)
      : connection_(connection), databases_(databases) {}

  // Throws as RestrictedSql::admit.
  AdmittedStatement admit(const std::string& sql);

 private:
  struct Target {
    std::string schema;
    std::string table;
    std::string full;     // for the engine
    std::string visible;  // for the gate
  };

  // The text between two tokens, and what of it the gate admits.
  std::string text(size_t begin, size_t end) const;
  std::string admit_query(size_t begin) const;
  // Each part admitted as it stands in the query of all of them.
  std::vector<std::string> admit_parts(const std::vector<std::string>& parts) const;

  const Token& peek(size_t ahead = 0) const;
  bool is_word(const char* word) const;
  bool take(const char* word);  // a word or a sign, if it is next
  void need(const char* word);
  bool take_exists(bool negated);  // IF [NOT] EXISTS
  std::string take_name();
  std::string take_column();   // a name, or the path of a field; quoted
  std::string take_columns();  // (a, b), quoted; empty when there is none
  std::string take_alias();
  Target take_target();
  void need_end() const;
  [[noreturn]] static void misread(const std::string& what);  // kInvalidArgument
  // The place of the word outside parentheses from here on; that of the end when it is not there.
  size_t find_word(const char* word) const;
  size_t find_sign(const char* sign, size_t end) const;

  std::string insert();
  std::string update();
  std::string remove();
  std::string truncate();
  std::string create();
  void note_created(const Target& target, bool if_missing);
  std::string create_table(bool replace);
  std::string create_view(bool replace);
  std::string create_schema();
  std::string drop();
  std::string alter();
  std::string alter_column(const std::string& column);
  std::string take_column_definition();
  std::string take_type(size_t end);
  std::string take_default(size_t end);
  std::string quoted_schema(const std::string& schema) const;

  engine::Connection& connection_;
  const std::vector<VisibleDatabase>& databases_;
  const std::string* sql_ = nullptr;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  std::vector<Uncommitted::Change> changes_;
};

}  // namespace hotload::lake
