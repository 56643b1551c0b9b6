// SPDX-License-Identifier: Apache-2.0
// Which types fit into which: adopted from a Parquet file as they lie, widened in place by ALTER,
// or met by an incoming declaration. Each answer was tried on the engine with filters that prune:
// it pushes constants down in the narrower type, so that DATE below TIMESTAMP, DECIMAL of another
// scale, integers or FLOAT below DOUBLE give wrong answers although plain reads are right.
#pragma once

#include "model/type.h"

namespace hotload::model {

// A Parquet file with a column of type `file` may become a data file of a table whose column has
// the type `live`.
bool may_adopt(const Type& file, const Type& live);

// The engine itself writes columns of this type to Parquet in a way that it may adopt again.
bool adopts_own_files(const Type& live);

// ALTER changes `from` to `to` in place, every value is kept, and filters stay right.
bool can_widen(const Type& from, const Type& to);

// Of at most 64 bits.
bool is_integer(const Type& type);

// A column of `from` takes the values of `to` once its rows are written anew in that type. Whether
// DOUBLE holds each integer is seen when they are.
bool can_rewrite(const Type& from, const Type& to);

// A CAST of values from `from` to `to` may change one without a word (2.7 to 3, a time of day that
// is lost); what `to` cannot hold at all it refuses by itself. Left to it: DOUBLE, which rounds as
// everywhere in SQL, and what is finer than a timestamp's last digit, which is cut.
bool cast_changes(const Type& from, const Type& to);

enum class TypeMerge {
  kKeep,      // values of the declared type are cast to the live one
  kWiden,     // the live column is altered to the declared type
  kRewrite,   // the live table is written anew with the declared type
  kMismatch,  // neither holds the other's values
};

// What an existing column of type `live` does when a load declares it as `declared`;
// widening and rewriting go to the storage type (type.h) of the declared one.
TypeMerge merge_types(const Type& live, const Type& declared);

}  // namespace hotload::model
