#include "vscp_p1/meter_judge.hpp"

#include <algorithm>
#include <utility>

#include "vscp_p1/telegram.hpp"
#include "vscp_p1/text.hpp"

namespace vscp_p1 {
namespace {

std::string_view unit_name(const Reading& reading) noexcept {
  const auto found = std::find_if(wire_units.begin(), wire_units.end(), [&](const WireUnit& unit) {
    return unit.type == reading.type && unit.code == reading.unit;
  });
  return found == wire_units.end() ? std::string_view{} : found->vscp_name;
}

std::string with_unit(const Reading& reading) {
  std::string text(DecimalText(reading.value).view());
  const auto unit = unit_name(reading);
  return unit.empty() ? text : text.append(" ").append(unit);
}

// The lines that tell standards apart; empty: not sent.
struct Marks {
  std::string_view header;
  std::string version;   // 1-3:0.2.8, of DSMR 4 and later
  std::string belgian;   // 0-0:96.1.4
  bool old_gas = false;  // 0-n:24.3.0
  bool clock = false;    // 0-0:1.0.0
  bool title = false;    // 0-0:42.0.0
  bool total = false;    // 1-0:1.8.0
  bool tariffs = false;  // 1-0:1.8.1
};

Marks marks_of(std::string_view body) {
  LineReader reader(body);
  Marks marks{reader.header(), {}, {}};
  while (const auto line = reader.next()) {
    if (!*line) continue;
    const auto value = std::string(ValueCursor((*line)->values).next().value_or(""));
    const auto is = [&](const Obis& code) { return (*line)->id == code; };
    if (is("1-3:0.2.8"_obis)) marks.version = value;
    if (is("0-0:96.1.4"_obis)) marks.belgian = value;
    marks.old_gas |= (*line)->id.c == 24 && (*line)->id.d == 3;
    marks.clock |= is("0-0:1.0.0"_obis);
    marks.title |= is("0-0:42.0.0"_obis);
    marks.total |= is("1-0:1.8.0"_obis);
    marks.tariffs |= is("1-0:1.8.1"_obis);
  }
  return marks;
}

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

// Country by country, what no other sends; then what is common to several.
std::string likely_standard(std::string_view body) {
  const auto marks = marks_of(body);
  if (marks.belgian.size() == 5 && marks.belgian.starts_with("50") && is_number(marks.belgian)) {
    return "eMUCS-P1 " + marks.belgian + " (Belgium)";
  }
  if (marks.header.find("WARMTELINK") != std::string_view::npos) return "WarmteLink (Netherlands, district heating)";
  if (marks.header.starts_with("ESO")) return "ESO P1 (Lithuania)";
  if (!marks.version.empty()) {
    if (marks.title) return "Smarty P1 (Luxembourg)";
    const bool is_plain = marks.version.size() == 2 && is_number(marks.version);
    return is_plain ? "DSMR " + marks.version.substr(0, 1) + "." + marks.version.substr(1)
                    : "DSMR, version " + escaped(marks.version, longest_shown);
  }
  if (marks.title) return "P1 of E.ON (Hungary)";
  if (body.find("*255(") != std::string_view::npos) return "IEC 62056-21, D0 interface (Germany)";
  const bool is_old = marks.old_gas || (!marks.clock && !marks.total && marks.tariffs);
  if (is_old) return "DSMR 2.2 or 3.0 (Netherlands)";
  if (marks.clock && marks.total && !marks.tariffs) return "H1 (Sweden), or its form in Finland, Norway, Denmark";
  return "P1 without a version";
}

MeterJudge::MeterJudge(const Settings& settings, const TimeZone& zone, Decrypt decrypt)
    : settings_(settings),
      mapper_(settings, zone),
      decrypt_(std::move(decrypt)),
      envelope_({[this](std::string_view text) { on_text(text); },
                 [this](const CipheredFrame& frame) { return on_frame(frame); },
                 [this](Errc reason) { on_fault(reason); }}),
      framer_(settings.serial.crc) {}

void MeterJudge::feed(std::string_view bytes, UtcTime now) {
  now_ = now;
  envelope_.feed(bytes);
}

void MeterJudge::pause(UtcTime now) {
  now_ = now;
  envelope_.finish();
  framer_.pause([this](const Result<Telegram>& found) { on_found(found); });
}

std::optional<Errc> MeterJudge::restart() {
  envelope_.finish();
  framer_.finish([this](const Result<Telegram>& found) {
    if (!found) on_fault(found.error());
  });
  strict_.reset();
  return std::exchange(fault_, std::nullopt);
}

std::optional<Errc> MeterJudge::on_frame(const CipheredFrame& frame) {
  const auto text = decrypt_(frame);
  if (!text) return text.error();
  is_encrypted_ = true;
  on_text(*text);
  return std::nullopt;
}

void MeterJudge::on_text(std::string_view text) {
  strict_.feed(text, [this](const Result<Telegram>& found) { good_crcs_ += found ? 1U : 0U; });
  framer_.feed(text, [this](const Result<Telegram>& found) { on_found(found); });
}

void MeterJudge::on_found(const Result<Telegram>& found) {
  found ? on_telegram(found->body) : on_fault(found.error());
}

void MeterJudge::on_telegram(std::string_view body) {
  if (meter_) return;
  const auto mapping = mapper_.map(body, now_);
  if (mapping.lines == 0) return on_fault(Errc::no_data_line);
  MeterFinding finding;
  finding.header = escaped(mapping.header, longest_shown);
  finding.standard = likely_standard(body);
  finding.crc = good_crcs_ > 0                                ? CrcState::good
                : settings_.serial.crc == CrcCheck::automatic ? CrcState::not_sent
                                                              : CrcState::not_checked;
  finding.is_encrypted = is_encrypted_;
  finding.lines = mapping.lines;
  for (const auto& reading : mapping.readings) {
    finding.readings.push_back({settings_.quantities[reading.quantity].key, with_unit(reading)});
  }
  meter_ = std::move(finding);
}

void MeterJudge::on_fault(Errc reason) {
  if (reason == Errc::noise) return;
  fault_ = reason;
  if (reason == Errc::untitled_frame) framer_.reset();
  wrong_crcs_ = reason == Errc::crc_mismatch ? wrong_crcs_ + 1 : 0;
  const bool is_frame =
      reason >= Errc::key_missing && reason <= Errc::untitled_frame && reason != Errc::frame_damaged;
  if (is_frame || wrong_crcs_ >= crcs_to_doubt) obstacle_ = reason;
}

}  // namespace vscp_p1
