#include "app/listings.hpp"

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <sstream>
#include <utility>

#include "vscp_p1/capture.hpp"
#include "vscp_p1/quantity.hpp"
#include "vscp_p1/telegram.hpp"
#include "vscp_p1/text.hpp"

namespace vscp_p1::app {
namespace {

std::string joined(std::initializer_list<std::string_view> fields) {
  std::string line;
  for (const auto field : fields) line.append(line.empty() ? "" : "\t").append(field);
  return line + "\n";
}

std::string type_of(const Quantity& row) {
  switch (row.shape) {
    case Shape::text:
    case Shape::code: return "509/1";
    case Shape::tariff: return "20/42";
    case Shape::breaker: return "20/3";
    case Shape::valve: return "20/7";
    default: return std::to_string(find_unit(row.dimension, {})->type);
  }
}

bool has_own_quantity(const Settings& settings, const Obis& id) {
  return std::any_of(settings.quantities.begin(), settings.quantities.end(),
                     [&](const QuantitySettings& q) { return q.has_own_code && q.obis == id; });
}

// For a terminal: a line may go on over several, and a meter may send anything.
void append_shown(std::string_view line, std::string& out) {
  while (true) {
    const auto end = line.find('\n');
    auto part = line.substr(0, end);
    if (part.ends_with('\r')) part.remove_suffix(1);
    out.append(escaped(part)).append("\n");
    if (end == std::string_view::npos) return;
    line.remove_prefix(end + 1);
  }
}

}  // namespace

std::string quantity_list() {
  std::string text;
  for (const auto& row : quantities) {
    const auto* unit = find_unit(row.dimension, {});
    text += joined({row.key, ObisText(line_code(row)).view(), type_of(row),
                    unit != nullptr ? std::to_string(unit->code) : "-", unit != nullptr ? unit->vscp_name : "-",
                    std::to_string(row.number), std::to_string(row.number & 0xFF), row.note,
                    "send_" + std::string(name_of(row.group))});
  }
  return text;
}

std::string unknown_lines(std::istream& stream, const Settings& settings) {
  std::string content{std::istreambuf_iterator<char>(stream), {}};
  if (is_capture(content)) content = captured_bytes(content);
  std::istringstream telegrams(std::move(content));
  std::string lines;
  std::string telegram;
  const auto read_telegram = [&] {
    LineReader reader(telegram);
    while (reader.next()) {
      const auto code = parse_obis_prefix(reader.line());
      if (!code || !(is_known(code->id) || has_own_quantity(settings, code->id))) append_shown(reader.line(), lines);
    }
    telegram.clear();
  };
  for (std::string line; std::getline(telegrams, line);) {
    if (line.starts_with('/')) read_telegram();  // the one before has no end
    const bool is_inside = line.starts_with('/') || !telegram.empty();
    if (is_inside && line.starts_with('!')) {
      read_telegram();
    } else if (is_inside) {
      telegram.append(line).append("\n");
    }
  }
  read_telegram();
  return lines;
}

}  // namespace vscp_p1::app
