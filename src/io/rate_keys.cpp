// Keys of [PUBLISH]: how often readings are published, all and each.

#include "io/rate_keys.hpp"

#include <algorithm>

#include "io/config_key_kinds.hpp"
#include "io/named_sections.hpp"
#include "io/nearest_name.hpp"

namespace vscp_p1::io {
namespace {

using Average = Rates::Average;

const Keys& rate_keys() {
  static const auto keys = [] {
    const std::string section = "PUBLISH";
    constexpr std::string_view time_fault = "must be a time such as 10, 30s, 5m or 1h, or 0";
    constexpr std::int64_t largest_deadband = 1'000'000'000;
    Keys all;
    all.push_back(amount_key(
        section, "interval", [](auto& s) -> auto& { return s.publish.all.interval; }, time_suffixes, 0, time_fault));
    all.push_back(flag_key(
        section, "on_change", [](auto& s) -> auto& { return s.publish.all.on_change; }));
    all.push_back(decimal_key(
        section, "deadband", [](auto& s) -> auto& { return s.publish.all.deadband; }, largest_deadband));
    all.push_back(amount_key(
        section, "heartbeat", [](auto& s) -> auto& { return s.publish.all.heartbeat; }, time_suffixes, 0,
        time_fault));
    all.push_back(choice_key<>(
        section, "average", [](auto& s) -> auto& { return s.publish.all.average; },
        std::vector<std::pair<std::string_view, Average>>{
            {"last", Average::last}, {"mean", Average::mean}, {"min", Average::min}, {"max", Average::max}}));
    return all;
  }();
  return keys;
}

// The key for all that a name begins with; nullptr when there is none.
const ConfigKey* key_of(std::string_view name) {
  const auto& keys = rate_keys();
  const auto found =
      std::find_if(keys.begin(), keys.end(), [&](const ConfigKey& key) { return name.starts_with(key.name + "_"); });
  return found == keys.end() ? nullptr : &*found;
}

// Why a rate has no effect on a quantity of the table, or nothing.
std::string without_effect(const QuantitySettings& quantity, const Quantity& row, const ConfigKey& key,
                           const Rates& rates) {
  const bool is_profile = row.shape == Shape::entry || row.shape == Shape::hourly;
  if (row.dimension == Dimension::none || (is_profile && !quantity.has_own_code)) {
    return "it is published when it changes";
  }
  const bool is_average = key.name == "average" && rates.average != Average::last;
  return is_average && !is_momentary(row) ? "of meter readings, counts and what has a time of its own it is the last"
                                          : "";
}

}  // namespace

void add_publish_keys(Keys& keys) { keys.insert(keys.end(), rate_keys().begin(), rate_keys().end()); }

bool QuantityRates::is_key(std::string_view name) { return key_of(name) != nullptr; }

std::string QuantityRates::set(std::string_view name, std::string_view value, std::size_t line) {
  entries_.push_back({std::string(name), std::string(value), line});
  Settings scratch;
  return key_of(name)->read(scratch, value);
}

std::vector<QuantityRates::Remark> QuantityRates::complete(Settings& settings) const {
  std::vector<Remark> remarks;
  Settings scratch;  // to read values with the keys for all
  for (const auto& entry : entries_) {
    const auto& key = *key_of(entry.name);
    const auto name = entry.name.substr(key.name.size() + 1);
    const auto found = std::find_if(settings.quantities.begin(), settings.quantities.end(),
                                    [&](const QuantitySettings& q) { return q.key == name; });
    if (found == settings.quantities.end()) {
      remarks.push_back({entry.line, true, entry.name + ": " + unknown_quantity(name, settings)});
      continue;
    }
    const auto quantity = static_cast<std::size_t>(found - settings.quantities.begin());
    auto& own = settings.publish.own.try_emplace(quantity, settings.publish.all).first->second;
    scratch.publish.all = own;
    key.read(scratch, entry.value);
    own = scratch.publish.all;
    if (quantity >= quantities.size()) continue;
    const auto reason = without_effect(*found, quantities[quantity], key, own);
    if (!reason.empty()) remarks.push_back({entry.line, false, entry.name + ": has no effect, " + reason});
  }
  std::erase_if(settings.publish.own, [&](const auto& own) { return own.second == settings.publish.all; });
  return remarks;
}

void add_remarks(const std::vector<QuantityRates::Remark>& remarks, Config& config) {
  for (const auto& remark : remarks) {
    (remark.is_fault ? config.faults : config.warnings).push_back({remark.line, remark.text});
  }
}

PublishSettings inherited_rates(const Rates& all, const PublishSettings& general) {
  PublishSettings result{all, {}};
  for (const auto& [quantity, own] : general.own) {
    auto& rates = result.own.emplace(quantity, all).first->second;
    const auto keep = [&rates, &own = own, &general](auto field) {
      if (own.*field != general.all.*field) rates.*field = own.*field;
    };
    keep(&Rates::interval);
    keep(&Rates::on_change);
    keep(&Rates::deadband);
    keep(&Rates::heartbeat);
    keep(&Rates::average);
  }
  return result;
}

std::string show_quantity_rates(const Settings& settings, const PublishSettings& inherited) {
  std::string text;
  auto shown = settings.publish.own;
  for (const auto& [quantity, rates] : inherited.own) shown.try_emplace(quantity, settings.publish.all);
  if (shown.empty()) return text;
  Settings own;
  Settings expected;
  for (const auto& [quantity, rates] : shown) {
    own.publish.all = rates;
    expected.publish.all = inherited.of(quantity);
    for (const auto& key : rate_keys()) {
      if (key.same(own, expected)) continue;
      text += shown_setting(key.name + "_" + settings.quantities[quantity].key, key.show(own));
    }
  }
  return text;
}

}  // namespace vscp_p1::io
