#include "einsum/import/tokens.hpp"

#include <algorithm>
#include <cctype>

namespace einfall::einsum {
namespace {

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

std::size_t end_of_number(std::string_view text, std::size_t at) {
  const auto digits = [&] {
    while (at < text.size() && (is_digit(text[at]) || text[at] == '.')) ++at;
  };
  digits();
  const bool exponent = at + 1 < text.size() && (text[at] == 'e' || text[at] == 'E') &&
                        (is_digit(text[at + 1]) || text[at + 1] == '-' || text[at + 1] == '+');
  if (!exponent) return at;
  at += 2;
  digits();
  return at;
}

}  // namespace

std::vector<ForeignToken> tokens_of(std::string_view text) {
  std::vector<ForeignToken> tokens;
  std::string gap;
  for (std::size_t at = 0; at < text.size();) {
    if (std::isspace(static_cast<unsigned char>(text[at])) != 0) {
      gap += ' ';
      ++at;
      continue;
    }
    std::size_t end = at + 1;
    auto kind = ForeignToken::Kind::kSymbol;
    if (is_letter(text[at])) {
      kind = ForeignToken::Kind::kName;
      while (end < text.size() && (is_letter(text[end]) || is_digit(text[end]))) ++end;
    } else if (is_digit(text[at])) {
      kind = ForeignToken::Kind::kNumber;
      end = end_of_number(text, at);
    }
    tokens.push_back({kind, std::move(gap), std::string(text.substr(at, end - at))});
    gap.clear();
    at = end;
  }
  return tokens;
}

std::string text_of(const std::vector<ForeignToken>& tokens) {
  std::string text;
  for (const ForeignToken& token : tokens) text += token.gap + token.text;
  return text.substr(std::min(text.find_first_not_of(' '), text.size()));
}

std::vector<Enclosed> brackets_of(const std::vector<ForeignToken>& tokens) {
  std::vector<Enclosed> enclosed(tokens.size(), {tokens.size(), 1});
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].is("(") || tokens[i].is("[")) {
      open.push_back(i);
    } else if (!open.empty() && tokens[i].is(",")) {
      ++enclosed[open.back()].parts;
    } else if (!open.empty() && (tokens[i].is(")") || tokens[i].is("]"))) {
      enclosed[open.back()].after = i + 1;
      open.pop_back();
    }
  }
  return enclosed;
}

const std::string& TensorNames::of(const std::string& foreign, const base::SourceSpan& place) {
  const auto known = known_.find(foreign);
  if (known != known_.end()) return known->second;
  std::string name = foreign.empty() || foreign[0] == '_' ? "X" + foreign : foreign;
  name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
  while (!taken_.insert(name).second) name += '_';
  if (name != foreign) changed_.push_back({foreign, name, place});
  return known_.emplace(foreign, std::move(name)).first->second;
}

const std::string* TensorNames::find(const std::string& foreign) const {
  const auto known = known_.find(foreign);
  return known == known_.end() ? nullptr : &known->second;
}

}  // namespace einfall::einsum
