#include "gpu_ref/records/json.hpp"

#include <charconv>
#include <cmath>

namespace einfall::gpu_ref::records {
namespace {

void quote(const std::string& text, std::string& out) {
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += "0123456789abcdef"[byte >> 4];
      out += "0123456789abcdef"[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::optional<Json> whole(JsonError& error) {
    Json value;
    if (read(value, 0) && (skip_space(), at_ != text_.size())) fail("nothing more after the value");
    if (!expected_.empty()) {
      error = {static_cast<int>(at_) + 1, "expected " + expected_};
      return std::nullopt;
    }
    return value;
  }

 private:
  static constexpr int kDeepest = 16;

  bool fail(std::string expected) {
    if (expected_.empty()) expected_ = std::move(expected);
    return false;
  }
  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != text_.npos) ++at_;
  }
  bool take(char c) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool take_word(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  bool read(Json& value, int depth) {
    skip_space();
    if (depth > kDeepest) return fail("no deeper nesting than 16");
    if (take('{')) return read_members(value, depth);
    if (take('[')) return read_items(value, depth);
    if (at_ < text_.size() && text_[at_] == '"') {
      std::string text;
      if (!read_text(text)) return false;
      value = Json::of(std::move(text));
      return true;
    }
    if (take_word("null")) return true;
    if (take_word("true")) return value = Json::of(true), true;
    if (take_word("false")) return value = Json::of(false), true;
    double number = 0;
    const char *begin = text_.data() + at_, *end = text_.data() + text_.size();
    const auto [next, status] = std::from_chars(begin, end, number);
    if (status != std::errc() || !std::isfinite(number)) return fail("a value");
    at_ += static_cast<std::size_t>(next - begin);
    value = Json::of(number);
    return true;
  }

  bool read_members(Json& value, int depth) {
    value = Json::object();
    if (take('}')) return true;
    do {
      skip_space();
      std::string key;
      if (!read_text(key)) return false;
      if (!take(':')) return fail("':'");
      Json member;
      if (!read(member, depth + 1)) return false;
      value.add(std::move(key), std::move(member));
    } while (take(','));
    return take('}') || fail("',' or '}'");
  }
  bool read_items(Json& value, int depth) {
    value = Json::list();
    if (take(']')) return true;
    do {
      Json item;
      if (!read(item, depth + 1)) return false;
      value.add(std::move(item));
    } while (take(','));
    return take(']') || fail("',' or ']'");
  }

  bool read_text(std::string& out) {
    if (!take('"')) return fail("a text in quotes");
    for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (static_cast<unsigned char>(text_[at_]) < 0x20) return fail("no control characters");
      if (text_[at_] != '\\') {
        out += text_[at_];
      } else if (!read_escape(out)) {
        return false;
      }
    }
    return take('"') || fail("'\"'");
  }
  // At the backslash; leaves at_ on the last character of the escape.
  bool read_escape(std::string& out) {
    if (++at_ == text_.size()) return fail("what is escaped");
    const char c = text_[at_];
    const std::string_view from = "\"\\/bfnrt", to = "\"\\/\b\f\n\r\t";
    if (const auto i = from.find(c); i != from.npos) return out += to[i], true;
    unsigned code = 0;
    const char* const digits = text_.data() + at_ + 1;
    if (c != 'u' || text_.size() - at_ < 5 ||
        std::from_chars(digits, digits + 4, code, 16).ptr != digits + 4)
      return fail("an escape of JSON");
    at_ += 4;
    // What print() writes is below 0x20; others come as UTF-8 from elsewhere, without surrogates.
    if (code < 0x80) {
      out += static_cast<char>(code);
    } else if (code < 0x800) {
      out += static_cast<char>(0xc0 | code >> 6);
      out += static_cast<char>(0x80 | (code & 0x3f));
    } else {
      out += static_cast<char>(0xe0 | code >> 12);
      out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
      out += static_cast<char>(0x80 | (code & 0x3f));
    }
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string expected_;
};

}  // namespace

Json Json::of(bool value) {
  Json json;
  json.kind_ = Kind::kBool;
  json.boolean_ = value;
  return json;
}
Json Json::of(double value) {
  Json json;
  if (!std::isfinite(value)) return json;
  json.kind_ = Kind::kNumber;
  json.number_ = value;
  return json;
}
Json Json::of(std::string value) {
  Json json;
  json.kind_ = Kind::kText;
  json.text_ = std::move(value);
  return json;
}
Json Json::list() {
  Json json;
  json.kind_ = Kind::kList;
  return json;
}
Json Json::object() {
  Json json;
  json.kind_ = Kind::kObject;
  return json;
}

const Json* Json::find(std::string_view key) const {
  for (const Member& member : members_)
    if (member.first == key) return &member.second;
  return nullptr;
}

std::string Json::print() const {
  std::string out;
  const auto join = [&](const auto& parts, char open, char close, auto print_part) {
    out += open;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (i > 0) out += ", ";
      print_part(parts[i]);
    }
    out += close;
  };
  switch (kind_) {
    case Kind::kNull:
      return "null";
    case Kind::kBool:
      return boolean_ ? "true" : "false";
    case Kind::kNumber: {
      char digits[32];
      return {digits, std::to_chars(digits, digits + sizeof digits, number_).ptr};
    }
    case Kind::kText:
      quote(text_, out);
      return out;
    case Kind::kList:
      join(items_, '[', ']', [&](const Json& item) { out += item.print(); });
      return out;
    case Kind::kObject:
      join(members_, '{', '}', [&](const Member& member) {
        quote(member.first, out);
        out += ": " + member.second.print();
      });
      return out;
  }
  return out;
}

std::optional<Json> parse_json(std::string_view text, JsonError& error) {
  return Reader(text).whole(error);
}

}  // namespace einfall::gpu_ref::records
