// SPDX-License-Identifier: Apache-2.0
#include "model/widening.h"

#include <algorithm>

namespace hotload::model {
namespace {

struct IntegerRange {
  int bits = 0;  // 0: not an integer
  bool is_signed = false;
};

IntegerRange integer_range(TypeKind kind) {
  switch (kind) {
    case TypeKind::kTinyint:
      return {8, true};
    case TypeKind::kSmallint:
      return {16, true};
    case TypeKind::kInteger:
      return {32, true};
    case TypeKind::kBigint:
      return {64, true};
    case TypeKind::kUtinyint:
      return {8, false};
    case TypeKind::kUsmallint:
      return {16, false};
    case TypeKind::kUinteger:
      return {32, false};
    case TypeKind::kUbigint:
      return {64, false};
    default:
      return {};
  }
}

bool integer_fits(TypeKind from, TypeKind to) {
  const IntegerRange a = integer_range(from);
  const IntegerRange b = integer_range(to);
  if (a.bits == 0 || b.bits == 0) return false;
  if (a.is_signed == b.is_signed) return a.bits <= b.bits;
  return b.is_signed && a.bits < b.bits;
}

int timestamp_digits(TypeKind kind) {
  switch (kind) {
    case TypeKind::kTimestampS:
      return 0;
    case TypeKind::kTimestampMs:
      return 3;
    case TypeKind::kTimestamp:
      return 6;
    case TypeKind::kTimestampNs:
      return 9;
    default:
      return -1;
  }
}

bool timestamp_fits(TypeKind from, TypeKind to) {
  return timestamp_digits(from) >= 0 && timestamp_digits(from) <= timestamp_digits(to);
}

bool decimal_fits_same_scale(const Type& from, const Type& to) {
  return from.kind == TypeKind::kDecimal && to.kind == TypeKind::kDecimal &&
         from.scale == to.scale && from.width <= to.width;
}

// The decimal digits before the point that an integer may need.
int integer_digits(TypeKind kind) {
  switch (integer_range(kind).bits) {
    case 8:
      return 3;
    case 16:
      return 5;
    case 32:
      return 10;
    case 64:
      return integer_range(kind).is_signed ? 19 : 20;
    default:
      return kind == TypeKind::kHugeint || kind == TypeKind::kUhugeint ? 39 : 0;
  }
}

bool is_exact_number(TypeKind kind) {
  return integer_digits(kind) > 0 || kind == TypeKind::kDecimal;
}

// The same shape with pairwise `fits` children, by name and in the same order.
template <typename Fits>
bool children_fit(const Type& from, const Type& to, Fits fits) {
  if (from.kind != to.kind || from.children.size() != to.children.size()) return false;
  return std::equal(
      from.children.begin(), from.children.end(), to.children.begin(),
      [&](const Field& a, const Field& b) { return a.name == b.name && fits(a.type, b.type); });
}

// A column of type `to` takes every value of `from` by a CAST. Only DOUBLE rounds, as everywhere
// in SQL: it takes any number.
bool takes(const Type& to, const Type& from) {
  if (from.kind == TypeKind::kNull || from == to || integer_fits(from.kind, to.kind) ||
      timestamp_fits(from.kind, to.kind)) {
    return true;
  }
  const int digits = integer_digits(from.kind);
  if (to.kind == TypeKind::kDecimal) {
    if (digits > 0) return digits <= to.width - to.scale;
    return from.kind == TypeKind::kDecimal && from.scale <= to.scale &&
           from.width - from.scale <= to.width - to.scale;
  }
  if (to.kind == TypeKind::kDouble) {
    return from.kind == TypeKind::kFloat || from.kind == TypeKind::kDecimal || digits > 0;
  }
  if (from.kind == TypeKind::kDate) return timestamp_digits(to.kind) >= 0;
  // Zoned and plain timestamps name the same instant: sessions run in UTC.
  if (from.kind == TypeKind::kTimestampTz) return timestamp_digits(to.kind) >= 6;
  if (to.kind == TypeKind::kTimestampTz) {
    return timestamp_digits(from.kind) >= 0 && timestamp_digits(from.kind) <= 6;
  }
  if (to.kind == TypeKind::kVarchar) return !from.is_nested() && from.kind != TypeKind::kBlob;
  return from.is_nested() &&
         children_fit(from, to, [](const Type& a, const Type& b) { return takes(b, a); });
}

}  // namespace

bool adopts_own_files(const Type& live) {
  switch (live.kind) {
    case TypeKind::kHugeint:
    case TypeKind::kUhugeint:
    case TypeKind::kTimeTz:
    case TypeKind::kTimeNs:
    case TypeKind::kBit:
    case TypeKind::kEnum:
    case TypeKind::kArray:
    case TypeKind::kVariant:
    case TypeKind::kNull:
      return false;
    default:
      return std::all_of(live.children.begin(), live.children.end(),
                         [](const Field& child) { return adopts_own_files(child.type); });
  }
}

bool may_adopt(const Type& file, const Type& live) {
  if (!adopts_own_files(live)) return false;
  if (integer_fits(file.kind, live.kind) || timestamp_fits(file.kind, live.kind)) return true;
  if (file.kind == TypeKind::kDecimal) return decimal_fits_same_scale(file, live);
  if (file.children.empty()) return file == live;
  return children_fit(file, live, may_adopt);
}

bool can_widen(const Type& from, const Type& to) {
  if (from == to) return false;
  if (integer_fits(from.kind, to.kind) || timestamp_fits(from.kind, to.kind)) return true;
  return decimal_fits_same_scale(from, to);
}

bool can_rewrite(const Type& from, const Type& to) {
  switch (to.kind) {
    case TypeKind::kDouble:
      return integer_digits(from.kind) > 0;
    case TypeKind::kDecimal:
      return is_exact_number(from.kind) && takes(to, from);
    default:
      return from.kind == TypeKind::kDate && timestamp_digits(to.kind) >= 0;
  }
}

bool is_integer(const Type& type) { return integer_range(type.kind).bits > 0; }

bool cast_changes(const Type& from, const Type& to) {
  if (from.is_nested() || to.is_nested()) {
    return from.children.size() == to.children.size() &&
           !std::equal(
               from.children.begin(), from.children.end(), to.children.begin(),
               [](const Field& a, const Field& b) { return !cast_changes(a.type, b.type); });
  }
  const bool is_text = from.kind == TypeKind::kVarchar;
  if (to.kind == TypeKind::kDate) {
    return is_text || from.kind == TypeKind::kTimestampTz || timestamp_digits(from.kind) >= 0;
  }
  const bool is_number =
      is_exact_number(from.kind) || from.kind == TypeKind::kDouble || from.kind == TypeKind::kFloat;
  if (to.kind == TypeKind::kBoolean) return is_number;
  return is_exact_number(to.kind) && (is_text || (is_number && !takes(to, from)));
}

TypeMerge merge_types(const Type& live, const Type& declared) {
  if (takes(live, declared)) return TypeMerge::kKeep;
  const Type stored = storage_type(declared);
  if (takes(live, stored)) return TypeMerge::kKeep;
  if (can_widen(live, stored)) return TypeMerge::kWiden;
  return can_rewrite(live, stored) ? TypeMerge::kRewrite : TypeMerge::kMismatch;
}

}  // namespace hotload::model
