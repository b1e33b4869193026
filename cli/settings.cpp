#include "cli/settings.hpp"

#include <fmt/format.h>

#include <charconv>
#include <functional>
#include <utility>

#include "cli/usage.hpp"

namespace einfall::cli {
namespace {

int shift_of(std::string_view suffix) {
  if (suffix.empty()) return 0;
  if (suffix == "K") return 10;
  if (suffix == "M") return 20;
  if (suffix == "G") return 30;
  return -1;
}

// --set NAME=VALUE, any number of times; `form` is how one is written, `put` keeps a value and says
// whether the name is new.
void add_assignments(CLI::App& app, const char* form, const char* help,
                     std::function<bool(const std::string&, const std::string&)> put) {
  app.add_option_function<std::vector<std::string>>(
         "--set",
         [form, put = std::move(put)](const std::vector<std::string>& items) {
           for (const std::string& item : items) {
             const auto equals = item.find('=');
             if (equals == std::string::npos || equals == 0)
               throw BadOption{"--set", fmt::format("'{}' is not of the form {}", item, form), {}};
             const std::string name = item.substr(0, equals);
             try {
               if (!put(name, item.substr(equals + 1)))
                 throw BadOption{"--set", fmt::format("{} is set twice", name), {}};
             } catch (BadOption& bad) {
               bad.value = item;
               throw;
             }
           }
         },
         help)
      ->type_name(form)
      ->type_size(1)
      ->allow_extra_args(false)
      ->trigger_on_parse(false);
}

}  // namespace

std::int64_t parse_size(const std::string& option, const std::string& text) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  const bool octal = text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9';
  const int shift = error == std::errc() && !octal ? shift_of(std::string_view(rest, end)) : -1;
  std::int64_t scaled = 0;
  if (shift < 0 || __builtin_mul_overflow(value, std::int64_t{1} << shift, &scaled) || scaled < 1)
    throw BadOption{
        option, fmt::format("'{}' is not a size below 2^63", text),
        octal ? "a size does not begin with a 0, which some readers take for octal"
              : "a size is a whole number from 1 on; K, M and G after it mean 2^10, 2^20, 2^30"};
  return scaled;
}

void add_size_settings(CLI::App& app, SizeSettings& settings) {
  add_assignments(app, "RANK=SIZE", "size of a rank; K, M, G are powers of 1024",
                  [&settings](const std::string& rank, const std::string& size) {
                    return settings.emplace(rank, parse_size("--set", size)).second;
                  });
}

void add_mixed_settings(CLI::App& app, SizeSettings& sizes,
                        std::map<std::string, std::string>& parameters) {
  add_assignments(app, "NAME=VALUE",
                  "size of a rank (K, M, G are powers of 1024), or parameter of a scenario",
                  [&sizes, &parameters](const std::string& name, const std::string& value) {
                    if (name.front() < 'A' || name.front() > 'Z')
                      return parameters.emplace(name, value).second;
                    return sizes.emplace(name, parse_size("--set", value)).second;
                  });
}

void add_text_settings(CLI::App& app, std::map<std::string, std::string>& settings) {
  add_assignments(app, "NAME=VALUE", "parameter of the scenario",
                  [&settings](const std::string& name, const std::string& value) {
                    return settings.emplace(name, value).second;
                  });
}

}  // namespace einfall::cli
