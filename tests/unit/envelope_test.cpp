#include "vscp_p1/envelope.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "encrypt.hpp"
#include "unit/support.hpp"

namespace vscp_p1 {
namespace {

using test::with_crc;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string telegram = with_crc("/EXA5\\meter\r\n\r\n1-0:1.8.0(000001.234*kWh)\r\n1-0:1.7.0(00.567*kW)\r\n");

// Stands for the cipher: the tag tells whether the frame is whole.
std::string tag_of(std::string_view ciphertext, std::uint32_t counter) {
  const auto bytes = encrypt::big_endian(counter, 4) + std::string(ciphertext);
  return encrypt::big_endian(crc16_arc(bytes), 2) + std::string(10, 'T');
}
std::string frame(std::string_view ciphertext, std::uint32_t counter = 1) {
  return encrypt::frame(counter, ciphertext, tag_of(ciphertext, counter));
}

// The envelope with a framer behind it, as the program has them.
class Receiver {
 public:
  explicit Receiver(bool has_key = true)
      : envelope_({[this](std::string_view bytes) { take_text(bytes); },
                   [this, has_key](const CipheredFrame& f) {
                     return has_key ? take_frame(f) : std::optional(Errc::key_missing);
                   },
                   [this](Errc reason) { faults.emplace_back(message(reason)); }}) {}

  void feed(std::string_view bytes, std::size_t piece = static_cast<std::size_t>(-1)) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) envelope_.feed(bytes.substr(0, piece));
  }
  void finish() {
    envelope_.finish();
    framer_.finish(framed);
  }
  bool is_inside_frame() const { return envelope_.is_inside_frame(); }

  std::string text;
  std::vector<std::string> frames;  // ciphertexts
  std::vector<std::string> faults;
  test::Frames framed;

 private:
  void take_text(std::string_view bytes) {
    text += bytes;
    framer_.feed(bytes, framed);
  }
  std::optional<Errc> take_frame(const CipheredFrame& f) {
    if (f.tag != tag_of(f.ciphertext, f.counter)) return Errc::key_wrong;
    frames.emplace_back(f.ciphertext);
    return std::nullopt;
  }

  Framer framer_;
  Envelope envelope_;
};

Receiver received(std::string_view stream, std::size_t piece = static_cast<std::size_t>(-1)) {
  Receiver receiver;
  receiver.feed(stream, piece);
  receiver.finish();
  return receiver;
}

const std::string ciphertext = test::random_bytes(7, 300);
const std::string other = test::random_bytes(8, 300);
const std::string damaged = "encrypted frame damaged";
const std::string wrong_key = "decryption_key does not fit this meter";

std::string hdlc(std::string content) {
  content = encrypt::big_endian(static_cast<std::uint32_t>(0xA000 + content.size() + 4), 2) + content;
  std::uint16_t crc = 0xFFFF;
  for (const char c : content) {
    for (int bit = 0; bit < 8; ++bit) {
      const bool odd = ((crc ^ static_cast<unsigned char>(c) >> bit) & 1) != 0;
      crc = static_cast<std::uint16_t>(crc >> 1 ^ (odd ? 0x8408 : 0));
    }
  }
  crc = static_cast<std::uint16_t>(~crc);
  return "\x7E" + content + static_cast<char>(crc & 0xFF) + static_cast<char>(crc >> 8) + "\x7E";
}

std::string mbus(const std::string& content) {
  const auto length = encrypt::big_endian(static_cast<std::uint32_t>(content.size()), 1);
  const auto sum = std::accumulate(content.begin(), content.end(), 0U,
                                   [](unsigned s, char c) { return s + static_cast<unsigned char>(c); });
  return "h" + length + length + "h" + content + encrypt::big_endian(sum, 1) + "\x16";
}

std::string untitled(const std::string& content) {
  return "/KFM5METER\r\n\r\n" + encrypt::from_hex("0082") +
         encrypt::big_endian(static_cast<std::uint32_t>(content.size() + 1), 2) + "\x30" + content;
}

TEST(Envelope, passes_plain_telegrams_on_unchanged_and_at_once) {
  for (const auto& entry : std::filesystem::directory_iterator(SOURCE_DIR "/tests/data")) {
    if (entry.path().extension() != ".txt") continue;
    const auto text = test::read_file(entry.path());
    for (std::size_t piece = 1; piece < 80; ++piece) {
      Receiver receiver;
      for (std::size_t at = 0; at < text.size(); at += piece) {
        receiver.feed(std::string_view(text).substr(at, piece));
        ASSERT_EQ(receiver.text.size(), std::min(at + piece, text.size())) << entry << " in pieces of " << piece;
      }
      EXPECT_EQ(receiver.text, text) << entry << " in pieces of " << piece;
      EXPECT_THAT(receiver.faults, IsEmpty()) << entry;
    }
  }
}

TEST(Envelope, takes_frames_of_every_length_in_any_pieces) {
  for (const std::size_t size : {1, 110, 111, 238, 239, 600, 16'367}) {
    const auto content = test::random_bytes(static_cast<std::uint32_t>(size), size);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{13}, std::size_t{64}, std::size_t{100'000}}) {
      const auto r = received(frame(content) + frame(content, 2), piece);
      EXPECT_THAT(r.frames, ElementsAre(content, content)) << size << " bytes in pieces of " << piece;
      EXPECT_EQ(r.text, "");
      EXPECT_THAT(r.faults, IsEmpty());
    }
  }
}

TEST(Envelope, gives_the_parts_of_a_frame) {
  std::string parts;
  Envelope envelope({[](std::string_view) { FAIL(); },
                     [&parts](const CipheredFrame& f) -> std::optional<Errc> {
                       parts = std::string(f.system_title) + '|' + std::to_string(f.security) + '|' +
                               std::to_string(f.counter) + '|' + std::string(f.ciphertext) + '|' + std::string(f.tag);
                       return std::nullopt;
                     },
                     [](Errc) { FAIL(); }});
  envelope.feed(encrypt::frame(0xFEDCBA98, "content", "twelve bytes"));
  EXPECT_EQ(parts, "EXAmeter|48|4275878552|content|twelve bytes");
}

TEST(Envelope, what_only_resembles_a_frame_is_text) {
  const std::string start = "\xDB\x08" + encrypt::title;
  const std::string cases[] = {
      "\xDB",
      "\xDB\xDB\x08",
      "\xDB\x09" + encrypt::title + "\x20\x30" + std::string(40, 'x'),
      start,
      start + "\x81",
      start + "\x11\x30" + std::string(40, 'x'),                        // shorter than counter and tag
      start + encrypt::from_hex("80") + "\x30" + std::string(40, 'x'),  // length of a form that is not used
      start + encrypt::from_hex("83000020") + "\x30" + std::string(40, 'x'),
      start + encrypt::from_hex("824001") + "\x30" + std::string(40, 'x'),  // longer than any telegram
      start + encrypt::from_hex("8120") + "\x20" + std::string(40, 'x'),    // not authenticated
      "\x7E\x7E\x7E",
      "\x7E\xA0\x06" + std::string(10, 'x'),
      "\x7E\xA8\x10" + std::string(40, 'x'),
      "hAAhello",
      "h\x02\x02h" + std::string(10, 'x'),
      "hhhh",
  };
  for (const auto& noise : cases) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}}) {
      const auto r = received(noise + telegram, piece);
      EXPECT_EQ(r.text, noise + telegram) << test::hex(noise);
      EXPECT_THAT(r.faults, IsEmpty()) << test::hex(noise);
    }
  }
}

TEST(Envelope, a_frame_that_is_cut_costs_itself) {
  const auto whole = frame(ciphertext);
  for (std::size_t size = 1; size < whole.size(); ++size) {
    const auto cut = whole.substr(0, size);
    const bool is_known = size > 13;  // up to the security byte

    const auto alone = received(cut);
    EXPECT_EQ(alone.faults.size(), is_known ? 1U : 0U) << size;
    EXPECT_TRUE(!is_known || alone.faults == std::vector{damaged}) << size;
    EXPECT_EQ(alone.text, is_known ? "" : cut) << size;

    const auto followed = received(cut + frame(other, 2));
    EXPECT_THAT(followed.frames, ElementsAre(other)) << size;
    EXPECT_THAT(received(cut + telegram).framed.bodies.size(), 1U) << size;
    EXPECT_THAT(received(cut + telegram + telegram, 1).framed.bodies.size(), 2U) << size;

    Receiver paused;
    paused.feed(cut);
    paused.finish();
    paused.feed(frame(other, 2));
    EXPECT_THAT(paused.frames, ElementsAre(other)) << size;
  }
}

TEST(Envelope, a_frame_that_lost_bytes_in_front_costs_itself) {
  const auto whole = frame(ciphertext);
  for (std::size_t lost = 1; lost < whole.size(); ++lost) {
    const auto r = received(whole.substr(lost) + frame(other, 2) + telegram);
    EXPECT_THAT(r.frames, ElementsAre(other)) << lost;
    EXPECT_EQ(r.framed.bodies.size(), 1U) << lost;
  }
}

TEST(Envelope, a_frame_with_a_wrong_byte_costs_itself) {
  const auto whole = frame(ciphertext);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    auto wrong = whole;
    wrong[at] = static_cast<char>(wrong[at] ^ 0x41);
    const bool is_title = at >= 2 && at < 10;  // the cipher would notice
    const auto r = received(frame(other, 1) + wrong + frame(other, 3) + telegram);
    EXPECT_EQ(r.frames.size(), is_title ? 3U : 2U) << at;
    EXPECT_EQ(r.framed.bodies.size(), 1U) << at;
  }
}

TEST(Envelope, the_bytes_of_a_bad_frame_are_no_noise) {
  Receiver receiver(false);
  for (std::uint32_t i = 0; i < 50; ++i) receiver.feed(frame(test::random_bytes(i, 600), i));
  receiver.finish();
  EXPECT_EQ(receiver.text, "");
  EXPECT_EQ(receiver.faults.size(), 50U);
}

TEST(Envelope, a_frame_with_the_next_inside_is_damaged_whatever_the_key_gave) {
  const auto r = received(frame(ciphertext).substr(0, 200) + frame(other, 2));
  EXPECT_THAT(r.faults, ElementsAre(damaged));
  EXPECT_THAT(received(encrypt::frame(1, ciphertext, "twelve bytes")).faults, ElementsAre(wrong_key));
}

TEST(Envelope, noise_around_frames_is_text) {
  for (const std::string& noise : {std::string("\r\n"), std::string(33, '\xFF'), std::string("noise/"),
                                   std::string("/EXA"), std::string("\xDB\x08"), std::string("h\x10\x10h~\xA0")}) {
    const auto r = received(noise + frame(ciphertext) + noise + frame(other, 2) + noise);
    EXPECT_THAT(r.frames, ElementsAre(ciphertext, other)) << test::hex(noise);
    EXPECT_EQ(r.text, noise + noise + noise);
  }
}

TEST(Envelope, a_header_in_noise_costs_no_telegram) {
  const auto header = frame(std::string(500, 'x')).substr(0, 18);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{50}, std::size_t{10'000}}) {
    const auto r = received(header + telegram + "noise" + header + telegram + telegram, piece);
    EXPECT_EQ(r.framed.bodies.size(), 3U) << piece;
  }
}

TEST(Envelope, an_endless_line_behind_a_bad_frame_is_not_held) {
  Receiver receiver;
  receiver.feed(encrypt::frame(1, ciphertext, std::string(12, 'x')) + "/EXA5");
  for (int i = 0; i < 100; ++i) receiver.feed(std::string(100, 'x'));
  EXPECT_FALSE(receiver.is_inside_frame()) << "no meter has such a header";
  receiver.feed("\r\n" + telegram + telegram);
  EXPECT_EQ(receiver.framed.bodies.size(), 2U);
}

TEST(Envelope, a_header_in_the_bytes_of_a_telegram_is_part_of_it) {
  for (const std::size_t size : {50, 500, 5000}) {
    const auto raw = frame(std::string(size, 'x')).substr(0, 18);
    const auto text = with_crc("/EXA5\\meter\r\n\r\n0-0:96.13.0(" + raw + std::string(900, '\xFF') + raw + ")\r\n");
    const auto r = received(text + telegram + text);
    EXPECT_EQ(r.text, text + telegram + text) << size;
    EXPECT_EQ(r.framed.order, "ttt") << size;
    EXPECT_THAT(r.faults, IsEmpty()) << size;
  }
}

TEST(Envelope, a_frame_behind_a_telegram_that_was_cut_is_taken) {
  const auto r = received(telegram.substr(0, 40) + frame(ciphertext) + telegram);
  EXPECT_THAT(r.frames, ElementsAre(ciphertext));
  EXPECT_EQ(r.text, telegram.substr(0, 40) + telegram);
}

TEST(Envelope, names_frames_of_other_protocols) {
  struct Case {
    std::string name, stream;
    std::vector<std::string> faults;
  };
  const std::string hdlc_name = "binary DLMS/HDLC frame";
  const std::string mbus_name = "binary M-Bus frame";
  const std::string untitled_name = "encrypted frame without a system title";
  const auto data = test::random_bytes(3, 120);
  const Case cases[] = {
      {"HDLC", hdlc("\x01\x02\x01\x10" + data), {hdlc_name}},
      {"HDLC, long", hdlc(test::random_bytes(4, 1500)), {hdlc_name}},
      {"HDLC, two", hdlc(data) + hdlc(data), {hdlc_name, hdlc_name}},
      {"HDLC, two that share a flag", hdlc(data) + hdlc(data).substr(1), {hdlc_name, hdlc_name}},
      {"M-Bus", mbus("\x53\xFF" + data), {mbus_name}},
      {"M-Bus, two", mbus(data) + mbus("abc"), {mbus_name, mbus_name}},
      {"M-Bus with a header in it", mbus("/EXA5\r\n" + frame("x")), {mbus_name}},
      {"without a title", untitled(data), {untitled_name}},
      {"without a title, two", untitled(data) + untitled(data), {untitled_name, untitled_name}},
      {"without a title, cut", untitled(data).substr(0, 90) + untitled(data), {untitled_name, untitled_name}},
  };
  for (const auto& c : cases) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{20}, std::size_t{10'000}}) {
      const auto r = received(c.stream + telegram, piece);
      EXPECT_EQ(r.faults, c.faults) << c.name << " in pieces of " << piece;
      EXPECT_EQ(r.framed.bodies.size(), 1U) << c.name << " in pieces of " << piece;
      EXPECT_TRUE(r.text == telegram || c.faults[0] == untitled_name) << c.name << " in pieces of " << piece;
    }
  }
}

TEST(Envelope, damaged_frames_of_other_protocols_have_their_form_and_cost_nothing) {
  const auto data = test::random_bytes(3, 60);
  struct Case {
    std::string frame;
    std::size_t begin;  // bytes that tell the form, as does the last one
  };
  for (const auto& c : {Case{hdlc(data), 3}, Case{mbus(data), 4}}) {
    for (std::size_t at = 0; at < c.frame.size(); ++at) {
      auto wrong = c.frame;
      wrong[at] = static_cast<char>(wrong[at] ^ 1);
      const auto r = received(wrong + telegram);
      const bool has_form = at >= c.begin && at + 1 < c.frame.size();
      EXPECT_EQ(r.faults.size(), has_form ? 1U : 0U) << test::hex(c.frame.substr(0, 2)) << " at " << at;
      EXPECT_EQ(r.framed.bodies.size(), 1U);
    }
  }
}

// Frames are named again as soon as the noise that looked like their begin is over.
TEST(Envelope, noise_like_frames_of_other_protocols_hides_them_for_a_while_at_most) {
  std::string noise;
  while (noise.size() < 200'000) noise += "\x7E\xA7\x7E";
  const auto frame_of_hdlc = hdlc(test::random_bytes(5, 1000));
  noise += std::string(2000, ' ');
  const auto r = received(noise + frame_of_hdlc + telegram, 4096);
  EXPECT_EQ(r.faults.size(), received(noise + telegram, 4096).faults.size() + 1)
      << "the whole frame behind the noise";
  EXPECT_EQ(r.framed.bodies.size(), 1U);
}

TEST(Envelope, other_protocols_are_not_looked_for_inside_a_telegram) {
  const auto text = with_crc("/EXA5\\h~meter\r\n\r\n0-0:96.13.0(" + hdlc("hello there") + mbus("hello") + ")\r\n");
  const auto r = received(text, 1);
  EXPECT_EQ(r.framed.order, "t");
  EXPECT_THAT(r.faults, IsEmpty());
}

}  // namespace
}  // namespace vscp_p1
