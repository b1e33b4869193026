#include "cli/settings.hpp"

#include <fmt/format.h>

#include <charconv>

namespace einfall::cli {
namespace {

int shift_of(std::string_view suffix) {
  if (suffix.empty()) return 0;
  if (suffix == "K") return 10;
  if (suffix == "M") return 20;
  if (suffix == "G") return 30;
  return -1;
}

}  // namespace

std::int64_t parse_size(const std::string& option, const std::string& text) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  const int shift = error == std::errc() ? shift_of(std::string_view(rest, end)) : -1;
  std::int64_t scaled = 0;
  if (shift < 0 || __builtin_mul_overflow(value, std::int64_t{1} << shift, &scaled) || scaled < 1)
    throw CLI::ValidationError(
        option, fmt::format("'{}' is not a size: a whole number from 1 on, K, M and G mean 2^10, "
                            "2^20 and 2^30",
                            text));
  return scaled;
}

void add_size_settings(CLI::App& app, SizeSettings& settings) {
  app.add_option_function<std::vector<std::string>>(
         "--set",
         [&settings](const std::vector<std::string>& items) {
           for (const std::string& item : items) {
             const auto equals = item.find('=');
             if (equals == std::string::npos || equals == 0)
               throw CLI::ValidationError("--set",
                                          fmt::format("'{}' is not of the form RANK=SIZE", item));
             const std::string name = item.substr(0, equals);
             if (!settings.emplace(name, parse_size("--set", item.substr(equals + 1))).second)
               throw CLI::ValidationError("--set", fmt::format("{} is set twice", name));
           }
         },
         "size of a rank; K, M, G are powers of 1024")
      ->type_name("RANK=SIZE")
      ->type_size(1)
      ->allow_extra_args(false)
      ->trigger_on_parse(false);
}

void add_text_settings(CLI::App& app, std::map<std::string, std::string>& settings) {
  app.add_option_function<std::vector<std::string>>(
         "--set",
         [&settings](const std::vector<std::string>& items) {
           for (const std::string& item : items) {
             const auto equals = item.find('=');
             if (equals == std::string::npos || equals == 0)
               throw CLI::ValidationError("--set",
                                          fmt::format("'{}' is not of the form NAME=VALUE", item));
             const std::string name = item.substr(0, equals);
             if (!settings.emplace(name, item.substr(equals + 1)).second)
               throw CLI::ValidationError("--set", fmt::format("{} is set twice", name));
           }
         },
         "parameter of the scenario")
      ->type_name("NAME=VALUE")
      ->type_size(1)
      ->allow_extra_args(false)
      ->trigger_on_parse(false);
}

}  // namespace einfall::cli
