#include "base/yaml/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace einfall::base::yaml {
namespace {

// What was found, short enough for a message.
std::string found(const Node& node) {
  if (!node.is_scalar()) return std::string(describe(node));
  constexpr std::size_t kShown = 40;
  if (node.text.size() <= kShown) return fmt::format("'{}'", node.text);
  return fmt::format("'{}...'", node.text.substr(0, kShown));
}

void wrong_form(const Node& node, const std::string& what, const std::string& expected,
                Diagnostics& sink, std::string help = {}) {
  sink.push_back(error("E018", node.span,
                       fmt::format("{} must be {}, found {}", what, expected, found(node)),
                       std::move(help)));
}

void out_of_range(const Node& node, const std::string& what, const std::string& expected,
                  Diagnostics& sink) {
  sink.push_back(error("E020", node.span,
                       fmt::format("{} must be {}, found {}", what, expected, found(node))));
}

bool is_plain(const Node& node) { return node.is_scalar() && node.style == ScalarStyle::kPlain; }

std::optional<double> to_double(std::string_view text) {
  // from_chars takes "inf" and "nan", and no leading plus.
  if (text.find_first_not_of("+-.0123456789eE") != std::string_view::npos) return std::nullopt;
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return std::nullopt;
  if (code == std::errc::result_out_of_range) return HUGE_VAL;
  if (code != std::errc()) return std::nullopt;
  return value;
}

// ---- Quantities --------------------------------------------------------------------------------

// One unit is numerator/denominator of the base unit.
struct Unit {
  std::string name;
  std::int64_t numerator = 1;
  std::int64_t denominator = 1;
};

constexpr std::int64_t kKibi = 1024, kMebi = kKibi * 1024, kGibi = kMebi * 1024,
                       kTebi = kGibi * 1024;
constexpr std::int64_t kKilo = 1000, kMega = kKilo * 1000, kGiga = kMega * 1000,
                       kTera = kGiga * 1000;

std::vector<Unit> byte_units(const std::string& suffix) {
  return {{"B" + suffix, 1},       {"KiB" + suffix, kKibi}, {"MiB" + suffix, kMebi},
          {"GiB" + suffix, kGibi}, {"TiB" + suffix, kTebi}, {"kB" + suffix, kKilo},
          {"MB" + suffix, kMega},  {"GB" + suffix, kGiga},  {"TB" + suffix, kTera},
          {"bit" + suffix, 1, 8}};
}

struct Measured {
  std::string_view number;
  Unit unit;
};

// Splits `16 MiB` into number and unit, or reports.
std::optional<Measured> measured(const Node& node, const std::string& what,
                                 const std::vector<Unit>& units, Diagnostics& sink) {
  std::vector<std::string> names;
  for (const Unit& unit : units) names.push_back(unit.name);
  const std::string expected = fmt::format("a number with a unit ({})", fmt::join(names, " "));
  if (!node.is_scalar()) return wrong_form(node, what, expected, sink), std::nullopt;
  const std::string_view text = node.text;
  const std::size_t end = std::min(text.find_first_not_of("+-.0123456789"), text.size());
  // An exponent belongs to the number, an 'e' without digits does not.
  std::size_t number_end = end;
  if (end > 0 && end + 1 < text.size() && (text[end] == 'e' || text[end] == 'E')) {
    const std::size_t after = text.find_first_not_of("+-0123456789", end + 1);
    if (text.find_first_of("0123456789", end + 1) < std::min(after, text.size()))
      number_end = std::min(after, text.size());
  }
  if (number_end == 0) return wrong_form(node, what, expected, sink), std::nullopt;
  std::string_view rest = text.substr(number_end);
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  for (const Unit& unit : units)
    if (rest == unit.name) return Measured{text.substr(0, number_end), unit};
  sink.push_back(error(
      "E019", node.span,
      rest.empty() ? fmt::format("{} needs a unit, found the bare number {}", what, found(node))
                   : fmt::format("{} has the unknown unit '{}'", what, rest.substr(0, 40)),
      // All of them: the nearest to `mHz` may be a thousand million times as much.
      fmt::format("units: {}", fmt::join(names, " "))));
  return std::nullopt;
}

__extension__ typedef __int128 Wide;  // -Wpedantic knows no 128-bit integers

struct Decimal {
  Wide digits = 0;
  Wide scale = 1;  // the value is digits / scale
};

// `1.25` exactly; nullopt for anything that is not digits with at most one point, or too long.
std::optional<Decimal> to_decimal(std::string_view text) {
  constexpr Wide kLimit = Wide{1} << 62;
  Decimal out;
  bool point = false, any = false;
  if (!text.empty() && text[0] == '+') text.remove_prefix(1);
  for (const char c : text) {
    if (c == '.' && !point) {
      point = true;
    } else if (c >= '0' && c <= '9') {
      out.digits = out.digits * 10 + (c - '0');
      if (point) out.scale *= 10;
      any = true;
      if (out.digits > kLimit || out.scale > kLimit) return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  return any ? std::optional(out) : std::nullopt;
}

// A whole, non-negative number of base units, exactly.
std::optional<std::int64_t> whole(const Node& node, const std::string& what,
                                  const std::vector<Unit>& units, std::int64_t low,
                                  Diagnostics& sink) {
  const std::optional<Measured> found_value = measured(node, what, units, sink);
  if (!found_value) return std::nullopt;
  const std::string expected =
      fmt::format("a whole number of {} from {} to 2^62", units.front().name, low);
  const std::optional<Decimal> decimal = to_decimal(found_value->number);
  if (!decimal) return out_of_range(node, what, expected, sink), std::nullopt;
  // digits <= 2^62 and numerator <= 2^50: no overflow in 128 bits.
  const Wide top = decimal->digits * found_value->unit.numerator;
  const Wide bottom = decimal->scale * found_value->unit.denominator;
  const Wide value = top / bottom;
  if (top % bottom != 0 || value < low || value > (Wide{1} << 62))
    return out_of_range(node, what, expected, sink), std::nullopt;
  return static_cast<std::int64_t>(value);
}

// A finite, non-negative physical quantity.
std::optional<double> physical(const Node& node, const std::string& what,
                               const std::vector<Unit>& units, Diagnostics& sink) {
  const std::optional<Measured> found_value = measured(node, what, units, sink);
  if (!found_value) return std::nullopt;
  const std::optional<double> number = to_double(found_value->number);
  if (!number) return wrong_form(node, what, "a number with a unit", sink), std::nullopt;
  const double value = *number * static_cast<double>(found_value->unit.numerator) /
                       static_cast<double>(found_value->unit.denominator);
  if (!std::isfinite(value) || value < 0)
    return out_of_range(node, what, "finite and not negative", sink), std::nullopt;
  return value;
}

template <class Q, class V>
std::optional<Q> as(std::optional<V> value) {
  if (!value) return std::nullopt;
  return Q(*value);
}

}  // namespace

std::optional<std::string> read_text(const Node& node, const std::string& what, Diagnostics& sink) {
  if (!node.is_scalar()) return wrong_form(node, what, "text", sink), std::nullopt;
  return node.text;
}

std::optional<std::string> read_name(const Node& node, const std::string& what, Diagnostics& sink) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto inner = [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
  };
  const std::string& text = node.text;
  if (!node.is_scalar() || text.empty() || !letter(text[0]) ||
      !std::all_of(text.begin(), text.end(), inner))
    return wrong_form(node, what, "a name (a letter, then letters, digits, '_', '-', '.')", sink),
           std::nullopt;
  return text;
}

std::optional<bool> read_bool(const Node& node, const std::string& what, Diagnostics& sink) {
  if (is_plain(node) && node.text == "true") return true;
  if (is_plain(node) && node.text == "false") return false;
  return wrong_form(node, what, "true or false", sink), std::nullopt;
}

std::optional<std::int64_t> read_integer(const Node& node, const std::string& what,
                                         std::int64_t low, std::int64_t high, Diagnostics& sink) {
  const std::string expected = fmt::format("a whole number from {} to {}", low, high);
  if (!is_plain(node)) return wrong_form(node, what, expected, sink), std::nullopt;
  std::string_view text = node.text;
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  if (digits.size() > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9')
    return wrong_form(node, what, expected, sink,
                      "some readers of YAML take a number that begins with a 0 for octal: leave "
                      "the 0 out"),
           std::nullopt;
  std::int64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || code == std::errc::invalid_argument)
    return wrong_form(node, what, expected, sink), std::nullopt;
  if (code != std::errc() || value < low || value > high)
    return out_of_range(node, what, expected, sink), std::nullopt;
  return value;
}

std::optional<double> read_number(const Node& node, const std::string& what, double low,
                                  double high, Diagnostics& sink) {
  const std::string expected = fmt::format("a number from {} to {}", low, high);
  const std::optional<double> value = is_plain(node) ? to_double(node.text) : std::nullopt;
  if (!value) return wrong_form(node, what, expected, sink), std::nullopt;
  if (!std::isfinite(*value) || *value < low || *value > high)
    return out_of_range(node, what, expected, sink), std::nullopt;
  return value;
}

void check_version(const Node& node, Diagnostics& sink) {
  if (node.is_scalar() && node.text == "1") return;
  const std::string found =
      node.is_scalar() ? "'" + node.text.substr(0, 40) + "'" : std::string(describe(node));
  sink.push_back(error("E021", node.span,
                       "the version of the document format must be 1, found " + found,
                       "this program reads `einfall: 1`"));
}

std::optional<std::size_t> read_choice(const Node& node, const std::string& what,
                                       const std::vector<std::string>& choices, Diagnostics& sink) {
  if (node.is_scalar()) {
    const auto at = std::find(choices.begin(), choices.end(), node.text);
    if (at != choices.end()) return static_cast<std::size_t>(at - choices.begin());
  }
  const std::string close = node.is_scalar() ? nearest(node.text, choices) : std::string();
  wrong_form(node, what, fmt::format("one of {}", fmt::join(choices, ", ")), sink,
             close.empty() ? std::string() : fmt::format("did you mean '{}'?", close));
  return std::nullopt;
}

std::optional<Bytes> read_bytes(const Node& node, const std::string& what, Diagnostics& sink) {
  return as<Bytes>(whole(node, what, byte_units(""), 0, sink));
}

std::optional<Hertz> read_hertz(const Node& node, const std::string& what, Diagnostics& sink) {
  return as<Hertz>(
      whole(node, what, {{"Hz"}, {"kHz", kKilo}, {"MHz", kMega}, {"GHz", kGiga}}, 1, sink));
}

std::optional<BytesPerSecond> read_bandwidth(const Node& node, const std::string& what,
                                             Diagnostics& sink) {
  return as<BytesPerSecond>(whole(node, what, byte_units("/s"), 1, sink));
}

std::optional<Picojoules> read_energy(const Node& node, const std::string& what,
                                      Diagnostics& sink) {
  return as<Picojoules>(physical(
      node, what,
      {{"pJ"}, {"fJ", 1, kKilo}, {"nJ", kKilo}, {"uJ", kMega}, {"mJ", kGiga}, {"J", kTera}}, sink));
}

std::optional<SquareMicrometres> read_area(const Node& node, const std::string& what,
                                           Diagnostics& sink) {
  return as<SquareMicrometres>(physical(node, what, {{"um2"}, {"mm2", kMega}}, sink));
}

std::optional<Cycles> read_cycles(const Node& node, const std::string& what, Diagnostics& sink) {
  return as<Cycles>(whole(node, what, {{"cycles"}, {"cycle"}}, 0, sink));
}

}  // namespace einfall::base::yaml
