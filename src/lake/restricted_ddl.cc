// SPDX-License-Identifier: Apache-2.0
// CREATE, DROP and ALTER of RestrictedWrite.
#include "lake/layout.h"
#include "lake/restricted_write.h"
#include "model/identifier.h"

namespace hotload::lake {

using model::quote_identifier;
using Kind = Uncommitted::Kind;

std::string RestrictedWrite::create() {
  const bool replace = take("or");
  if (replace) need("replace");
  if (take("table")) return create_table(replace);
  if (take("view")) return create_view(replace);
  if (!replace && take("schema")) return create_schema();
  throw Error(ErrorCode::kPermission, "a session creates schemas, tables and views alone");
}

// What is there already stays what it is, and is looked at when it is read.
void RestrictedWrite::note_created(const Target& target, bool if_missing) {
  if (if_missing && RestrictedSql(connection_, databases_).has(target.schema, target.table)) return;
  changes_.push_back({Kind::kCreated, target.schema, target.table});
}

std::string RestrictedWrite::create_table(bool replace) {
  const bool if_missing = take_exists(true);
  const Target target = take_target();
  note_created(target, if_missing);
  std::string written = std::string("CREATE ") + (replace ? "OR REPLACE " : "") + "TABLE " +
                        (if_missing ? "IF NOT EXISTS " : "") + target.full;
  if (take("as")) return written + " AS " + admit_query(at_);
  need("(");
  written += " (" + take_column_definition();
  while (take(",")) written += ", " + take_column_definition();
  need(")");
  need_end();
  return written + ")";
}

std::string RestrictedWrite::create_view(bool replace) {
  const bool if_missing = take_exists(true);
  const Target target = take_target();
  const std::string columns = take_columns();
  need("as");
  note_created(target, if_missing);
  return std::string("CREATE ") + (replace ? "OR REPLACE " : "") + "VIEW " +
         (if_missing ? "IF NOT EXISTS " : "") + target.full + columns + " AS " + admit_query(at_);
}

std::string RestrictedWrite::create_schema() {
  const bool if_missing = take_exists(true);
  std::string schema = take_name();
  if (take(".")) {
    if (!model::same_name(schema, databases_.front().catalog)) {
      throw Error(ErrorCode::kPermission, "a session creates schemas in its own database");
    }
    schema = take_name();
  }
  need_end();
  model::check_schema_name(schema);
  changes_.push_back({Kind::kSchemaCreated, schema, ""});
  return std::string("CREATE SCHEMA ") + (if_missing ? "IF NOT EXISTS " : "") +
         quoted_schema(schema);
}

std::string RestrictedWrite::drop() {
  std::string what;
  if (take("table")) what = "TABLE ";
  if (take("view")) what = "VIEW ";
  const bool schema = what.empty();
  if (schema) {
    need("schema");
    what = "SCHEMA ";
  }
  if (take_exists(false)) what += "IF EXISTS ";
  std::string written = "DROP " + what;
  if (schema) {
    const std::string name = take_name();
    model::check_schema_name(name);
    written += quoted_schema(name);
    changes_.push_back({Kind::kSchemaDropped, name, ""});
  } else {
    const Target target = take_target();
    written += target.full;
    changes_.push_back({Kind::kDropped, target.schema, target.table});
  }
  if (take("cascade"))
    written += " CASCADE";
  else if (take("restrict"))
    written += " RESTRICT";
  need_end();
  return written;
}

std::string RestrictedWrite::alter() {
  need("table");
  std::string written = "ALTER TABLE ";
  if (take_exists(false)) written += "IF EXISTS ";
  const Target target = take_target();
  written += target.full;
  if (take("rename")) {
    if (take("to")) {
      const std::string name = take_name();
      model::check_table_name(name);
      changes_.push_back({Kind::kDropped, target.schema, target.table});
      changes_.push_back({Kind::kCreated, target.schema, name});
      written += " RENAME TO " + quote_identifier(name);
    } else {
      take("column");
      const std::string from = take_column();
      need("to");
      written += " RENAME COLUMN " + from + " TO " + quote_identifier(take_name());
    }
  } else if (take("add")) {
    take("column");
    written += std::string(" ADD COLUMN ") + (take_exists(true) ? "IF NOT EXISTS " : "");
    written += take_column_definition();
  } else if (take("drop")) {
    take("column");
    written += std::string(" DROP COLUMN ") + (take_exists(false) ? "IF EXISTS " : "");
    written += take_column();
  } else {
    need("alter");
    take("column");
    const std::string column = take_column();
    written += " ALTER COLUMN " + column + alter_column(column);
  }
  need_end();
  return written;
}

std::string RestrictedWrite::alter_column(const std::string& column) {
  const size_t end = tokens_.size() - 1;
  if (take("drop")) {
    if (take("default")) return " DROP DEFAULT";
    need("not");
    need("null");
    return " DROP NOT NULL";
  }
  const bool set = take("set");
  if (set && take("default")) return " SET DEFAULT " + take_default(end);
  if (set && take("not")) {
    need("null");
    return " SET NOT NULL";
  }
  if (set) need("data");
  need("type");
  if (peek().kind == Token::Kind::kEnd) misread("column " + column + " needs a type");
  return " TYPE " + take_type(end);
}

// NAME TYPE [NOT NULL] [NULL] [DEFAULT x], in any order of the latter.
std::string RestrictedWrite::take_column_definition() {
  const size_t stop = [this] {
    size_t at = find_sign(",", tokens_.size() - 1);
    const int depth = peek().depth;
    for (size_t i = at_; i < at; ++i) {
      if (tokens_[i].depth < depth) at = i;  // the closing parenthesis of all columns
    }
    return at;
  }();
  std::string written = take_column();
  size_t type_end = at_;
  while (type_end < stop &&
         !(tokens_[type_end].kind == Token::Kind::kWord &&
           tokens_[type_end].depth == peek().depth &&
           (tokens_[type_end].text == "not" || tokens_[type_end].text == "null" ||
            tokens_[type_end].text == "default"))) {
    ++type_end;
  }
  written += " " + take_type(type_end);
  while (at_ < stop) {
    if (take("not")) {
      need("null");
      written += " NOT NULL";
    } else if (!take("null")) {
      need("default");
      size_t end = at_;
      while (end < stop && !(end > at_ && tokens_[end].kind == Token::Kind::kWord &&
                             tokens_[end].depth == peek().depth && tokens_[end].text == "not")) {
        ++end;
      }
      written += " DEFAULT " + take_default(end);
    }
  }
  return written;
}

std::string RestrictedWrite::take_type(size_t end) {
  const std::vector<std::string> admitted =
      admit_parts({"SELECT CAST(NULL AS ", text(at_, end), "\n)"});
  at_ = end;
  return admitted[1];
}

std::string RestrictedWrite::take_default(size_t end) {
  const std::vector<std::string> admitted = admit_parts({"SELECT (", text(at_, end), "\n)"});
  at_ = end;
  return admitted[1];
}

}  // namespace hotload::lake
