// SPDX-License-Identifier: Apache-2.0
// parse_type(): a recursive-descent parser of SQL type texts, bounded in length and depth.
#include <charconv>
#include <set>

#include "hotload/error.h"
#include "model/identifier.h"
#include "model/type.h"

namespace hotload::model {
namespace {

constexpr size_t kMaxTextBytes = 64 * 1024;
constexpr int kMaxDepth = 32;
constexpr int kMaxDecimalWidth = 38;

struct Spelling {
  std::string_view text;
  TypeKind kind;
};

// Every spelling of a plain type in lower case; words are joined by one blank.
constexpr Spelling kSpellings[] = {{"boolean", TypeKind::kBoolean},
                                   {"bool", TypeKind::kBoolean},
                                   {"logical", TypeKind::kBoolean},
                                   {"tinyint", TypeKind::kTinyint},
                                   {"int1", TypeKind::kTinyint},
                                   {"smallint", TypeKind::kSmallint},
                                   {"int2", TypeKind::kSmallint},
                                   {"short", TypeKind::kSmallint},
                                   {"int16", TypeKind::kSmallint},
                                   {"integer", TypeKind::kInteger},
                                   {"int", TypeKind::kInteger},
                                   {"int4", TypeKind::kInteger},
                                   {"int32", TypeKind::kInteger},
                                   {"signed", TypeKind::kInteger},
                                   {"bigint", TypeKind::kBigint},
                                   {"int8", TypeKind::kBigint},
                                   {"long", TypeKind::kBigint},
                                   {"int64", TypeKind::kBigint},
                                   {"hugeint", TypeKind::kHugeint},
                                   {"int128", TypeKind::kHugeint},
                                   {"utinyint", TypeKind::kUtinyint},
                                   {"uint8", TypeKind::kUtinyint},
                                   {"usmallint", TypeKind::kUsmallint},
                                   {"uint16", TypeKind::kUsmallint},
                                   {"uinteger", TypeKind::kUinteger},
                                   {"uint32", TypeKind::kUinteger},
                                   {"ubigint", TypeKind::kUbigint},
                                   {"uint64", TypeKind::kUbigint},
                                   {"uhugeint", TypeKind::kUhugeint},
                                   {"uint128", TypeKind::kUhugeint},
                                   {"float", TypeKind::kFloat},
                                   {"float4", TypeKind::kFloat},
                                   {"real", TypeKind::kFloat},
                                   {"double", TypeKind::kDouble},
                                   {"double precision", TypeKind::kDouble},
                                   {"float8", TypeKind::kDouble},
                                   {"varchar", TypeKind::kVarchar},
                                   {"text", TypeKind::kVarchar},
                                   {"string", TypeKind::kVarchar},
                                   {"char", TypeKind::kVarchar},
                                   {"character", TypeKind::kVarchar},
                                   {"bpchar", TypeKind::kVarchar},
                                   {"nvarchar", TypeKind::kVarchar},
                                   {"character varying", TypeKind::kVarchar},
                                   {"json", TypeKind::kJson},
                                   {"blob", TypeKind::kBlob},
                                   {"bytea", TypeKind::kBlob},
                                   {"binary", TypeKind::kBlob},
                                   {"varbinary", TypeKind::kBlob},
                                   {"bit", TypeKind::kBit},
                                   {"bitstring", TypeKind::kBit},
                                   {"uuid", TypeKind::kUuid},
                                   {"guid", TypeKind::kUuid},
                                   {"date", TypeKind::kDate},
                                   {"time", TypeKind::kTime},
                                   {"time without time zone", TypeKind::kTime},
                                   {"time_ns", TypeKind::kTimeNs},
                                   {"timetz", TypeKind::kTimeTz},
                                   {"time with time zone", TypeKind::kTimeTz},
                                   {"timestamp_s", TypeKind::kTimestampS},
                                   {"timestamp_ms", TypeKind::kTimestampMs},
                                   {"timestamp", TypeKind::kTimestamp},
                                   {"datetime", TypeKind::kTimestamp},
                                   {"timestamp_us", TypeKind::kTimestamp},
                                   {"timestamp without time zone", TypeKind::kTimestamp},
                                   {"timestamp_ns", TypeKind::kTimestampNs},
                                   {"timestamptz", TypeKind::kTimestampTz},
                                   {"timestamp with time zone", TypeKind::kTimestampTz},
                                   {"interval", TypeKind::kInterval},
                                   {"variant", TypeKind::kVariant},
                                   {"null", TypeKind::kNull}};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Type parse_all() {
    Type type = parse(0);
    skip_blanks();
    if (at_ != text_.size()) fail("text after the type");
    return type;
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    const std::string_view head = text_.substr(0, 80);
    throw Error(ErrorCode::kInvalidArgument,
                "type " + quote_literal(is_valid_utf8(head) ? head : "(not UTF-8)") +
                    (text_.size() > 80 ? "..." : "") + " at byte " + std::to_string(at_) + ": " +
                    why);
  }

  static bool is_word_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (static_cast<unsigned char>(c) & 0x80) != 0;
  }

  void skip_blanks() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
      ++at_;
    }
  }

  bool accept(char c) {
    skip_blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  void expect(char c) {
    if (!accept(c)) fail(std::string("expected '") + c + "'");
  }

  bool at_word() {
    skip_blanks();
    return at_ < text_.size() && is_word_byte(text_[at_]);
  }

  std::string_view word() {
    if (!at_word()) fail("expected a name");
    const size_t start = at_;
    while (at_ < text_.size() && is_word_byte(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }

  std::string quoted(char mark) {
    expect(mark);
    std::string out;
    while (true) {
      if (at_ >= text_.size()) fail("a quote is not closed");
      const char c = text_[at_++];
      if (c == mark) {
        if (at_ >= text_.size() || text_[at_] != mark) return out;
        ++at_;
      }
      out += c;
    }
  }

  std::string field_name() {
    skip_blanks();
    if (at_ < text_.size() && text_[at_] == '"') return quoted('"');
    return std::string(word());
  }

  int64_t number() {
    skip_blanks();
    int64_t value = 0;
    const char* begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    if (error != std::errc() || value < 0) fail("expected a number");
    at_ += static_cast<size_t>(end - begin);
    return value;
  }

  Type parse(int depth) {
    if (depth > kMaxDepth) fail("nested deeper than " + std::to_string(kMaxDepth) + " levels");
    Type type = parse_base(depth);
    int suffixes = 0;
    while (accept('[')) {
      if (depth + ++suffixes > kMaxDepth) {
        fail("nested deeper than " + std::to_string(kMaxDepth) + " levels");
      }
      Type outer{.kind = TypeKind::kList};
      if (!accept(']')) {
        outer.kind = TypeKind::kArray;
        outer.length = number();
        expect(']');
      }
      outer.children.push_back({"", std::move(type)});
      type = std::move(outer);
    }
    return type;
  }

  Type parse_base(int depth) {
    skip_blanks();
    if (at_ < text_.size() && text_[at_] == '"') return plain(fold_case(quoted('"')));
    const std::string name = fold_case(word());
    if (name == "struct" || name == "row") return parse_struct(depth);
    if (name == "map") return parse_map(depth);
    if (name == "enum") return parse_enum();
    if (name == "decimal" || name == "numeric" || name == "dec") return parse_decimal();
    if (name == "union" || name == "geometry") {
      throw Error(ErrorCode::kUnsupported, "tables cannot hold the type " + name);
    }
    if (name == "timestamp" && accept('(')) return parse_timestamp_precision();
    return plain(phrase(name));
  }

  // TIMESTAMP(3): digits of a second, rounded up to what the engine has.
  Type parse_timestamp_precision() {
    const int64_t digits = number();
    expect(')');
    if (digits > 9) fail("a timestamp has at most 9 digits of a second");
    if (digits == 0) return Type{.kind = TypeKind::kTimestampS};
    if (digits <= 3) return Type{.kind = TypeKind::kTimestampMs};
    return Type{.kind = digits <= 6 ? TypeKind::kTimestamp : TypeKind::kTimestampNs};
  }

  // Joins the further words of "time with time zone" and the like, and skips a length in
  // brackets, which means nothing to the engine: VARCHAR(20).
  std::string phrase(std::string name) {
    skip_length(name);
    while (at_word()) name += " " + fold_case(word());
    skip_length(name);
    return name;
  }

  void skip_length(const std::string& name) {
    if (name != "varchar" && name != "char" && name != "character varying" && name != "nvarchar" &&
        name != "bpchar" && name != "text" && name != "string") {
      return;
    }
    if (!accept('(')) return;
    number();
    expect(')');
  }

  Type plain(const std::string& name) const {
    for (const Spelling& spelling : kSpellings) {
      if (spelling.text == name) return Type{.kind = spelling.kind};
    }
    fail("unknown type");
  }

  Type parse_decimal() {
    Type type{.kind = TypeKind::kDecimal, .width = 18, .scale = 3};
    if (!accept('(')) return type;
    const int64_t width = number();
    const int64_t scale = accept(',') ? number() : 0;
    expect(')');
    if (width < 1 || width > kMaxDecimalWidth) {
      fail("a decimal has 1 to " + std::to_string(kMaxDecimalWidth) + " digits");
    }
    if (scale > width) fail("a decimal's scale is at most its width");
    type.width = static_cast<int>(width);
    type.scale = static_cast<int>(scale);
    return type;
  }

  Type parse_struct(int depth) {
    Type type{.kind = TypeKind::kStruct};
    std::set<std::string> names;
    expect('(');
    do {
      std::string name = field_name();
      if (name.empty()) fail("a field's name is empty");
      if (!is_valid_utf8(name)) fail("a field's name is not valid UTF-8");
      if (name.find('\0') != std::string::npos) fail("a field's name holds a NUL byte");
      if (!names.insert(fold_case(name)).second) fail("a field's name occurs twice");
      type.children.push_back({std::move(name), parse(depth + 1)});
    } while (accept(','));
    expect(')');
    return type;
  }

  Type parse_map(int depth) {
    Type type{.kind = TypeKind::kMap};
    expect('(');
    type.children.push_back({"", parse(depth + 1)});
    expect(',');
    type.children.push_back({"", parse(depth + 1)});
    expect(')');
    return type;
  }

  Type parse_enum() {
    Type type{.kind = TypeKind::kEnum};
    expect('(');
    do {
      skip_blanks();
      type.children.push_back({quoted('\''), {}});
    } while (accept(','));
    expect(')');
    return type;
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

Type parse_type(std::string_view text) {
  if (text.size() > kMaxTextBytes) {
    throw Error(ErrorCode::kInvalidArgument, "a type of " + std::to_string(text.size()) +
                                                 " bytes is too long; at most " +
                                                 std::to_string(kMaxTextBytes));
  }
  return Parser(text).parse_all();
}

}  // namespace hotload::model
