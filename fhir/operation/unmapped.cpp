// $unmapped-codes: the codes that arrive and mean nothing to any programme's sets, the most frequent first, each with how many facts
// carry it. What nobody maps is never decided on: here an operator sees it. Reads every digest, so it takes its time.
// Source: the house's rule that a code which no table maps is named, not dropped in silence.
#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "core/population/fact.hpp"
#include "fhir/operation/desk.hpp"

namespace fhir::operation {
namespace {

using core::population::Fact;
using core::population::FactKind;

constexpr std::size_t most_codes = 200'000;  // counted; beyond them the rare ones are not told apart

struct Counted {
  std::size_t facts = 0;
  FactKind kind = FactKind::other;
};

struct Unmapped {
  std::size_t facts = 0, without = 0;  // all that carry a code; those of which no code means anything
  std::unordered_map<std::string, Counted> codes;
};

bool counts(FactKind kind) {
  return kind == FactKind::condition || kind == FactKind::observation || kind == FactKind::procedure || kind == FactKind::immunization || kind == FactKind::medication;
}

core::Result<Unmapped> count(const Desk& desk, core::store::Snapshot& snapshot) {
  core::population::Vocabulary words =
      desk.surveillance->reading([](const core::population::Population&, const core::gap::Plan& plan) { return plan.vocabulary(); });
  Unmapped all;
  auto done = snapshot.digests([&](const core::store::Key&, core::store::Sequence, std::string_view bytes) {
    const auto digest = core::population::decode(bytes);
    if (!digest) return true;
    for (const Fact& fact : digest->facts) {
      if (!counts(fact.kind) || fact.codes.empty()) continue;
      ++all.facts;
      const auto id = words.class_of(fact);
      if (id && words[*id].members > 0) continue;
      ++all.without;
      const auto& coding = fact.codes.front();
      const std::string key = coding.system + "|" + coding.code;
      if (all.codes.size() >= most_codes && !all.codes.contains(key)) continue;
      Counted& counted = all.codes[key];
      ++counted.facts;
      counted.kind = fact.kind;
    }
    return true;
  });
  if (!done) return done.error();
  return all;
}

void push(json::Document& doc, json::Value& list, std::string_view name, std::string_view type, json::Value value) {
  json::Value parameter = doc.object();
  doc.set(parameter, "name", doc.string(name));
  doc.set(parameter, type, value);
  doc.push(list, parameter);
}

}  // namespace

rest::Response unmapped(const Desk& desk, const rest::Request& request) {
  const auto call = Call::read(request, {"count"});
  if (!call) return answer(call.error());
  std::size_t most = 100;
  if (const std::string text = call->text("count"); !text.empty()) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), most);
    if (error != std::errc{} || end != text.data() + text.size()) return answer(core::invalid("'" + text + "' is not a number of codes", "count"));
  }
  auto snapshot = desk.store->snapshot();
  if (!snapshot) return answer(snapshot.error());
  const auto all = count(desk, **snapshot);
  if (!all) return answer(all.error());
  std::vector<std::pair<std::string, Counted>> order(all->codes.begin(), all->codes.end());
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.second.facts != b.second.facts ? a.second.facts > b.second.facts : a.first < b.first; });
  json::Document doc;
  doc.root() = doc.object();
  doc.set(doc.root(), "resourceType", doc.string("Parameters"));
  json::Value list = doc.array();
  push(doc, list, "facts", "valueInteger", doc.number(static_cast<std::int64_t>(all->facts)));
  push(doc, list, "unmapped", "valueInteger", doc.number(static_cast<std::int64_t>(all->without)));
  push(doc, list, "codes", "valueInteger", doc.number(static_cast<std::int64_t>(order.size())));
  for (std::size_t i = 0; i < std::min(most, order.size()); ++i) {
    json::Value parts = doc.array(), coding = doc.object();
    const std::size_t bar = order[i].first.find('|');
    if (bar > 0) doc.set(coding, "system", doc.string(order[i].first.substr(0, bar)));
    doc.set(coding, "code", doc.string(order[i].first.substr(bar + 1)));
    push(doc, parts, "code", "valueCoding", coding);
    push(doc, parts, "facts", "valueInteger", doc.number(static_cast<std::int64_t>(order[i].second.facts)));
    push(doc, list, "code", "part", parts);
  }
  doc.set(doc.root(), "parameter", list);
  return answer(doc.root());
}

}  // namespace fhir::operation
