// SPDX-License-Identifier: Apache-2.0
// insert-only: rows whose key the target holds already are left out, all others come, and what is
// nested in a row that is there.
#pragma once

#include "plan/batch.h"
#include "plan/builder.h"

namespace hotload::plan {

void merge_insert_only(Builder& builder, const Chain& chain);

// Once the root's rows are in: the nested rows whose row key is new and whose owner is there under
// the row key that they name. A row that did not come because its key was there, perhaps spelt in
// another way (1, 1.0), brings none that would belong to no row.
void append_new_nested(Builder& builder, const Chain& chain);

}  // namespace hotload::plan
