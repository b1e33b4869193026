#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arch/machine.hpp"
#include "base/result.hpp"
#include "explore/assumptions.hpp"

/// Scenario documents: which cascade runs with which sizes on which machine under which mapping,
/// with parameters that are set from outside, and with named quirks: assumptions of a published
/// model that the corrected one does not share.
namespace einfall::explore {

using arch::Located;

/// A parameter: one of `values`, or with `size` any whole number (the values are then the points
/// that reports visit). Without a default it is unset unless given.
struct Parameter {
  std::string name;
  std::string doc;
  std::vector<std::string> values;
  bool size = false;
  std::optional<std::string> fallback;
  base::SourceSpan span;
};

/// Conditions that must all hold: a parameter has one of these values ("given": any, "unset":
/// none).
struct When {
  std::vector<std::pair<Located<std::string>, std::vector<std::string>>> all;
};

struct ChoiceCase;

/// Text with {parameter} in it, or a choice between texts by the value of a parameter.
struct Choice {
  Located<std::string> text;      // where `by` is empty
  Located<std::string> by;        // a parameter
  std::vector<ChoiceCase> cases;  // "otherwise" last
};
struct ChoiceCase {
  std::string value;
  Choice choice;
};

struct SizeSetting {
  Located<std::string> rank;
  Choice value;
};

/// Sizes that hold under a condition.
struct Override {
  When when;
  std::vector<SizeSetting> sizes;
};

struct QuirkCase {
  When when;
  Patch set;
};
/// A named deviation of the published model.
struct Quirk {
  std::string name;
  std::string title;
  std::string published;  // the value or rule the published model has
  std::string corrected;  // and the one that holds without this quirk
  std::string acts_on;    // machine, mapping or model
  std::string scope;      // designs and lengths, in words
  std::vector<QuirkCase> cases;
  base::SourceSpan span;
};

/// A memory whose capacity is the smallest of start, 2 start, 4 start... for which no section waits
/// for the outermost memory.
struct Growth {
  Located<std::string> memory;
  Choice start;  // bytes, a product as in sizes
};

/// One part of a composed scenario.
struct Part {
  std::string name;
  When when;
  Located<std::string> scenario;
  std::optional<Choice> times;
  std::vector<std::pair<std::string, Choice>> set;
  base::SourceSpan span;
};

struct Scenario {
  std::string name;
  std::string doc;
  std::vector<Parameter> parameters;
  std::optional<Choice> cascade, model, machine, mapping;
  std::vector<SizeSetting> sizes;
  std::vector<Override> overrides;
  std::vector<Quirk> quirks;
  std::optional<Growth> growth;
  Patch assume;             // for every point of this scenario
  std::vector<Part> parts;  // a composition: its parts run one after another
  std::string path;         // names in the document are relative to it
  base::SourceSpan span;

  [[nodiscard]] const Parameter* find(const std::string& parameter) const;
};

/// Errors: E950 to E959 and those of the YAML reader.
[[nodiscard]] base::Result<Scenario> load_scenario(const std::string& path);

/// Every schema of a scenario document, for the reference page.
[[nodiscard]] std::vector<base::SchemaTable> scenario_schema_tables();

/// Scenario documents by path, each read once.
class Scenarios {
 public:
  [[nodiscard]] base::Result<std::shared_ptr<const Scenario>> get(const std::string& path);

 private:
  std::map<std::string, std::shared_ptr<const Scenario>> loaded_;
};

/// Values of parameters as users give them. Where a scenario or a part of it has quirks there are
/// besides `mode` (corrected, published: no quirk, all quirks) or `quirks` (names between commas,
/// or all, or none); a composition hands them to its parts, to each the quirks that it has.
using Settings = std::map<std::string, std::string>;

struct ResolvedPart;

/// A scenario with all parameters in place: names of documents and sizes, nothing left to choose.
struct Resolved {
  std::string name;
  Settings parameters;                     // every one that has a value, canonical
  std::vector<std::string> quirks;         // switched on, and changing an assumption
  std::vector<std::string> idle_quirks;    // switched on, without effect on this point
  std::vector<std::string> phased_quirks;  // of `quirks`: without effect if the mapping pipelines
  /// Of `quirks`: those that do nothing but read these tensors again.
  std::map<std::string, std::vector<std::string>> reading_quirks;
  std::string cascade, model, machine, mapping;      // paths; no model: empty
  std::map<std::string, base::SourceSpan> named_at;  // where the document names each of them
  /// By rank: products of sizes and of ranks of the model, "16K*B".
  std::map<std::string, Located<std::string>> sizes;
  std::map<std::string, base::SourceSpan> sized_at;  // where the document names these ranks
  Assumptions assumptions;
  Located<std::string> grown_memory;  // empty: capacities are the machine's
  Located<std::string> grown_from;
  std::vector<ResolvedPart> parts;
};
/// A part of a composition, under its name.
struct ResolvedPart {
  std::string name;
  Resolved scenario;
  std::int64_t times = 1;  // one after another
};

/// Errors: E951 unknown parameter or quirk, E952 a value that is not allowed, E953 a choice without
/// a case, E954 a parameter that is needed and unset, E955 a composition that contains itself
/// or has more than 256 parts, those of its parts included.
/// The parts of a composition come from `scenarios`.
[[nodiscard]] base::Result<Resolved> resolve(const Scenario& scenario, const Settings& settings,
                                             Scenarios& scenarios);

/// `name` as seen from the folder of `document`.
[[nodiscard]] std::string beside(const std::string& document, const std::string& name);

/// "16K" for 16384: whole multiples of 1024 with their suffix, other numbers as they are.
[[nodiscard]] std::string size_text(std::int64_t size);
/// The number of "16K" or "16384"; nullopt if it is none in [1, 2^40], or begins with a 0.
[[nodiscard]] std::optional<std::int64_t> parse_size(const std::string& text);
/// What is wrong with a text that is a number and yet no size: it is too large, or begins with a 0;
/// empty for what is no number at all.
[[nodiscard]] std::string trouble_of_size(const std::string& text);

}  // namespace einfall::explore
