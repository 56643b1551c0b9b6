// SPDX-License-Identifier: Apache-2.0
// The JSON messages of the API, multipart uploads among them: whatever comes is read or refused
// with an Error or a Failure, and what is read can be written.
#include <cstdint>
#include <string>

#include "api/databases.h"
#include "api/errors.h"
#include "api/loads.h"
#include "api/queries.h"
#include "api/uploads.h"
#include "model/json_reader.h"

namespace hotload {
namespace {

template <typename Read>
void attempt(Read read) {
  try {
    read();
  } catch (const Error&) {
    // Refused.
  } catch (const api::Failure&) {
    // Refused.
  }
}

void run(const std::string& text) {
  api::error_of(400, text);
  boost::json::value json;
  try {
    json = model::parse_json(text);
  } catch (const Error&) {
    return;
  }
  attempt([&] {
    for (const api::SchemaDecl& schema : api::create_database_from_json(json).schemas) {
      for (const api::TableDecl& table : schema.tables) {
        api::table_decl_from_json(to_json(table), "");
      }
    }
  });
  attempt([&] {
    const api::BulkCreateRequest bulk = api::bulk_create_from_json(json);
    if (bulk.name_template) api::bulk_label(bulk, 0, "b");
  });
  attempt([&] { api::load_from_json(json); });
  attempt([&] { api::query_from_json(json); });
  attempt([&] { to_json(api::job_from_json(json)); });
  attempt([&] { to_json(api::run_from_json(json)); });
  attempt([&] { api::create_upload_from_json(json); });
  attempt([&] { api::minted_json(api::finalize_parts_from_json(json)); });
  attempt([&] { api::part_numbers_from_json(json); });
}

}  // namespace
}  // namespace hotload

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  hotload::run(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
