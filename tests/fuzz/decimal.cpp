// Two numbers, a line each, and what is calculated with them.
#include "vscp_p1/decimal.hpp"

#include <nlohmann/json.hpp>

#include "fuzz/check.hpp"
#include "vscp_p1/event.hpp"
#include "vscp_p1/unit.hpp"

namespace {

using namespace vscp_p1;
using fuzz::check;

void check_text(const Decimal& value) {
  const DecimalText text(value);
  const auto digits = text.view().substr(text.view().starts_with('-') ? 1 : 0);
  check(!digits.empty() && digits.front() != '.' && digits.back() != '.' &&
            digits.find_first_not_of(".0123456789") == std::string_view::npos,
        "text of a number");
  check(nlohmann::json::accept(text.view()), "a number of JSON");
  if (const auto again = parse_decimal_prefix(text.view())) {
    check(again->length == text.view().size() && DecimalText(again->value).view() == text.view(), "there and back");
  }
}

void check_events(const Decimal& value) {
  for (const auto event_class :
       {EventClass::measurement_str, EventClass::measurement_float, EventClass::measurement}) {
    Event event;
    set_measurement(event, event_class, {value, 1, 9, 2, 3});
    check(event.data().size() <= (event_class == EventClass::measurement ? 8 : 512), "size of the data");
    check_text(event.measurement->value);
  }
}

}  // namespace

FUZZ_TARGET {
  const auto end = std::min(input.find('\n'), input.size());
  const auto x = parse_decimal_prefix(input.substr(0, end));
  const auto y = parse_decimal_prefix(input.substr(std::min(end + 1, input.size())));
  if (!x) return;
  check(x->length <= end, "length of a number");
  check_text(x->value);
  check_events(x->value);
  for (const auto& unit : wire_units) check_text(converted(x->value, unit));
  if (!y) return;
  for (const auto& result : {product(x->value, y->value), sum(x->value, y->value), difference(x->value, y->value)}) {
    if (!result) continue;
    check_events(*result);
    check(difference(*result, *result) == std::optional(Decimal{0, result->exponent}), "nothing is left");
  }
  const auto total = sum(x->value, y->value);
  const auto back = total ? difference(*total, y->value) : std::nullopt;
  const auto rest = back ? difference(*back, x->value) : std::nullopt;
  check(!rest || rest->mantissa == 0, "a sum is exact");
}
