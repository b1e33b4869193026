#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace einfall::gpu_ref::records {

/// A value of JSON: enough for records, with the standard library alone, as the measuring program
/// is built where nothing else may be. Numbers are doubles; members keep their order.
class Json {
 public:
  enum class Kind { kNull, kBool, kNumber, kText, kList, kObject };
  using Member = std::pair<std::string, Json>;

  Json() = default;
  static Json of(bool value);
  static Json of(double value);  // what is not finite becomes null: JSON has no such number
  static Json of(std::string value);
  static Json list();
  static Json object();

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] bool boolean() const { return boolean_; }
  [[nodiscard]] double number() const { return number_; }
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const std::vector<Json>& items() const { return items_; }
  void add(Json item) { items_.push_back(std::move(item)); }
  void add(std::string key, Json value) { members_.emplace_back(std::move(key), std::move(value)); }
  /// The member of that name; nullptr if there is none.
  [[nodiscard]] const Json* find(std::string_view key) const;

  /// On one line; numbers in the fewest digits that read back the same.
  [[nodiscard]] std::string print() const;

 private:
  Kind kind_ = Kind::kNull;
  bool boolean_ = false;
  double number_ = 0;
  std::string text_;
  std::vector<Json> items_;
  std::vector<Member> members_;
};

struct JsonError {
  int column = 0;  // 1-based, in bytes
  std::string message;
};
/// The value that a whole text is. `error` is set if there is none; nesting deeper than 16 is an
/// error.
[[nodiscard]] std::optional<Json> parse_json(std::string_view text, JsonError& error);

}  // namespace einfall::gpu_ref::records
