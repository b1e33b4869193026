#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/yaml/path.hpp"
#include "explore/quirk_selection.hpp"
#include "explore/scenario.hpp"

namespace einfall::explore {
namespace {

constexpr int kMaxDepth = 8;                               // compositions inside compositions
constexpr std::int64_t kMaxTimes = std::int64_t{1} << 30;  // that a part runs
constexpr int kMaxParts = 256;  // of a composition, those of its parts included
constexpr std::int64_t kMaxSize = std::int64_t{1} << 40;

// Of two that a suffix stands for: K is 10.
std::optional<int> power_of(std::string_view suffix) {
  const std::string_view suffixes = "KMGT";
  if (suffix.empty()) return 0;
  const std::size_t at = suffixes.find(suffix);
  if (suffix.size() != 1 || at == std::string_view::npos) return std::nullopt;
  return 10 * (static_cast<int>(at) + 1);
}

class Resolver {
 public:
  // `parts` counts those of the whole composition; `given_at`: where it sets parameters.
  using Places = std::map<std::string, base::SourceSpan>;
  Resolver(const Scenario& scenario, Scenarios& scenarios, int depth, int& parts, Places given_at)
      : scenario_(scenario),
        scenarios_(scenarios),
        depth_(depth),
        parts_(parts),
        given_at_(std::move(given_at)) {}

  base::Result<Resolved> run(const Settings& settings) {
    out_.name = scenario_.name;
    EINFALL_TRY(known_quirks_, quirk_names(scenario_, scenarios_));
    parameters(settings);
    if (sink_.empty()) select_quirks(settings);
    if (sink_.empty()) documents();
    if (sink_.empty()) assumptions();
    if (sink_.empty()) parts();
    if (!sink_.empty()) return base::failure(std::move(sink_));
    return std::move(out_);
  }

 private:
  bool reserved(const std::string& name) const {
    return !known_quirks_.empty() && (name == "mode" || name == "quirks");
  }

  void parameters(const Settings& settings) {
    for (const auto& [name, value] : settings) {
      if (reserved(name)) continue;
      if (scenario_.find(name) == nullptr) unknown_parameter(name);
    }
    for (const Parameter& parameter : scenario_.parameters) {
      const auto given = settings.find(parameter.name);
      if (given != settings.end())
        take(parameter, given->second);
      else if (parameter.fallback)
        take(parameter, *parameter.fallback);
    }
  }

  void unknown_parameter(const std::string& name) {
    std::vector<std::string> known;
    for (const Parameter& parameter : scenario_.parameters) known.push_back(parameter.name);
    if (!known_quirks_.empty()) known.insert(known.end(), {"mode", "quirks"});
    const std::string close = base::nearest(name, known);
    // What comes from outside has no line in the document.
    const auto place = given_at_.find(name);
    sink_.push_back(base::error(
        "E951",
        place != given_at_.end() ? place->second : base::SourceSpan{scenario_.span.file, 0, 0, 1},
        fmt::format("scenario '{}' has no parameter '{}'", scenario_.name, name),
        known.empty()   ? "it has no parameters"
        : close.empty() ? fmt::format("it has: {}", fmt::join(known, " "))
                        : fmt::format("did you mean '{}'?", close)));
  }

  void take(const Parameter& parameter, const std::string& value) {
    if (parameter.size) {
      const std::optional<std::int64_t> size = parse_size(value);
      if (size) {
        out_.parameters[parameter.name] = size_text(*size);
        return;
      }
      const std::string trouble = trouble_of_size(value);
      sink_.push_back(
          base::error("E952", parameter.span,
                      fmt::format("parameter '{}' is '{}', which is not a size{}", parameter.name,
                                  value, trouble.empty() ? "" : ": " + trouble),
                      "a whole number from 1 to 2^40, also written 16K, 2M"));
      return;
    }
    const auto& allowed = parameter.values;
    if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), value) == allowed.end()) {
      const std::string close = base::nearest(value, allowed);
      sink_.push_back(
          base::error("E952", parameter.span,
                      fmt::format("parameter '{}' is '{}', expected one of: {}", parameter.name,
                                  value, fmt::join(allowed, " ")),
                      close.empty() ? std::string() : fmt::format("did you mean '{}'?", close)));
      return;
    }
    out_.parameters[parameter.name] = value;
  }

  void select_quirks(const Settings& settings) {
    if (known_quirks_.empty()) return;
    sink_ = check_quirks(settings, known_quirks_, fmt::format("scenario '{}'", scenario_.name),
                         scenario_.span);
    if (!sink_.empty()) return;
    on_ = switched_on(settings, known_quirks_);
    passed_on_ = quirk_settings(settings, known_quirks_);
    if (settings.count("quirks") > 0) return;
    const auto mode = settings.find("mode");
    out_.parameters["mode"] = mode == settings.end() ? "corrected" : mode->second;
  }

  // Replaces {name} by the value of the parameter.
  std::string filled(const Located<std::string>& text) {
    std::string out;
    for (std::size_t i = 0; i < text.value.size(); ++i) {
      if (text.value[i] != '{') {
        out += text.value[i];
        continue;
      }
      const std::size_t end = std::min(text.value.find('}', i), text.value.size());
      const std::string name = text.value.substr(i + 1, end - i - 1);
      out += value_of({name, text.span});
      i = end;
    }
    return out;
  }

  std::string value_of(const Located<std::string>& name) {
    const auto it = out_.parameters.find(name.value);
    if (it != out_.parameters.end()) return it->second;
    const bool exists = scenario_.find(name.value) != nullptr || reserved(name.value);
    if (exists)
      sink_.push_back(
          base::error("E954", name.span,
                      fmt::format("parameter '{}' is needed here and has no value", name.value),
                      fmt::format("give it: --set {}=...", name.value)));
    else
      sink_.push_back(
          base::error("E951", name.span, fmt::format("there is no parameter '{}'", name.value)));
    return {};
  }

  std::string chosen(const Choice& choice) { return choose(choice).value; }

  // With the place of what was chosen.
  Located<std::string> choose(const Choice& choice) {
    if (choice.by.value.empty()) return {filled(choice.text), choice.text.span};
    const auto it = out_.parameters.find(choice.by.value);
    const std::string value = it != out_.parameters.end()                  ? it->second
                              : scenario_.find(choice.by.value) != nullptr ? "unset"
                                                                           : value_of(choice.by);
    for (const auto& [name, inner] : choice.cases)
      if (name == value || name == "otherwise") return choose(inner);
    std::vector<std::string> known;
    for (const auto& one : choice.cases) known.push_back(one.value);
    sink_.push_back(base::error("E953", choice.by.span,
                                fmt::format("no case for {} = '{}'", choice.by.value, value),
                                fmt::format("there are: {}", fmt::join(known, " "))));
    return {};
  }

  bool holds(const When& when) {
    return std::all_of(when.all.begin(), when.all.end(), [&](const auto& condition) {
      const auto& [name, values] = condition;
      if (scenario_.find(name.value) == nullptr) {
        (void)value_of(name);
        return false;
      }
      const auto it = out_.parameters.find(name.value);
      const std::string value = it == out_.parameters.end() ? "unset" : it->second;
      return std::any_of(values.begin(), values.end(), [&](const std::string& allowed) {
        return allowed == value || (allowed == "given" && value != "unset");
      });
    });
  }

  std::string path(const std::string& key, const std::optional<Choice>& choice) {
    if (!choice) return {};
    const std::size_t errors = sink_.size();
    const Located<std::string> name = choose(*choice);
    if (!name.value.empty()) {
      std::string path = beside(scenario_.path, name.value);
      out_.named_at.emplace(path, name.span);
      return path;
    }
    if (sink_.size() == errors) sink_.push_back(base::yaml::empty_path(name.span, key));
    return {};
  }

  void documents() {
    out_.cascade = path("'cascade'", scenario_.cascade);
    out_.model = path("'model'", scenario_.model);
    out_.machine = path("'machine'", scenario_.machine);
    out_.mapping = path("'mapping'", scenario_.mapping);
    sizes(scenario_.sizes);
    if (scenario_.growth) {
      out_.grown_memory = scenario_.growth->memory;
      out_.grown_from = {chosen(scenario_.growth->start), scenario_.growth->start.text.span};
    }
    for (const Override& change : scenario_.overrides)
      if (holds(change.when)) sizes(change.sizes);
  }

  void sizes(const std::vector<SizeSetting>& settings) {
    for (const SizeSetting& setting : settings) {
      out_.sizes[setting.rank.value] = {chosen(setting.value), setting.value.text.span};
      out_.sized_at[setting.rank.value] = setting.rank.span;
    }
  }

  void assumptions() {
    apply(scenario_.assume, out_.assumptions);
    for (const Quirk& quirk : scenario_.quirks) {
      for (const QuirkCase& one : quirk.cases) (void)holds(one.when);
      if (std::find(on_.begin(), on_.end(), quirk.name) != on_.end()) switch_on(quirk);
    }
    const Located<std::string>& other = out_.assumptions.mapping;
    if (other.value.empty()) return;
    out_.mapping = beside(scenario_.path, other.value);
    out_.named_at[out_.mapping] = other.span;
  }

  void switch_on(const Quirk& quirk) {
    bool acts = false;
    bool acts_pipelined = false;
    bool reads_only = true;
    std::vector<std::string> read;
    for (const QuirkCase& one : quirk.cases) {
      if (!holds(one.when)) continue;
      apply(one.set, out_.assumptions);
      acts = true;
      acts_pipelined = acts_pipelined || acts_when_pipelined(one.set);
      reads_only = reads_only && only_extra_reads(one.set);
      for (const mappings::ExtraRead& extra : one.set.extra_reads) read.push_back(extra.tensor);
    }
    (acts ? out_.quirks : out_.idle_quirks).push_back(quirk.name);
    if (acts && !acts_pipelined) out_.phased_quirks.push_back(quirk.name);
    if (acts && reads_only) out_.reading_quirks[quirk.name] = std::move(read);
  }

  // How often a part runs: a product.
  std::int64_t times_of(const Choice& choice) {
    const Located<std::string> text = choose(choice);
    std::int64_t times = 1;
    for (std::size_t begin = 0; sink_.empty() && begin <= text.value.size();) {
      const std::size_t end = std::min(text.value.find('*', begin), text.value.size());
      const auto factor = parse_size(text.value.substr(begin, end - begin));
      if (!factor || __builtin_mul_overflow(times, *factor, &times) || times > kMaxTimes)
        sink_.push_back(base::error("E956", text.span,
                                    fmt::format("'{}' is not how often a part runs", text.value),
                                    fmt::format("a product of numbers, at most {}", kMaxTimes)));
      begin = end + 1;
    }
    return times;
  }

  void parts() {
    if (!scenario_.parts.empty() && depth_ == kMaxDepth) {
      sink_.push_back(
          base::error("E955", scenario_.span,
                      fmt::format("compositions are nested more than {} deep", kMaxDepth),
                      "does a scenario contain itself?"));
      return;
    }
    for (const Part& part : scenario_.parts) {
      if (!holds(part.when)) {
        if (!sink_.empty()) return;
        continue;
      }
      if (++parts_ > kMaxParts) {
        sink_.push_back(base::error("E955", part.span,
                                    fmt::format("a composition of more than {} parts, those of "
                                                "its parts included",
                                                kMaxParts),
                                    "compositions in compositions multiply: name fewer parts"));
        return;
      }
      const auto inner = scenarios_.get(beside(scenario_.path, part.scenario.value));
      if (!inner) {
        sink_.insert(sink_.end(), inner.error().begin(), inner.error().end());
        return;
      }
      Settings settings;
      Places given_at;
      for (const auto& [name, value] : part.set) {
        const Located<std::string> given = choose(value);
        settings[name] = given.value;
        given_at[name] = given.span;
      }
      const std::int64_t times = part.times ? times_of(*part.times) : 1;
      if (!sink_.empty()) return;
      if (settings.count("mode") + settings.count("quirks") == 0) {
        const auto known = quirk_names(**inner, scenarios_);
        if (known) settings.merge(quirk_settings(passed_on_, *known));
      }
      base::Result<Resolved> resolved =
          Resolver(**inner, scenarios_, depth_ + 1, parts_, std::move(given_at)).run(settings);
      if (!resolved) {
        sink_.insert(sink_.end(), resolved.error().begin(), resolved.error().end());
        return;
      }
      out_.parts.push_back({part.name, std::move(*resolved), times});
    }
  }

  const Scenario& scenario_;
  Scenarios& scenarios_;
  int depth_;
  int& parts_;
  Places given_at_;
  std::vector<std::string> known_quirks_;  // its own and those of its parts
  std::vector<std::string> on_;            // those that are switched on
  Settings passed_on_;                     // mode and quirks, for its parts
  Resolved out_;
  base::Diagnostics sink_;
};

}  // namespace

base::Result<Resolved> resolve(const Scenario& scenario, const Settings& settings,
                               Scenarios& scenarios) {
  int parts = 0;
  return Resolver(scenario, scenarios, 0, parts, {}).run(settings);
}

base::Result<std::shared_ptr<const Scenario>> Scenarios::get(const std::string& path) {
  auto& slot = loaded_[path];
  if (!slot) {
    EINFALL_TRY(Scenario loaded, load_scenario(path));
    slot = std::make_shared<const Scenario>(std::move(loaded));
  }
  return slot;
}

std::string beside(const std::string& document, const std::string& name) {
  return (std::filesystem::path(document).parent_path() / name).lexically_normal().string();
}

std::string size_text(std::int64_t size) {
  const char* const suffixes[] = {"", "K", "M", "G", "T"};
  std::size_t i = 0;
  while (size % 1024 == 0 && i + 1 < std::size(suffixes)) {
    size /= 1024;
    ++i;
  }
  return std::to_string(size) + suffixes[i];
}

std::optional<std::int64_t> parse_size(const std::string& text) {
  std::int64_t value = 0;
  std::size_t i = 0;
  for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
    if (i > 0 && value == 0) return std::nullopt;  // it begins with a 0
    value = value * 10 + (text[i] - '0');
    if (value > kMaxSize) return std::nullopt;
  }
  if (i == 0 || value == 0) return std::nullopt;
  const auto power = power_of(std::string_view(text).substr(i));
  if (!power || value > kMaxSize >> *power) return std::nullopt;
  return value << *power;
}

std::string trouble_of_size(const std::string& text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const bool number = digits > 0 && power_of(std::string_view(text).substr(digits));
  const std::size_t first = text.find_first_not_of('0');
  if (!number || first >= digits) return {};
  if (first == 0) return fmt::format("'{}' is larger than 2^40", text);
  return fmt::format("'{}' begins with a 0, which some readers of YAML take for octal: write {}",
                     text, text.substr(first));
}

}  // namespace einfall::explore
