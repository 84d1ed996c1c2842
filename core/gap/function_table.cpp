#include "core/gap/function_table.hpp"

#include <algorithm>
#include <array>

namespace core::gap {
namespace {

using Op = Rule::Op;

constexpr std::array functions{
    Function{Op::age, "age", Type::number, ""},           Function{Op::age_days, "age_days", Type::number, ""},
    Function{Op::female, "female", Type::boolean, ""},    Function{Op::male, "male", Type::boolean, ""},
    Function{Op::today, "today", Type::day, ""},          Function{Op::born, "born", Type::day, ""},
    Function{Op::birthday, "birthday", Type::day, "n"},   Function{Op::season_start, "season_start", Type::day, "nn"},
    Function{Op::open, "open", Type::boolean, "s"},       Function{Op::onset, "onset", Type::day, "s"},
    Function{Op::ever, "ever", Type::boolean, "s"},       Function{Op::first, "first", Type::day, "s"},
    Function{Op::last, "last", Type::day, "s|d"},         Function{Op::within, "within", Type::boolean, "sn"},
    Function{Op::count, "count", Type::number, "s|n"},    Function{Op::value, "value", Type::number, "s|n"},
    Function{Op::previous, "previous", Type::number, "sn"}, Function{Op::lowest, "lowest", Type::number, "sn"},
    Function{Op::highest, "highest", Type::number, "sn"}, Function{Op::answer, "answer", Type::boolean, "ss"},
    Function{Op::declined, "declined", Type::boolean, "s"}, Function{Op::on, "on", Type::boolean, "s"},
    Function{Op::on_since, "on_since", Type::day, "s"},   Function{Op::drugs, "drugs", Type::number, "|s"},
    Function{Op::twice_below, "twice_below", Type::boolean, "snn"},
    Function{Op::under_way, "under_way", Type::boolean, "s"}, Function{Op::need, "need", Type::boolean, "t"},
    Function{Op::need_since, "need_since", Type::day, "t"}, Function{Op::supported, "supported", Type::boolean, "t"},
    Function{Op::tier, "tier", Type::number, "|a"},       Function{Op::score, "score", Type::number, "a"},
};

constexpr std::array operators{
    std::pair{Op::and_, "and"}, std::pair{Op::or_, "or"}, std::pair{Op::xor_, "xor"}, std::pair{Op::implies, "implies"},
    std::pair{Op::not_, "not"}, std::pair{Op::iif, "iif"}, std::pair{Op::equal, "="}, std::pair{Op::not_equal, "!="},
    std::pair{Op::less, "<"}, std::pair{Op::less_or_equal, "<="}, std::pair{Op::greater, ">"},
    std::pair{Op::greater_or_equal, ">="}, std::pair{Op::add, "+"}, std::pair{Op::subtract, "-"}, std::pair{Op::multiply, "*"},
    std::pair{Op::divide, "/"}, std::pair{Op::exists, "exists"}, std::pair{Op::coalesce, "coalesce"},
    std::pair{Op::earliest, "earliest"}, std::pair{Op::latest, "latest"}, std::pair{Op::text, "a text"},
};

}  // namespace

const Function* function_of(Op op) {
  const auto found = std::find_if(functions.begin(), functions.end(), [op](const Function& each) { return each.op == op; });
  return found == functions.end() ? nullptr : &*found;
}

bool gives_nothing(Op op) {
  constexpr std::array all{Op::value, Op::previous, Op::lowest, Op::highest, Op::answer};
  return std::find(all.begin(), all.end(), op) != all.end();
}

std::string_view name_of(Rule::Op op) {
  if (const auto* function = function_of(op)) return function->name;
  for (const auto& [each, name] : operators)
    if (each == op) return name;
  return "a literal";
}

Type result_of(Rule::Op op) {
  const auto* function = function_of(op);
  return function ? function->result : Type::anything;
}

}  // namespace core::gap
