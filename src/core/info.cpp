#include "vscp_p1/info.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "vscp_p1/state.hpp"
#include "vscp_p1/text.hpp"

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

// The first of the texts that says something.
std::string first_text(std::span<const Obis> codes, std::span<const std::string> texts) {
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const auto shape = quantities[find_quantity(codes[i]).value()].shape;
    if (auto text = state_text(shape, texts[i]); !text.empty()) return text;
  }
  return {};
}

// Takes over what was sent for one of the codes; an empty text says nothing.
bool take(const StateLine& state, std::span<const Obis> codes, std::span<std::string> texts) {
  const auto code = std::find(codes.begin(), codes.end(), quantities[state.quantity].id);
  if (code == codes.end() || state.text.empty()) return false;
  auto& text = texts[static_cast<std::size_t>(code - codes.begin())];
  if (text == state.text) return false;
  text = state.text;
  return true;
}

}  // namespace

bool MeterInfo::update(const Mapper::Mapping& mapping) {
  bool is_new = false;
  if (header_ != mapping.header) {
    *this = {};
    header_ = mapping.header;
    is_new = true;
  }
  for (const auto& state : mapping.states) {
    is_new |= take(state, version_codes, versions_) || take(state, equipment_id_codes, equipment_ids_);
  }
  for (std::size_t channel = 1; channel < mapping.devices.size(); ++channel) {
    is_new |= update_device(channel, mapping.devices[channel]);
  }
  return is_new;
}

bool MeterInfo::update_device(std::size_t channel, const MbusDevice& sent) {
  auto& device = devices_[channel];
  const bool is_gone = sent.type == MbusDevice::type_absent;
  const bool other_type = sent.type != MbusDevice::type_unknown && sent.type != device.type;
  const bool other_id = is_gone ? !device.id.empty() : !sent.id.empty() && sent.id != device.id;
  if (other_type) device.type = sent.type;
  if (other_id) device.id = is_gone ? std::string_view{} : sent.id;
  if (other_id && !is_gone) {  // it may come from another channel
    for (auto& other : devices_) {
      if (&other != &device && other.id == device.id) other = {};
    }
  }
  return other_type || other_id;
}

std::string MeterInfo::manufacturer() const { return manufacturer_of(header_); }
std::string MeterInfo::version() const { return first_text(version_codes, versions_); }
std::string MeterInfo::equipment_id() const { return first_text(equipment_id_codes, equipment_ids_); }

std::string MeterInfo::json() const {
  nlohmann::ordered_json info;
  const auto put = [](nlohmann::ordered_json& object, const char* key, std::string text) {
    if (!text.empty()) object[key] = std::move(text);
  };
  put(info, "header", std::string(first_bytes(header_, longest_text)));
  put(info, "manufacturer", manufacturer());
  put(info, "version", version());
  put(info, "equipment_id", equipment_id());
  for (std::size_t channel = 1; channel < devices_.size(); ++channel) {
    const auto& device = devices_[channel];
    const auto id = state_text(Shape::text, device.id);
    if (device.type < 0 && id.empty()) continue;
    auto& entry = info["mbus"][std::to_string(channel)];
    entry = nlohmann::ordered_json::object();
    if (device.type >= 0) entry["type"] = device.type;
    put(entry, "id", id);
  }
  return without_raw_controls(info.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace vscp_p1
