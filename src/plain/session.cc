// SPDX-License-Identifier: Apache-2.0
#include "plain/session.h"

#include "hotload/error.h"
#include "plain/parameters.h"
#include "plain/query.h"
#include "plain/unsupported.h"

namespace hotload::plain {

PlainSession::PlainSession(std::shared_ptr<remote::Client> client, DatabaseRef database,
                           const SessionOptions& options)
    : client_(std::move(client)), database_(std::move(database)), schema_(options.schema) {
  if (!options.as_of.empty()) throw unsupported("reading the past");
  if (!options.attachments.empty()) throw unsupported("attaching databases to a session");
}

ArrowStream PlainSession::query(const std::string& sql, const std::vector<Parameter>& parameters) {
  canceled_ = false;
  return run_query(client_, database_, {with_values(sql, parameters), schema_}, &canceled_);
}

int64_t PlainSession::write_parquet(ArrowStream, const std::string&) {
  throw unsupported("writing Parquet files in a session");
}

void PlainSession::begin() { throw unsupported("a SQL transaction"); }

void PlainSession::commit() {
  throw Error(ErrorCode::kInvalidArgument, "there is no transaction to commit");
}

}  // namespace hotload::plain
