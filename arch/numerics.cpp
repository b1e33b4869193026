#include "arch/numerics.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <string>

#include "arch/fields.hpp"
#include "base/overloaded.hpp"

namespace einfall::arch {
namespace {

namespace numerics = base::numerics;
namespace yaml = base::yaml;
using base::Presence;

constexpr const char* kFormatNames = "fp64 fp32 bf16 fp16 fp8e4m3 fp8e5m2 int32 int8 int4";
constexpr const char* kAccumulators =
    "fp64 fp32 bf16 fp16 fp8e4m3 fp8e5m2 int32 int8 int4 fixed(bits) fixed(bits/fraction)";
constexpr const char* kImplementations = "correctly_rounded, poly(n), table(bits)";

/// `word`, or `word(number)`.
struct Word {
  std::string word;
  std::optional<std::int64_t> number;
};

std::optional<Word> split(const std::string& text) {
  const std::size_t open = text.find('(');
  if (open == std::string::npos) return Word{text, std::nullopt};
  if (text.back() != ')') return std::nullopt;
  std::int64_t number = 0;
  const char* end = text.data() + text.size() - 1;
  const auto [stop, status] = std::from_chars(text.data() + open + 1, end, number);
  if (status != std::errc() || stop != end) return std::nullopt;
  return Word{text.substr(0, open), number};
}

/// A word that takes a number in [low, high], or none where both are 0.
template <class Kind>
struct Choice {
  const char* word;
  Kind kind;
  std::int64_t low = 0, high = 0;
};

template <class Kind>
struct Chosen {
  Kind kind;
  std::int64_t number = 0;
};

template <class Kind, std::size_t kCount>
std::optional<Chosen<Kind>> choose(const std::string& text,
                                   const std::array<Choice<Kind>, kCount>& choices) {
  const auto word = split(text);
  if (!word) return std::nullopt;
  for (const Choice<Kind>& choice : choices) {
    if (choice.word != word->word || word->number.has_value() != (choice.high > 0)) continue;
    if (word->number && (*word->number < choice.low || *word->number > choice.high)) continue;
    return Chosen<Kind>{choice.kind, word->number.value_or(0)};
  }
  return std::nullopt;
}

std::optional<numerics::Format> format_named(const std::string& text) {
  static const std::array<numerics::Format, 9> kFormats{
      numerics::kFp64,    numerics::kFp32,  numerics::kBf16, numerics::kFp16, numerics::kFp8E4M3,
      numerics::kFp8E5M2, numerics::kInt32, numerics::kInt8, numerics::kInt4};
  for (const numerics::Format& format : kFormats)
    if (name(format) == text) return format;
  return std::nullopt;
}

std::optional<numerics::Format> accumulator_named(const std::string& text) {
  if (const auto fixed = numerics::fixed_named(text)) return *fixed;
  return format_named(text);
}

std::optional<numerics::Order> order_named(const std::string& text) {
  return numerics::order_named(text);
}

std::optional<numerics::Implementation> implementation_named(const std::string& text) {
  using Kind = numerics::Implementation::Kind;
  static constexpr std::array<Choice<Kind>, 3> kChoices{
      {{"correctly_rounded", Kind::kCorrectlyRounded},
       {"poly", Kind::kPolynomial, 2, 12},
       {"table", Kind::kTable, 1, 16}}};
  const auto chosen = choose(text, kChoices);
  if (!chosen) return std::nullopt;
  return numerics::Implementation{chosen->kind, static_cast<int>(chosen->number)};
}

std::optional<bool> flush_named(const std::string& text) {
  if (text == "kept") return false;
  if (text == "flushed") return true;
  return std::nullopt;
}

// A key whose value is one of the words that `named` knows; `store` puts it where it belongs.
template <class V, class Store>
base::Field<Numerics> word_field(std::string key, std::string type, std::string fallback,
                                 std::string doc, std::optional<V> (*named)(const std::string&),
                                 Store store, std::string help) {
  auto read = [key, help, named, store](const yaml::Node& node, Numerics& out,
                                        base::Diagnostics& sink) {
    const auto text = yaml::read_text(node, "'" + key + "'", sink);
    if (!text) return;
    if (auto value = named(*text))
      store(out, *value);
    else
      sink.push_back(base::error(
          "E716", node.span,
          fmt::format("'{}' is not what '{}' of a machine can be", text->substr(0, 60), key),
          help));
  };
  return {std::move(key),      std::move(type), Presence::kOptional,
          std::move(fallback), std::move(doc),  read};
}

}  // namespace

std::string_view name(const numerics::Format& format) {
  return std::visit(
      base::Overloaded{[](const numerics::BoolFormat&) -> std::string_view { return "bool"; },
                       [](const auto& number) { return number.name; }},
      format);
}

base::Schema<Numerics> numerics_schema() {
  return {
      "numerics",
      "How the machine computes: `einfall eval --mode bit-true --machine` takes it. The types "
      "that a cascade declares win over it.",
      {word_field(
           "operand", kFormatNames, "", "format of tensors to which the cascade gives no type",
           format_named, [](Numerics& out, const numerics::Format& v) { out.operand = v; },
           kFormatNames),
       word_field(
           "accumulate", kAccumulators, "",
           "format of running sums of floating-point tensors that declare none", accumulator_named,
           [](Numerics& out, const numerics::Format& v) { out.accumulate = v; },
           fmt::format("{} {}", kAccumulators, numerics::kFixedRanges)),
       word_field(
           "order", numerics::kOrderForms, "sequential",
           "order in which a reduction that declares none adds", order_named,
           [](Numerics& out, const numerics::Order& v) { out.order = v; },
           fmt::format("{} {}", numerics::kOrderForms, numerics::kOrderRanges)),
       word_field(
           "exp", kImplementations, "correctly_rounded",
           "how exp and exp2 are done: n multiply-adds, or a table of 2^bits entries an octave",
           implementation_named,
           [](Numerics& out, const numerics::Implementation& v) { out.exp = v; },
           std::string(kImplementations) + ", with n from 2 to 12 and bits from 1 to 16"),
       {"saturate", "true or false", Presence::kOptional, "false",
        "overflow becomes the largest finite value (fp64 excepted)",
        [](const yaml::Node& node, Numerics& out, base::Diagnostics& sink) {
          if (const auto value = yaml::read_bool(node, "'saturate'", sink))
            out.rounding.saturate = *value;
        }},
       word_field(
           "subnormals", "kept, flushed", "kept",
           "whether numbers below the smallest normal one become zero (fp64 excepted)", flush_named,
           [](Numerics& out, bool v) { out.rounding.flush_subnormals = v; }, "kept or flushed")}};
}

}  // namespace einfall::arch
