#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "tests/explore/study.hpp"

// Every quirk of the FuseMax study switched by itself, through the reproduction: on alone against
// the corrected model, and off alone against the published one. Each changes what its row on the
// page of quirks says, and nothing else by a single bit.
namespace einfall::explore {
namespace {

using tests::kStudy;
using tests::must;

struct Where {
  std::string list;  // points, end_to_end, sweep, area
  std::string quantity, model, length, design;
};
struct Change {
  Where where;
  double with = 0, without = 0;
};

void compare(const std::string& list, const std::vector<PointResult>& with,
             const std::vector<PointResult>& without, std::vector<Change>& out) {
  REQUIRE(with.size() == without.size());
  for (std::size_t i = 0; i < with.size(); ++i) {
    const auto key = [&](const std::string& axis) {
      for (const auto& [name, value] : with[i].keys)
        if (name == axis) return value;
      return std::string();
    };
    const Where at{list, "", key("model"), key("seq_len"), key("design")};
    const auto add = [&](const std::string& quantity, double a, double b) {
      Where here = at;
      here.quantity = quantity;
      if (a != b) out.push_back({here, a, b});
    };
    add("latency", with[i].latency_s, without[i].latency_s);
    add("energy", with[i].energy_j, without[i].energy_j);
    add("traffic", with[i].traffic_bytes, without[i].traffic_bytes);
    add("area", with[i].area_mm2.value_or(0), without[i].area_mm2.value_or(0));
  }
}

class Study {
 public:
  Study() : study_(must(load_reproduction(kStudy))) {
    // Predictions are those of the corrected model in every mode.
    study_.predictions.clear();
    const auto scenario = must(documents_.scenarios().get(beside(kStudy, study_.scenario.value)));
    for (const Quirk& quirk : scenario->quirks) names.push_back(quirk.name);
    corrected_ = run({{"mode", "corrected"}});
    published_ = run({{"mode", "published"}});
  }

  std::vector<Change> alone(const std::string& quirk) {
    return changes(run({{"quirks", quirk}}), corrected_);
  }
  std::vector<Change> all_but(const std::string& quirk) {
    std::string others;
    for (const std::string& name : names)
      if (name != quirk) others += (others.empty() ? "" : ",") + name;
    return changes(published_, run({{"quirks", others}}));
  }

  std::vector<std::string> names;

 private:
  ReproductionResult run(const Settings& settings) {
    return must(reproduce(study_, settings, documents_));
  }
  static std::vector<Change> changes(const ReproductionResult& with,
                                     const ReproductionResult& without) {
    std::vector<Change> out;
    compare("points", with.points, without.points, out);
    compare("end_to_end", with.end_to_end, without.end_to_end, out);
    compare("sweep", with.sweep, without.sweep, out);
    REQUIRE(with.area_mm2.size() == without.area_mm2.size());
    for (std::size_t i = 0; i < with.area_mm2.size(); ++i)
      if (with.area_mm2[i].second != without.area_mm2[i].second)
        out.push_back({{"area", "area", "", "", with.area_mm2[i].first},
                       with.area_mm2[i].second,
                       without.area_mm2[i].second});
    return out;
  }

  Reproduction study_;
  Documents documents_;
  ReproductionResult corrected_, published_;
};

using Names = std::set<std::string>;
bool in(const Names& names, const std::string& name) { return names.count(name) > 0; }

/// Where a quirk may change something, and at how many places at least.
struct Scope {
  std::function<bool(const Where&)> allowed;
  std::size_t at_least = 0;
  /// Where else it may, by a part of less than `most`.
  std::function<bool(const Where&)> slightly = [](const Where&) { return false; };
  double most = 0;

  [[nodiscard]] bool covers(const Change& change) const {
    return allowed(change.where) ||
           (slightly(change.where) && std::abs(change.with / change.without - 1) < most);
  }
};

const Names kThreePass = {"unfused", "flat"};
const Names kLong = {"64K", "256K", "1M"};

bool none(const Where&) { return false; }
bool blocked_cascade(const Where& w) {
  return w.design == "cascade" && (in(kLong, w.length) || w.length == "16K");
}
bool spilling(const Where& w) { return w.design == "flat" && in({"4K", "16K", "64K"}, w.length); }
bool moved(const Where& w) { return w.quantity == "traffic" || w.quantity == "energy"; }

// Each quirk alone against the corrected model, in which units and transfers wait for each other.
std::map<std::string, Scope> scopes() {
  const auto energy = [](const Where& w) { return w.quantity == "energy"; };
  const auto latency = [](const Where& w) { return w.quantity == "latency"; };
  const auto of_attention = [](const Where& w) { return w.list != "sweep" && w.list != "area"; };
  return {
      // 24 points of 5 designs, alone and end to end.
      {"b1", {energy, 240}},
      {"b2", {[=](const Where& w) { return energy(w) || w.quantity == "area"; }, 240 + 5 + 6}},
      {"b3", {[=](const Where& w) { return energy(w) && w.design == "cascade"; }, 48}},
      {"b4", {[=](const Where& w) { return energy(w) && in(kLong, w.length); }, 24}},
      {"b5", {[=](const Where& w) { return latency(w) && in(kThreePass, w.design); }, 40}},
      {"b6",
       {[](const Where& w) { return blocked_cascade(w) && moved(w); }, 64,
        [=](const Where& w) { return blocked_cascade(w) && latency(w); }, 1e-5}},
      {"b7", {none, 0}},
      {"phases", {latency, 240 + 24}},
      {"drain", {[=](const Where& w) { return latency(w) && of_attention(w); }, 240}},
      {"ports",
       {[=](const Where& w) { return latency(w) && w.list == "sweep"; }, 36 + 16,
        [=](const Where& w) { return latency(w) && w.design == "cascade" && w.model != "XLM"; },
        1e-5}},
      {"spill",
       {[=](const Where& w) {
          return spilling(w) && (moved(w) || (latency(w) && w.model == "XLM"));
        },
        40 + 24, [=](const Where& w) { return spilling(w) && latency(w); }, 1e-3}},
      {"capacity",
       {[=](const Where& w) {
          return of_attention(w) && in(kThreePass, w.design) && in({"256K", "1M"}, w.length);
        },
        80}},
  };
}

// Each quirk off against the published model, in which nothing waits inside a phase.
std::map<std::string, Scope> scopes_beside_the_others() {
  auto out = scopes();
  out["b6"] = {[](const Where& w) { return blocked_cascade(w) && moved(w); }, 64};
  out["phases"].at_least = 200;
  out["drain"] = {[](const Where& w) {
                    // At 128 features the phases between cover the drains.
                    return w.quantity == "latency" && w.design == "architecture" &&
                           w.model != "XLM";
                  },
                  36};
  out["ports"] = {none, 0};
  out["spill"] = {[](const Where& w) { return spilling(w) && moved(w); }, 40};
  return out;
}

void check_scope(const std::string& quirk, const char* how, const std::vector<Change>& changes,
                 const Scope& scope) {
  INFO(quirk << ' ' << how);
  for (const Change& change : changes) {
    const Where& w = change.where;
    INFO(w.list << ' ' << w.quantity << ' ' << w.model << ' ' << w.length << ' ' << w.design << ": "
                << change.without << " becomes " << change.with);
    CHECK(scope.covers(change));
  }
  CHECK(changes.size() >= scope.at_least);
}

TEST_CASE("every quirk by itself changes what its row says and nothing else", "[quirks]") {
  Study study;
  const auto expected = scopes();
  const auto beside = scopes_beside_the_others();
  REQUIRE(study.names.size() == expected.size());
  for (const std::string& quirk : study.names) {
    REQUIRE(expected.count(quirk) == 1);
    check_scope(quirk, "on", study.alone(quirk), expected.at(quirk));
    check_scope(quirk, "off", study.all_but(quirk), beside.at(quirk));
  }
}

}  // namespace
}  // namespace einfall::explore
