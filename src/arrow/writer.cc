// SPDX-License-Identifier: Apache-2.0
#include "arrow/writer.h"

#include "arrow/ipc.h"
#include "arrow/rows.h"
#include "hotload/error.h"

namespace hotload::arrow {

namespace {

constexpr size_t kPartBytes = size_t{64} << 10;

class IpcWriter : public Writer {
 public:
  explicit IpcWriter(ArrowStream rows) : stream_(std::move(rows)) {
    Schema schema;
    check_stream(stream_, stream_.get()->get_schema(stream_.get(), schema.get()));
    encoder_ = std::make_unique<IpcEncoder>(*schema);
  }

  bool next(std::string& out) override {
    if (ended_) return false;
    if (!std::exchange(begun_, true)) encoder_->append_schema(out);
    const size_t enough = out.size() + kPartBytes;
    while (out.size() < enough) {
      if (!batch_.next_of(stream_)) {
        ended_ = true;
        encoder_->append_end(out);
        break;
      }
      if (batch_->length == 0) continue;
      encoder_->append_batch(*batch_, out);
      rows_ += batch_->length;
    }
    batch_.reset();
    return true;
  }
  int64_t rows() const override { return rows_; }

 private:
  ArrowStream stream_;
  std::unique_ptr<IpcEncoder> encoder_;
  Batch batch_;
  int64_t rows_ = 0;
  bool begun_ = false;
  bool ended_ = false;
};

// Formats that are written row by row.
class TextWriter : public Writer {
 public:
  explicit TextWriter(ArrowStream rows) : in_(std::move(rows)) {}

  bool next(std::string& out) override {
    if (ended_) return false;
    if (!std::exchange(begun_, true)) begin(out);
    const size_t enough = out.size() + kPartBytes;
    while (out.size() < enough) {
      if (!in_.next()) {
        ended_ = true;
        end(out);
        break;
      }
      row(out);
      ++rows_;
    }
    return true;
  }
  int64_t rows() const override { return rows_; }

 protected:
  virtual void begin(std::string& out) = 0;
  virtual void row(std::string& out) = 0;
  virtual void end(std::string&) {}

  Rows in_;
  int64_t rows_ = 0;

 private:
  bool begun_ = false;
  bool ended_ = false;
};

void append_json_row(const Rows& rows, std::string& out) {
  out += '[';
  for (int64_t i = 0; i < rows.width(); ++i) {
    if (i > 0) out += ',';
    rows.append_json(i, out, NotFinite::kNull);
  }
  out += ']';
}

class JsonWriter : public TextWriter {
 public:
  using TextWriter::TextWriter;

 protected:
  void begin(std::string& out) override { out += '['; }
  void row(std::string& out) override {
    if (rows_ > 0) out += ",\n";
    append_json_row(in_, out);
  }
  void end(std::string& out) override { out += ']'; }
};

class CsvWriter : public TextWriter {
 public:
  using TextWriter::TextWriter;

 protected:
  void begin(std::string& out) override {
    for (int64_t i = 0; i < in_.width(); ++i) {
      if (i > 0) out += ',';
      append_csv_field(CellKind::kText, in_.name(i), out);
    }
    out += "\r\n";
  }
  void row(std::string& out) override {
    std::string cell;
    for (int64_t i = 0; i < in_.width(); ++i) {
      if (i > 0) out += ',';
      cell.clear();
      const CellKind kind = in_.append_cell(i, cell);
      append_csv_field(kind, cell, out);
    }
    out += "\r\n";
  }
};

void append_markdown_cell(const std::string& text, std::string& out) {
  for (const char c : text) {
    if (c == '|' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "<br>";
    } else if (c != '\r') {
      out += c;
    }
  }
}

class MarkdownWriter : public TextWriter {
 public:
  using TextWriter::TextWriter;

 protected:
  void begin(std::string& out) override {
    out += '|';
    for (int64_t i = 0; i < in_.width(); ++i) {
      out += ' ';
      append_markdown_cell(in_.name(i), out);
      out += " |";
    }
    out += "\n|";
    for (int64_t i = 0; i < in_.width(); ++i) out += in_.numeric(i) ? " ---: |" : " --- |";
    out += '\n';
  }
  void row(std::string& out) override {
    out += '|';
    std::string cell;
    for (int64_t i = 0; i < in_.width(); ++i) {
      cell.clear();
      in_.append_cell(i, cell);
      out += ' ';
      append_markdown_cell(cell, out);
      out += " |";
    }
    out += '\n';
  }
};

}  // namespace

std::unique_ptr<Writer> make_writer(Format format, ArrowStream rows) {
  switch (format) {
    case Format::kIpc:
      return std::make_unique<IpcWriter>(std::move(rows));
    case Format::kJson:
      return std::make_unique<JsonWriter>(std::move(rows));
    case Format::kCsv:
      return std::make_unique<CsvWriter>(std::move(rows));
    case Format::kMarkdown:
      return std::make_unique<MarkdownWriter>(std::move(rows));
  }
  throw Error(ErrorCode::kInvalidArgument, "an unknown format");
}

std::vector<ColumnHead> column_heads(const ArrowSchema& schema) {
  std::vector<ColumnHead> heads;
  for (int64_t i = 0; i < schema.n_children; ++i) {
    const ArrowSchema& child = *schema.children[i];
    heads.push_back(
        {child.name != nullptr ? child.name : "", (child.flags & ARROW_FLAG_NULLABLE) != 0});
  }
  return heads;
}

JsonRows json_rows(ArrowStream stream, size_t max_bytes) {
  Rows rows(std::move(stream));
  JsonRows all;
  all.columns = column_heads(rows.schema());
  all.text = "[";
  while (rows.next()) {
    const size_t before = all.text.size();
    if (all.rows > 0) all.text += ',';
    append_json_row(rows, all.text);
    if (max_bytes > 0 && all.text.size() + 1 > max_bytes) {
      all.text.resize(before);
      all.complete = false;
      break;
    }
    ++all.rows;
  }
  all.text += ']';
  return all;
}

}  // namespace hotload::arrow
