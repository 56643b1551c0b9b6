// SPDX-License-Identifier: Apache-2.0
// Keeps alive what the engine has read of a lake's schema. A transaction that makes or alters
// tables points into that until its end, but the engine lets go of it when memory is short, or when
// two connections have read the same version at once (docs/decisions/0018-schema-pins.md).
#pragma once

#include "hotload/arrow.h"

namespace hotload::lake {

class Lake;

class SchemaPin {
 public:
  // What is known now: to be called before the statement that will point into it.
  explicit SchemaPin(Lake& lake);

 private:
  ArrowStream query_;  // the engine keeps what a running query has bound
};

}  // namespace hotload::lake
