#include "einsum/import/split_index.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <optional>
#include <vector>

#include "einsum/import/tokens.hpp"

namespace einfall::einsum {
namespace {

constexpr std::size_t kMaxDigits = 13;  // of sizes up to 2^40

std::optional<std::int64_t> number(const std::string& text) {
  const bool digits = std::all_of(text.begin(), text.end(), [](char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
  });
  if (text.empty() || text.size() > kMaxDigits || !digits) return std::nullopt;
  return std::stoll(text);
}

std::string rank_of(std::string variable) {
  for (char& c : variable) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return variable;
}

// coefficient * variable, and the size of the variable's rank.
struct Term {
  std::string variable;
  std::int64_t coefficient = 1;
  std::int64_t size = 0;
  std::string factors;  // what the coefficient is: "*M1*M0"
};
using Terms = std::vector<Term>;

// One of `c`, `64*c`, `c*64`; nullopt for anything else, and where the size is not known.
std::optional<Term> term(const std::vector<ForeignToken>& tokens, std::size_t begin,
                         std::size_t end, const std::map<std::string, std::string>& sizes) {
  Term out;
  const bool product = end - begin == 3 && tokens[begin + 1].is("*");
  if (!product && end - begin != 1) return std::nullopt;
  const std::size_t variable = product && !tokens[begin].is_name() ? end - 1 : begin;
  if (!tokens[variable].is_name()) return std::nullopt;
  out.variable = tokens[variable].text;
  if (product) {
    const auto coefficient = number(tokens[variable == begin ? end - 1 : begin].text);
    if (!coefficient) return std::nullopt;
    out.coefficient = *coefficient;
  }
  const auto size = sizes.find(rank_of(out.variable));
  const auto points = size == sizes.end() ? std::nullopt : number(size->second);
  if (!points) return std::nullopt;
  out.size = *points;
  return out;
}

// The terms of a sum; empty if it is more than that.
Terms terms_of(const std::string& index, const std::map<std::string, std::string>& sizes) {
  const std::vector<ForeignToken> tokens = tokens_of(index);
  Terms terms;
  for (std::size_t begin = 0; begin <= tokens.size();) {
    std::size_t end = begin;
    while (end < tokens.size() && !tokens[end].is("+")) ++end;
    const auto one = term(tokens, begin, end, sizes);
    if (!one) return {};
    terms.push_back(*one);
    begin = end + 1;
  }
  return terms;
}

}  // namespace

std::string with_named_sizes(const std::string& index,
                             const std::map<std::string, std::string>& sizes) {
  Terms terms = terms_of(index, sizes);
  if (terms.size() < 2) return index;
  std::vector<Term*> fastest_first;
  for (Term& term : terms) fastest_first.push_back(&term);
  // Of equal ones the shorter is faster: it may have one point.
  std::stable_sort(fastest_first.begin(), fastest_first.end(), [](const Term* a, const Term* b) {
    return std::pair(a->coefficient, a->size) < std::pair(b->coefficient, b->size);
  });
  std::int64_t step = 1;
  std::string factors;
  for (Term* term : fastest_first) {
    if (term->coefficient != step || __builtin_mul_overflow(step, term->size, &step)) return index;
    term->factors = factors;
    factors = "*" + rank_of(term->variable) + factors;
  }
  std::string out;
  for (const Term& term : terms) out += (out.empty() ? "" : " + ") + term.variable + term.factors;
  return out;
}

}  // namespace einfall::einsum
