#include "fhir/path/functions.hpp"

#include <algorithm>
#include <array>

#include "fhir/path/families.hpp"

namespace fhir::path {
namespace {

// The one table: name, fewest and most arguments. Sorted by name.
constexpr auto table = std::to_array<Function>({
    {"Address", 1, 7, functions::make_complex},
    {"CodeableConcept", 1, 2, functions::make_complex},
    {"Coding", 1, 4, functions::make_complex},
    {"ContactPoint", 1, 3, functions::make_complex},
    {"Extension", 2, 2, functions::make_extension},
    {"HumanName", 1, 6, functions::make_complex},
    {"Identifier", 1, 4, functions::make_complex},
    {"Quantity", 1, 4, functions::make_complex},
    {"abs", 0, 0, functions::abs},
    {"aggregate", 1, 2, functions::aggregate},
    {"all", 1, 1, functions::all},
    {"allFalse", 0, 0, functions::all_false},
    {"allTrue", 0, 0, functions::all_true},
    {"anyFalse", 0, 0, functions::any_false},
    {"anyTrue", 0, 0, functions::any_true},
    {"as", 1, 1, functions::as},
    {"avg", 0, 0, functions::avg},
    {"base64Binary", 1, 2, functions::make_primitive},
    {"boolean", 1, 2, functions::make_primitive},
    {"canonical", 1, 2, functions::make_primitive},
    {"ceiling", 0, 0, functions::ceiling},
    {"children", 0, 0, functions::children},
    {"coalesce", 1, 9, functions::coalesce},
    {"code", 1, 2, functions::make_primitive},
    {"combine", 1, 1, functions::combine},
    {"comparable", 1, 1, functions::comparable},
    {"conformsTo", 1, 1, functions::conforms_to},
    {"contains", 1, 1, functions::contains},
    {"convertsToBoolean", 0, 0, functions::converts_to_boolean},
    {"convertsToDate", 0, 0, functions::converts_to_date},
    {"convertsToDateTime", 0, 0, functions::converts_to_datetime},
    {"convertsToDecimal", 0, 0, functions::converts_to_decimal},
    {"convertsToInteger", 0, 0, functions::converts_to_integer},
    {"convertsToLong", 0, 0, functions::converts_to_long},
    {"convertsToQuantity", 0, 1, functions::converts_to_quantity},
    {"convertsToString", 0, 0, functions::converts_to_string},
    {"convertsToTime", 0, 0, functions::converts_to_time},
    {"count", 0, 0, functions::count},
    {"create", 1, 1, functions::make_empty},
    {"date", 1, 2, functions::make_primitive},
    {"dateOf", 0, 0, functions::date_of},
    {"dateTime", 1, 2, functions::make_primitive},
    {"dayOf", 0, 0, functions::day_of},
    {"decimal", 1, 2, functions::make_primitive},
    {"decode", 1, 1, functions::decode},
    {"defineVariable", 1, 2, functions::define_variable},
    {"descendants", 0, 0, functions::descendants},
    {"distinct", 0, 0, functions::distinct},
    {"empty", 0, 0, functions::empty},
    {"encode", 1, 1, functions::encode},
    {"endsWith", 1, 1, functions::ends_with},
    {"escape", 1, 1, functions::escape},
    {"exclude", 1, 1, functions::exclude},
    {"exists", 0, 1, functions::exists},
    {"exp", 0, 0, functions::exp},
    {"extension", 1, 1, functions::extension},
    {"first", 0, 0, functions::first},
    {"floor", 0, 0, functions::floor},
    {"getValue", 0, 0, functions::get_value},
    {"hasExtension", 1, 1, functions::has_extension},
    {"hasValue", 0, 0, functions::has_value},
    {"highBoundary", 0, 1, functions::high_boundary},
    {"hourOf", 0, 0, functions::hour_of},
    {"htmlChecks", 0, 0, functions::html_checks},
    {"id", 1, 2, functions::make_primitive},
    {"iif", 2, 3, functions::iif},
    {"indexOf", 1, 1, functions::index_of},
    {"instant", 1, 2, functions::make_primitive},
    {"integer", 1, 2, functions::make_primitive},
    {"intersect", 1, 1, functions::intersect},
    {"is", 1, 1, functions::is},
    {"isDistinct", 0, 0, functions::is_distinct},
    {"join", 0, 1, functions::join},
    {"last", 0, 0, functions::last},
    {"lastIndexOf", 1, 1, functions::last_index_of},
    {"length", 0, 0, functions::length},
    {"ln", 0, 0, functions::ln},
    {"log", 1, 1, functions::log},
    {"lowBoundary", 0, 1, functions::low_boundary},
    {"lower", 0, 0, functions::lower},
    {"markdown", 1, 2, functions::make_primitive},
    {"matches", 1, 2, functions::matches},
    {"matchesFull", 1, 2, functions::matches_full},
    {"max", 0, 0, functions::max},
    {"memberOf", 1, 1, functions::member_of},
    {"millisecondOf", 0, 0, functions::millisecond_of},
    {"min", 0, 0, functions::min},
    {"minuteOf", 0, 0, functions::minute_of},
    {"monthOf", 0, 0, functions::month_of},
    {"not", 0, 0, functions::not_},
    {"now", 0, 0, functions::now},
    {"ofType", 1, 1, functions::of_type},
    {"oid", 1, 2, functions::make_primitive},
    {"positiveInt", 1, 2, functions::make_primitive},
    {"power", 1, 1, functions::power},
    {"precision", 0, 0, functions::precision},
    {"repeat", 1, 1, functions::repeat},
    {"repeatAll", 1, 1, functions::repeat_all},
    {"replace", 2, 2, functions::replace},
    {"replaceMatches", 2, 3, functions::replace_matches},
    {"resolve", 0, 0, functions::resolve},
    {"round", 0, 1, functions::round},
    {"secondOf", 0, 0, functions::second_of},
    {"select", 1, 1, functions::select},
    {"single", 0, 0, functions::single},
    {"skip", 1, 1, functions::skip},
    {"sort", 0, 9, functions::sort},
    {"split", 1, 1, functions::split},
    {"sqrt", 0, 0, functions::sqrt},
    {"startsWith", 1, 1, functions::starts_with},
    {"string", 1, 2, functions::make_primitive},
    {"subsetOf", 1, 1, functions::subset_of},
    {"substring", 1, 2, functions::substring},
    {"sum", 0, 0, functions::sum},
    {"supersetOf", 1, 1, functions::superset_of},
    {"tail", 0, 0, functions::tail},
    {"take", 1, 1, functions::take},
    {"time", 1, 2, functions::make_primitive},
    {"timeOf", 0, 0, functions::time_of},
    {"timeOfDay", 0, 0, functions::time_of_day},
    {"timezoneOffsetOf", 0, 0, functions::timezone_offset_of},
    {"toBoolean", 0, 0, functions::to_boolean},
    {"toChars", 0, 0, functions::to_chars},
    {"toDate", 0, 0, functions::to_date},
    {"toDateTime", 0, 0, functions::to_datetime},
    {"toDecimal", 0, 0, functions::to_decimal},
    {"toInteger", 0, 0, functions::to_integer},
    {"toLong", 0, 0, functions::to_long},
    {"toQuantity", 0, 1, functions::to_quantity},
    {"toString", 0, 0, functions::to_string},
    {"toTime", 0, 0, functions::to_time},
    {"today", 0, 0, functions::today},
    {"trace", 1, 2, functions::trace},
    {"trim", 0, 0, functions::trim},
    {"truncate", 0, 0, functions::truncate},
    {"type", 0, 0, functions::type},
    {"unescape", 1, 1, functions::unescape},
    {"union", 1, 1, functions::union_},
    {"unsignedInt", 1, 2, functions::make_primitive},
    {"upper", 0, 0, functions::upper},
    {"uri", 1, 2, functions::make_primitive},
    {"url", 1, 2, functions::make_primitive},
    {"uuid", 1, 2, functions::make_primitive},
    {"where", 1, 1, functions::where},
    {"withExtension", 3, 3, functions::with_extension},
    {"withProperty", 3, 3, functions::with_property},
    {"yearOf", 0, 0, functions::year_of},
});

constexpr bool by_name(const Function& a, const Function& b) { return a.name < b.name; }
static_assert(std::is_sorted(table.begin(), table.end(), by_name));

}  // namespace

const Function* function_of(std::string_view name) {
  const auto found = std::lower_bound(table.begin(), table.end(), name,
                                      [](const Function& f, std::string_view n) { return f.name < n; });
  return found != table.end() && found->name == name ? &*found : nullptr;
}

std::optional<Item> Call::value(std::size_t at) const {
  const Collection items = argument(at);
  const Item* item = on.single(*node.children[at], items);
  return item ? system_value(*item) : std::nullopt;
}

std::optional<std::string> Call::text(std::size_t at) const {
  auto item = value(at);
  if (!item) return std::nullopt;
  if (item->kind == Item::Kind::string) return std::move(item->text);
  return on.fail(*node.children[at], node.text + "() takes a String here"), std::nullopt;
}

std::optional<std::int64_t> Call::whole(std::size_t at) const {
  const auto item = value(at);
  const auto number = item ? integer_of(*item) : std::nullopt;
  if (item && !number) on.fail(*node.children[at], node.text + "() takes an Integer here");
  return number;
}

Collection Call::over_input(std::size_t at) const {
  Scope inner = scope;
  inner.focus = &input;
  return on.isolated(*node.children[at], inner);
}

std::optional<Item> Call::input_value() const {
  const Item* item = single();
  return item ? system_value(*item) : std::nullopt;
}

std::optional<std::string> Call::input_text() const {
  auto item = input_value();
  if (!item) {
    if (!failed() && input.size() == 1 && path::has_value(input.front())) fail(node.text + "() needs a String");
    return std::nullopt;
  }
  if (item->kind == Item::Kind::string || is_temporal(*item)) return std::move(item->text);
  return fail(node.text + "() needs a String, not " + std::string(type_name(*item))), std::nullopt;
}

Collection Each::operator()(const Item& item, std::size_t index) {
  one_.front() = item;
  scope_.index = static_cast<std::int64_t>(index);
  return call_.on.isolated(node_, scope_);
}

// Several items, none of them a Boolean, count as one that is no Boolean does: name.exists(given).
std::optional<bool> Each::holds(const Item& item, std::size_t index) {
  const Collection found = (*this)(item, index);
  const auto boolean = [](const Item& one) {
    return one.kind == Item::Kind::boolean || (one.kind == Item::Kind::element && one.value->is_boolean());
  };
  if (found.size() > 1 && std::none_of(found.begin(), found.end(), boolean)) return true;
  return call_.on.truth(node_, found);
}

}  // namespace fhir::path
