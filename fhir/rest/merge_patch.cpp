#include "fhir/rest/patch.hpp"

namespace fhir::rest {
namespace {

void merge(json::Document& document, json::Value& target, const json::Value& patch) {
  for (const json::Member& member : patch.members()) {
    if (member.value.is_null()) {
      document.remove(target, member.name);
      continue;
    }
    json::Value* into = document.find(target, member.name);
    if (!member.value.is_object()) {
      document.set(target, member.name, document.copy(member.value));
      continue;
    }
    if (into == nullptr || !into->is_object()) into = &document.set(target, member.name, document.object());
    merge(document, *into, member.value);
  }
}

}  // namespace

void apply_merge_patch(json::Document& document, const json::Value& patch) {
  if (patch.is_object() && document.root().is_object()) merge(document, document.root(), patch);
  else document.root() = document.copy(patch);
}

}  // namespace fhir::rest
