#include "base/numerics/order.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "base/ensure.hpp"

namespace einfall::base::numerics {
namespace {

struct Form {
  std::string_view word;
  std::array<std::int64_t, 2> numbers{};
  std::size_t count = 0;
};

// `word`, `word(1)` or `word(1/2)`, without blanks.
std::optional<Form> form_of(std::string_view text) {
  const auto open = text.find('(');
  if (open == std::string_view::npos) return Form{text, {}, 0};
  if (text.back() != ')') return std::nullopt;
  Form form{text.substr(0, open), {}, 0};
  const char* at = text.data() + open + 1;
  const char* end = text.data() + text.size() - 1;
  for (std::int64_t& number : form.numbers) {
    const auto [stop, status] = std::from_chars(at, end, number);
    if (status != std::errc()) return std::nullopt;
    ++form.count;
    if (stop == end) return form;
    if (*stop != '/') return std::nullopt;
    at = stop + 1;
  }
  return std::nullopt;
}

bool within(std::int64_t number, std::int64_t low, std::int64_t high) {
  return low <= number && number <= high;
}

}  // namespace

std::optional<Order> order_named(std::string_view text) {
  using Kind = Order::Kind;
  const auto form = form_of(text);
  if (!form) return std::nullopt;
  if (form->count == 0) {
    if (form->word == "sequential") return Order{};
    if (form->word == "pairwise") return Order{Kind::kPairwise};
    return std::nullopt;
  }
  const auto [width, bits] = form->numbers;
  if (!within(width, 2, std::int64_t{1} << 20)) return std::nullopt;
  if (form->word == "matrix" && form->count == 2 && within(bits, 1, 40))
    return Order{Kind::kMatrix, width, static_cast<int>(bits)};
  if (form->count != 1) return std::nullopt;
  if (form->word == "tree") return Order{Kind::kTree, width};
  if (form->word == "blocks") return Order{Kind::kBlocks, width};
  if (form->word == "matrix") return Order{Kind::kMatrix, width};
  return std::nullopt;
}

std::string text_of(const Order& order) {
  switch (order.kind) {
    case Order::Kind::kSequential:
      return "sequential";
    case Order::Kind::kPairwise:
      return "pairwise";
    case Order::Kind::kTree:
      return fmt::format("tree({})", order.width);
    case Order::Kind::kBlocks:
      return fmt::format("blocks({})", order.width);
    case Order::Kind::kMatrix:
      return order.alignment_bits == 0
                 ? fmt::format("matrix({})", order.width)
                 : fmt::format("matrix({}/{})", order.width, order.alignment_bits);
  }
  EINFALL_ENSURE(false, "an order of reduction");
}

std::optional<FixedFormat> fixed_named(std::string_view text) {
  const auto form = form_of(text);
  if (!form || form->word != "fixed" || form->count == 0) return std::nullopt;
  const auto [bits, fraction] = form->numbers;
  if (!within(bits, 2, 48) || !within(fraction, 0, bits - 1)) return std::nullopt;
  return FixedFormat{"fixed", static_cast<int>(bits), static_cast<int>(fraction)};
}

std::string text_of(const FixedFormat& format) {
  return format.fraction_bits == 0 ? fmt::format("fixed({})", format.bits)
                                   : fmt::format("fixed({}/{})", format.bits, format.fraction_bits);
}

}  // namespace einfall::base::numerics
