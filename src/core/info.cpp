#include "vscp_p1/info.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "vscp_p1/state.hpp"

namespace vscp_p1 {
namespace {

// The FLAG id of the manufacturer is the first three letters of the header (IEC 62056-21 §6.3.2).
std::string manufacturer_of(std::string_view header) {
  constexpr std::size_t letters = 3;
  std::string id(header.substr(0, letters));
  std::transform(id.begin(), id.end(), id.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  const bool good =
      id.size() == letters && std::all_of(id.begin(), id.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  return good ? id : std::string{};
}

constexpr auto version_codes = std::to_array<Obis>({"1-3:0.2.8"_obis, "0-0:96.1.4"_obis});

std::string first_text(const Mapper::Mapping& mapping, std::span<const Obis> codes) {
  for (const auto& code : codes) {
    const auto quantity = find_quantity(code);
    for (const auto& state : mapping.states) {
      if (state.quantity != quantity) continue;
      if (auto text = state_text(quantities[*quantity].shape, state.text); !text.empty()) return text;
    }
  }
  return {};
}

}  // namespace

std::string meter_info(const Mapper::Mapping& mapping) {
  nlohmann::ordered_json info;
  const auto put = [](nlohmann::ordered_json& object, const char* key, std::string text) {
    if (!text.empty()) object[key] = std::move(text);
  };
  put(info, "header", std::string(mapping.header));
  put(info, "manufacturer", manufacturer_of(mapping.header));
  put(info, "version", first_text(mapping, version_codes));
  put(info, "equipment_id", first_text(mapping, equipment_id_codes));
  for (std::size_t channel = 1; channel < mapping.devices.size(); ++channel) {
    const auto& device = mapping.devices[channel];
    const auto id = state_text(Shape::text, device.id);
    if (device.type < 0 && id.empty()) continue;
    auto& entry = info["mbus"][std::to_string(channel)];
    entry = nlohmann::ordered_json::object();
    if (device.type >= 0) entry["type"] = device.type;
    put(entry, "id", id);
  }
  return info.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace vscp_p1
