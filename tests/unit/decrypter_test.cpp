#include "io/decrypter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "encrypt.hpp"
#include "unit/support.hpp"

namespace vscp_p1::io {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string telegram = test::read_file(SOURCE_DIR "/tests/data/lu_plain.txt");
const std::string other_key = "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF";

EncryptionSettings settings_with(std::string_view key, std::string_view authentication = {},
                                 TagCheck check = TagCheck::required) {
  EncryptionSettings settings;
  settings.decryption_key = parse_aes_key(key);
  settings.authentication_key = parse_aes_key(authentication);
  settings.authentication = check;
  return settings;
}

// The way of the bytes up to the telegrams.
class Receiver {
 public:
  explicit Receiver(const EncryptionSettings& settings)
      : decrypter_(settings),
        envelope_({[this](std::string_view bytes) { framer_.feed(bytes, framed); },
                   [this](const CipheredFrame& frame) { return take(frame); },
                   [this](Errc reason) { faults.push_back(reason); }}) {}

  void feed(std::string_view bytes) { envelope_.feed(bytes); }
  void finish() { envelope_.finish(); }

  test::Frames framed;
  std::vector<Errc> faults;
  std::vector<std::string> plaintexts;
  std::size_t replays = 0;

 private:
  std::optional<Errc> take(const CipheredFrame& frame) {
    const auto plaintext = decrypter_.decrypt(frame);
    if (!plaintext) return plaintext.error();
    replays += plaintext->is_replay ? 1 : 0;
    plaintexts.emplace_back(plaintext->text);
    framer_.finish(framed);
    framer_.feed(plaintext->text, framed);
    framer_.finish(framed);
    return std::nullopt;
  }

  Decrypter decrypter_;
  Framer framer_;
  Envelope envelope_;
};

Receiver received(std::string_view stream, const EncryptionSettings& settings) {
  Receiver receiver(settings);
  receiver.feed(stream);
  receiver.finish();
  return receiver;
}

std::string changed(std::string bytes, std::size_t at) {
  bytes[at] = static_cast<char>(bytes[at] ^ 1);
  return bytes;
}

TEST(Decrypter, test_case_4_of_gcm) {
  // McGrew and Viega, "The Galois/Counter Mode of Operation", test case 4, its tag cut to 12 bytes. Its additional
  // data are longer than those of a meter, so only the key stream is compared: the tag is wrong.
  const auto settings = settings_with("feffe9928665731c6d6a8f9467308308", {}, TagCheck::required);
  const auto iv = encrypt::from_hex("cafebabefacedbaddecaf888");
  const auto plaintext = encrypt::from_hex(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de6"
      "57"
      "ba637b39");
  const auto ciphertext = encrypt::from_hex(
      "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac"
      "97"
      "3d58e091");
  EXPECT_EQ(encrypt::gcm(encrypt::from_hex("feffe9928665731c6d6a8f9467308308"), iv,
                         encrypt::from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2"), plaintext),
            ciphertext + encrypt::from_hex("5bc94fbc3221a5db94fae95a"));
  Decrypter decrypter(settings);
  auto aad = encrypt::from_hex(encrypt::authentication_hex);
  aad.insert(0, 1, '\x30');
  const auto sealed = encrypt::gcm(encrypt::from_hex("feffe9928665731c6d6a8f9467308308"), iv, aad, plaintext);
  const auto opened = decrypter.decrypt(
      {std::string_view(iv).substr(0, 8), 0x30, 0xdecaf888, ciphertext, std::string_view(sealed).substr(60)});
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->text, plaintext);
}

TEST(Decrypter, gives_the_telegram) {
  const auto r =
      received(encrypt::telegram(telegram, 1) + encrypt::telegram(telegram, 2), settings_with(encrypt::key_hex));
  EXPECT_THAT(r.plaintexts, ElementsAre(telegram, telegram));
  EXPECT_EQ(r.framed.order, "tt");
  EXPECT_THAT(r.faults, IsEmpty());
  EXPECT_EQ(r.replays, 0U);
}

TEST(Decrypter, an_authentication_key_of_its_own) {
  const auto r = received(encrypt::telegram(telegram, 1, encrypt::key_hex, other_key),
                          settings_with(encrypt::key_hex, other_key));
  EXPECT_EQ(r.framed.order, "t");
}

TEST(Decrypter, every_fault_has_its_name) {
  struct Case {
    std::string name, stream;
    EncryptionSettings settings;
    std::vector<Errc> faults;
    std::size_t telegrams;
  };
  const auto good = settings_with(encrypt::key_hex);
  const auto relaxed = settings_with(encrypt::key_hex, {}, TagCheck::if_possible);
  const auto frame = encrypt::telegram(telegram, 1);
  const auto foreign_tag = encrypt::telegram(telegram, 1, encrypt::key_hex, other_key);
  const auto bad_crc = encrypt::telegram(changed(telegram, 100), 1, encrypt::key_hex, other_key);
  const auto no_crc =
      encrypt::telegram(telegram.substr(0, telegram.rfind('!')) + "!\r\n", 1, encrypt::key_hex, other_key);
  const Case cases[] = {
      {"no key", frame, EncryptionSettings(), {Errc::key_missing}, 0},
      {"wrong key", frame, settings_with(other_key), {Errc::key_wrong}, 0},
      {"wrong key, tag not needed", frame, settings_with(other_key, {}, TagCheck::if_possible), {Errc::key_wrong}, 0},
      {"wrong authentication key", frame, settings_with(encrypt::key_hex, other_key), {Errc::tag_wrong}, 0},
      {"meter with another authentication key", foreign_tag, good, {Errc::tag_wrong}, 0},
      {"the same, tag not needed", foreign_tag, relaxed, {}, 1},
      {"damaged tag", changed(frame, frame.size() - 1), good, {Errc::tag_wrong}, 0},
      {"damaged tag, not needed", changed(frame, frame.size() - 1), relaxed, {}, 1},
      {"damaged text", changed(frame, 100), good, {Errc::frame_damaged}, 0},
      {"damaged text, tag not needed", changed(frame, 100), relaxed, {Errc::frame_damaged}, 0},
      {"wrong tag and CRC", bad_crc, relaxed, {Errc::frame_damaged}, 0},
      {"wrong tag and no CRC", no_crc, relaxed, {Errc::tag_wrong}, 0},
      {"cut", frame.substr(0, 200), good, {Errc::frame_damaged}, 0},
      {"cut, the next behind it", frame.substr(0, 200) + frame, good, {Errc::frame_damaged}, 1},
      {"title damaged, key has fitted", frame + changed(frame, 5), good, {Errc::frame_damaged}, 1},
      {"counter damaged, key has fitted", frame + changed(frame, 17), good, {Errc::frame_damaged}, 1},
      {"the key has fitted, the tag has not",
       foreign_tag + changed(foreign_tag, 5),
       good,
       {Errc::tag_wrong, Errc::frame_damaged},
       0},
  };
  for (const auto& c : cases) {
    const auto r = received(c.stream, c.settings);
    EXPECT_EQ(r.faults, c.faults) << c.name;
    EXPECT_EQ(r.framed.bodies.size(), c.telegrams) << c.name;
  }
}

TEST(Decrypter, a_counter_that_does_not_rise_is_a_replay) {
  struct Case {
    std::vector<std::uint32_t> counters;
    std::size_t replays;
  };
  for (const auto& c : {Case{{1, 2, 3}, 0}, Case{{1, 1}, 1}, Case{{5, 3, 4}, 2}, Case{{7, 0, 0}, 2},
                        Case{{0x7FFFFFFF, 0x80000000, 0xFFFFFFFF}, 0}}) {
    std::string stream;
    for (const auto counter : c.counters) stream += encrypt::telegram(telegram, counter);
    const auto r = received(stream, settings_with(encrypt::key_hex));
    EXPECT_EQ(r.replays, c.replays) << testing::PrintToString(c.counters);
    EXPECT_EQ(r.framed.bodies.size(), c.counters.size()) << "published all the same";
  }
}

TEST(Decrypter, damage_never_costs_a_good_neighbour) {
  std::mt19937 random(2026);
  const auto below = [&random](std::size_t limit) { return random() % limit; };
  for (int round = 0; round < 200; ++round) {
    std::string stream;
    std::size_t good = 0;
    for (std::uint32_t counter = 1; counter <= 12; ++counter) {
      auto frame = encrypt::telegram(telegram, counter);
      switch (below(6)) {
        case 0: frame = changed(frame, below(frame.size())); break;
        case 1: frame.resize(below(frame.size())); break;
        case 2: frame.erase(0, 1 + below(frame.size() - 1)); break;
        case 3: frame.erase(below(frame.size()), 1 + below(30)); break;
        case 4: frame = telegram; [[fallthrough]];
        default: ++good;
      }
      stream += frame;
    }
    Receiver receiver(settings_with(encrypt::key_hex));
    for (std::size_t at = 0, piece = 0; at < stream.size(); at += piece) {
      piece = 1 + below(300);
      receiver.feed(std::string_view(stream).substr(at, piece));
    }
    receiver.finish();
    EXPECT_EQ(receiver.framed.bodies.size(), good) << "round " << round;
  }
}

// Telegrams of real meters, collected outside of the project, with their published keys.
TEST(Decrypter, opens_the_collected_frames) {
  const std::filesystem::path directory = SOURCE_DIR "/../shared/telegrams";
  if (!std::filesystem::exists(directory)) GTEST_SKIP() << directory << " does not exist";
  std::map<std::string, std::string> plaintexts;  // by frame, as INDEX.tsv tells
  for (const auto& row : test::split(test::read_file(directory / "INDEX.tsv"), '\n')) {
    const auto at = row.find("plaintext: ");
    if (at != std::string::npos) {
      plaintexts[row.substr(0, row.find('\t'))] = row.substr(at + 11, row.find_first_of("; ", at + 11) - at - 11);
    }
  }
  std::size_t opened = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const auto keys = std::filesystem::path(entry.path()).replace_extension(".key.txt");
    if (entry.path().extension() != ".hex" || !std::filesystem::exists(keys)) continue;
    std::string key;
    std::string authentication;
    for (const auto& line : test::split(test::read_file(keys), '\n')) {
      if (line.starts_with("key=")) key = line.substr(4);
      if (line.starts_with("auth_key=")) authentication = line.substr(9);
    }
    const auto r = received(encrypt::from_hex(test::read_file(entry.path())), settings_with(key, authentication));
    ASSERT_EQ(r.plaintexts.size(), 1U) << entry;
    EXPECT_THAT(r.faults, IsEmpty()) << entry;
    const auto file = directory / plaintexts[entry.path().filename()];
    EXPECT_TRUE(!std::filesystem::is_regular_file(file) || r.plaintexts[0] == test::read_file(file)) << entry;
    ++opened;
  }
  EXPECT_GE(opened, 1U);
}

}  // namespace
}  // namespace vscp_p1::io
