// SPDX-License-Identifier: Apache-2.0
#include "lake/schema_pin.h"

#include "engine/connection.h"
#include "lake/lake.h"
#include "lake/layout.h"

namespace hotload::lake {

// The type of the parameter is not known before the query runs, so it is bound once more then: what
// a statement has bound when it was prepared is not kept.
SchemaPin::SchemaPin(Lake& lake)
    : query_(engine::stream_query(
          lake.connect(), "SELECT ? FROM " + lake.table(kOwnSchema, "receipts") + " WHERE false",
          {int64_t{0}}, nullptr)) {}

}  // namespace hotload::lake
