// SPDX-License-Identifier: Apache-2.0
// Plain values cross into Python as the dataclasses of hotload/values.py, and come back by their
// attributes. Records<T> names the fields of one struct in the order of its dataclass; the casters
// below follow from it. Enumerations cross as their words.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <array>
#include <string_view>
#include <tuple>
#include <utility>

#include "hotload/database.h"
#include "hotload/load.h"
#include "hotload/types.h"
#include "hotload/workspace.h"

namespace hotload::python {

template <typename Owner, typename Value>
struct Field {
  const char* name;
  Value Owner::* member;
};

template <typename Owner, typename Value>
constexpr Field<Owner, Value> field(const char* name, Value Owner::* member) {
  return {name, member};
}

template <typename T>
struct Record;

template <typename T>
concept IsRecord = requires { Record<T>::kFields; };

template <typename E>
struct Words;

#define HOTLOAD_RECORD(T, ...)                                      \
  template <>                                                       \
  struct Record<T> {                                                \
    static constexpr auto kName = nanobind::detail::const_name(#T); \
    static constexpr auto kFields = std::make_tuple(__VA_ARGS__);   \
  }

HOTLOAD_RECORD(Column, field("name", &Column::name), field("type", &Column::type),
               field("nullable", &Column::nullable));
HOTLOAD_RECORD(PartitionField, field("transform", &PartitionField::transform),
               field("column", &PartitionField::column),
               field("buckets", &PartitionField::buckets));
HOTLOAD_RECORD(SortColumn, field("column", &SortColumn::column),
               field("descending", &SortColumn::descending));
HOTLOAD_RECORD(TableInfo, field("schema", &TableInfo::schema), field("name", &TableInfo::name),
               field("columns", &TableInfo::columns), field("rows", &TableInfo::rows),
               field("files", &TableInfo::files), field("size_bytes", &TableInfo::size_bytes));
HOTLOAD_RECORD(LoadKey, field("schema", &LoadKey::schema),
               field("schema_name", &LoadKey::schema_name), field("load_id", &LoadKey::load_id));
HOTLOAD_RECORD(TableReceipt, field("table", &TableReceipt::table),
               field("inserted", &TableReceipt::inserted), field("updated", &TableReceipt::updated),
               field("deleted", &TableReceipt::deleted), field("files", &TableReceipt::files),
               field("size_bytes", &TableReceipt::size_bytes),
               field("adopted", &TableReceipt::adopted), field("created", &TableReceipt::created),
               field("dropped", &TableReceipt::dropped),
               field("truncated", &TableReceipt::truncated));
HOTLOAD_RECORD(Receipt, field("key", &Receipt::key), field("snapshot", &Receipt::snapshot),
               field("committed_at", &Receipt::committed_at), field("tables", &Receipt::tables));
HOTLOAD_RECORD(Scd2Options, field("valid_from", &Scd2Options::valid_from),
               field("valid_to", &Scd2Options::valid_to),
               field("row_version", &Scd2Options::row_version),
               field("boundary", &Scd2Options::boundary),
               field("active_marker", &Scd2Options::active_marker));
HOTLOAD_RECORD(TableSpec, field("name", &TableSpec::name), field("columns", &TableSpec::columns),
               field("disposition", &TableSpec::disposition),
               field("strategy", &TableSpec::strategy),
               field("primary_key", &TableSpec::primary_key),
               field("merge_key", &TableSpec::merge_key),
               field("dedup_sort", &TableSpec::dedup_sort),
               field("deduplicated", &TableSpec::deduplicated),
               field("hard_delete", &TableSpec::hard_delete), field("scd2", &TableSpec::scd2),
               field("source_filter", &TableSpec::source_filter),
               field("destination_scope", &TableSpec::destination_scope),
               field("skip_unchanged", &TableSpec::skip_unchanged),
               field("keep_undeclared", &TableSpec::keep_undeclared),
               field("parent", &TableSpec::parent), field("row_key", &TableSpec::row_key),
               field("parent_key", &TableSpec::parent_key), field("root_key", &TableSpec::root_key),
               field("partition", &TableSpec::partition), field("sort", &TableSpec::sort));
HOTLOAD_RECORD(StagedFile, field("table", &StagedFile::table), field("job_id", &StagedFile::job_id),
               field("rows", &StagedFile::rows), field("size_bytes", &StagedFile::size_bytes),
               field("adoptable", &StagedFile::adoptable));
HOTLOAD_RECORD(RowInsert, field("table", &RowInsert::table), field("columns", &RowInsert::columns),
               field("values", &RowInsert::values));
HOTLOAD_RECORD(RowDelete, field("table", &RowDelete::table), field("column", &RowDelete::column),
               field("value", &RowDelete::value));
HOTLOAD_RECORD(PendingLoad, field("key", &PendingLoad::key), field("jobs", &PendingLoad::jobs),
               field("size_bytes", &PendingLoad::size_bytes),
               field("touched_at", &PendingLoad::touched_at));
HOTLOAD_RECORD(ScrubFinding, field("kind", &ScrubFinding::kind),
               field("table", &ScrubFinding::table), field("detail", &ScrubFinding::detail));
HOTLOAD_RECORD(ScrubReport, field("tables", &ScrubReport::tables),
               field("files", &ScrubReport::files), field("rows", &ScrubReport::rows),
               field("findings", &ScrubReport::findings));
HOTLOAD_RECORD(TableEvent, field("snapshot", &TableEvent::snapshot),
               field("load_id", &TableEvent::load_id), field("schema", &TableEvent::schema),
               field("table", &TableEvent::table), field("kind", &TableEvent::kind));
HOTLOAD_RECORD(TableDiff, field("schema", &TableDiff::schema), field("table", &TableDiff::table),
               field("kind", &TableDiff::kind), field("key", &TableDiff::key),
               field("inserted", &TableDiff::inserted), field("updated", &TableDiff::updated),
               field("deleted", &TableDiff::deleted), field("altered", &TableDiff::altered));
HOTLOAD_RECORD(DatabaseDiff, field("since", &DatabaseDiff::since),
               field("until", &DatabaseDiff::until), field("tables", &DatabaseDiff::tables));
HOTLOAD_RECORD(MaintenanceReport, field("tables_compacted", &MaintenanceReport::tables_compacted),
               field("files_merged", &MaintenanceReport::files_merged),
               field("orphans_removed", &MaintenanceReport::orphans_removed),
               field("bytes_freed", &MaintenanceReport::bytes_freed),
               field("snapshots_expired", &MaintenanceReport::snapshots_expired),
               field("loads_expired", &MaintenanceReport::loads_expired));

#undef HOTLOAD_RECORD

template <>
struct Words<Disposition> {
  static constexpr std::array<std::pair<std::string_view, Disposition>, 3> kWords{
      {{"append", Disposition::kAppend},
       {"replace", Disposition::kReplace},
       {"merge", Disposition::kMerge}}};
};
template <>
struct Words<MergeStrategy> {
  static constexpr std::array<std::pair<std::string_view, MergeStrategy>, 5> kWords{
      {{"delete-insert", MergeStrategy::kDeleteInsert},
       {"upsert", MergeStrategy::kUpsert},
       {"insert-only", MergeStrategy::kInsertOnly},
       {"scd2", MergeStrategy::kScd2},
       {"cdc", MergeStrategy::kCdc}}};
};
template <>
struct Words<FileFormat> {
  static constexpr std::array<std::pair<std::string_view, FileFormat>, 3> kWords{
      {{"parquet", FileFormat::kParquet},
       {"jsonl", FileFormat::kJsonl},
       {"csv", FileFormat::kCsv}}};
};

}  // namespace hotload::python

namespace nanobind::detail {

template <typename T>
  requires hotload::python::IsRecord<T>
struct type_caster<T> {
  NB_TYPE_CASTER(T, const_name("hotload.values.") + hotload::python::Record<T>::kName)

  bool from_python(handle source, uint8_t flags, cleanup_list* cleanup) noexcept {
    return std::apply(
        [&](const auto&... fields) { return (read(source, fields, flags, cleanup) && ...); },
        hotload::python::Record<T>::kFields);
  }

  static handle from_cpp(const T& record, rv_policy policy, cleanup_list* cleanup) noexcept {
    try {
      auto type = module_::import_("hotload.values").attr(hotload::python::Record<T>::kName.text);
      object made = std::apply(
          [&](const auto&... fields) {
            return type(
                steal(make_caster<std::decay_t<decltype(record.*(fields.member))>>::from_cpp(
                    record.*(fields.member), policy, cleanup))...);
          },
          hotload::python::Record<T>::kFields);
      return made.release();
    } catch (python_error& error) {
      error.restore();
      return {};
    }
  }

 private:
  template <typename Owner, typename Value>
  bool read(handle source, const hotload::python::Field<Owner, Value>& field, uint8_t flags,
            cleanup_list* cleanup) noexcept {
    object attribute = steal(PyObject_GetAttrString(source.ptr(), field.name));
    if (!attribute.is_valid()) {
      PyErr_Clear();
      return false;
    }
    make_caster<Value> caster;
    if (!caster.from_python(attribute, flags, cleanup)) return false;
    value.*(field.member) = std::move(caster.value);
    return true;
  }
};

template <typename E>
struct word_caster {
  NB_TYPE_CASTER(E, const_name("str"))

  bool from_python(handle source, uint8_t, cleanup_list*) noexcept {
    Py_ssize_t size = 0;
    const char* text =
        PyUnicode_Check(source.ptr()) != 0 ? PyUnicode_AsUTF8AndSize(source.ptr(), &size) : nullptr;
    if (text == nullptr) {
      PyErr_Clear();
      return false;
    }
    for (const auto& [word, item] : hotload::python::Words<E>::kWords) {
      if (word == std::string_view(text, static_cast<size_t>(size))) {
        value = item;
        return true;
      }
    }
    return false;
  }
};

template <>
struct type_caster<hotload::Disposition> : word_caster<hotload::Disposition> {};
template <>
struct type_caster<hotload::MergeStrategy> : word_caster<hotload::MergeStrategy> {};
template <>
struct type_caster<hotload::FileFormat> : word_caster<hotload::FileFormat> {};

}  // namespace nanobind::detail
