#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "encrypt.hpp"
#include "harness.hpp"

// Encrypted telegrams through the real program: what comes out, what it says and what it never says.
namespace itest {
namespace {

const std::string other_key = "0F0E0D0C0B0A09080706050403020100";
const std::string missing = "encrypted telegram but no decryption_key";
const std::string wrong_key = "decryption_key does not fit this meter";
const std::string wrong_tag = "authentication_key does not fit this meter";
const std::string damaged = "encrypted frame damaged";

ConfigText config_with(const std::map<std::string, std::string>& keys) {
  auto config = config_for();
  config["SERIAL"].insert(keys.begin(), keys.end());
  return config;
}

std::string encrypted(unsigned first, unsigned last, const std::string& key = encrypt::key_hex,
                      const std::string& authentication = encrypt::authentication_hex) {
  std::string stream;
  for (unsigned n = first; n <= last; ++n) stream += encrypt::telegram(numbered(n), n, key, authentication);
  return stream;
}

std::string damaged_frames(unsigned first, unsigned last) {
  std::string stream;
  for (unsigned n = first; n <= last; ++n) {
    auto frame = encrypt::telegram(numbered(n), n);
    frame[40] = static_cast<char>(frame[40] ^ 1);
    stream += frame;
  }
  return stream;
}

// Warnings of the program, each said how often.
std::size_t warnings_with(const Outcome& result, const std::string& text) {
  std::size_t found = 0;
  for (const auto& line : lines_of(result.err)) {
    if (contains(line, "warning") && contains(line, text)) ++found;
  }
  return found;
}

void expect_no_key(const Outcome& result) {
  for (const auto& key : {encrypt::key_hex, other_key, encrypt::authentication_hex}) {
    for (const auto& part : {key, key.substr(0, 8), key.substr(24)}) {
      EXPECT_FALSE(contains(result.out, part)) << result.out;
      EXPECT_FALSE(contains(result.err, part)) << result.err;
    }
  }
}

TEST(Encryption, TelegramsBecomeEvents) {
  const auto config = config_with({{"decryption_key", "00:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f"}});
  const auto plain = dry_run(config_for(), numbered(1) + numbered(2) + numbered(3));
  const auto result = dry_run(config, encrypted(1, 3), {"-d"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(count_of(result.out, "/1040/13 "), 3U);
  EXPECT_EQ(count_of(result.out, "/1040/13 "), count_of(plain.out, "/1040/13 "));
  EXPECT_TRUE(contains(result.err, "telegrams: 3 good; dropped: none;")) << result.err;
  EXPECT_FALSE(contains(result.err, "warning")) << result.err;
  expect_no_key(result);
}

TEST(Encryption, StandardInput) {
  const TempDir dir;
  dir.write("config.ini", to_text(config_with({{"decryption_key", encrypt::key_hex}})));
  const auto result = run_daemon(dir, {"--dry-run", "--source", "-"}, dir.write("capture", encrypted(1, 20)));
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(count_of(result.out, "/1040/13 "), 20U);
}

TEST(Encryption, EveryFaultIsSaidOnceAndCounted) {
  struct Case {
    std::string name, stream, message;
    std::map<std::string, std::string> keys;
    unsigned good, bad;
  };
  const std::map<std::string, std::string> key = {{"decryption_key", encrypt::key_hex}};
  const Case cases[] = {
      {"no key", encrypted(1, 9), missing, {}, 0, 9},
      {"wrong key", encrypted(1, 9), wrong_key, {{"decryption_key", other_key}}, 0, 9},
      {"wrong tag", encrypted(1, 9, encrypt::key_hex, other_key), wrong_tag, key, 0, 9},
      {"damaged", encrypted(1, 1) + damaged_frames(2, 9), damaged, key, 1, 8},
      {"cut at the end", encrypted(1, 1) + encrypted(2, 2).substr(0, 60), damaged, key, 1, 1},
  };
  for (const auto& c : cases) {
    const auto result = dry_run(config_with(c.keys), c.stream, {"-d"});
    EXPECT_EQ(warnings_with(result, c.message), 1U) << c.name << "\n" << result.err;
    EXPECT_EQ(warnings_with(result, ""), 1U) << c.name << "\n" << result.err;
    EXPECT_TRUE(contains(result.err, "telegrams: " + std::to_string(c.good) + " good; dropped: " + c.message + " " +
                                         std::to_string(c.bad) + ";"))
        << c.name << "\n"
        << result.err;
    EXPECT_EQ(result.code, 0);
    expect_no_key(result);
  }
}

TEST(Encryption, AFaultIsSaidOnceAlsoBetweenGoodTelegrams) {
  const auto stream = encrypted(1, 1) + damaged_frames(2, 4) + encrypted(5, 5) + damaged_frames(6, 7) +
                      encrypted(8, 8, encrypt::key_hex, other_key) + encrypted(9, 9);
  const auto result = dry_run(config_with({{"decryption_key", encrypt::key_hex}}), stream);
  EXPECT_EQ(warnings_with(result, damaged), 1U) << result.err;
  EXPECT_EQ(warnings_with(result, wrong_tag), 1U) << result.err;
  EXPECT_EQ(count_of(result.err, "good telegrams again, 3 dropped in between"), 2U) << result.err;
}

TEST(Encryption, TheTagIsNotNeededIfPossible) {
  const auto result = dry_run(config_with({{"decryption_key", encrypt::key_hex}, {"authentication", "if_possible"}}),
                              encrypted(1, 3, encrypt::key_hex, other_key) + damaged_frames(4, 5));
  EXPECT_TRUE(contains(result.err, "telegrams: 3 good; dropped: encrypted frame damaged 2;")) << result.err;
}

TEST(Encryption, TelegramsThatAreSentAgainAreCounted) {
  const auto result = dry_run(config_with({{"decryption_key", encrypt::key_hex}}),
                              encrypted(1, 3) + encrypted(2, 3) + encrypted(1, 1));
  EXPECT_EQ(warnings_with(result, "the frame counter did not rise"), 1U) << result.err;
  EXPECT_TRUE(contains(result.err, "telegrams: 6 good, 3 of them sent again; dropped: none;")) << result.err;
  EXPECT_EQ(count_of(result.out, "/1040/13 "), 4U) << "1, 2, 3; again 3; a register that goes backwards is held back";
}

TEST(Encryption, ForeignFramesAreNamedOnce) {
  const auto hdlc = encrypt::from_hex("7EA00A01020110800077107E");
  const auto mbus = encrypt::from_hex("6803036853FF005216");
  const auto untitled = "/KFM5METER\r\n\r\n" + encrypt::from_hex("0082001430") + std::string(19, '\xA5');
  for (const auto& [frame, name] : {std::pair{hdlc, "binary DLMS/HDLC frame"}, std::pair{mbus, "binary M-Bus frame"},
                                    std::pair{untitled, "encrypted frame without a system title"}}) {
    const auto result = dry_run(config_for(), frame + frame + frame);
    EXPECT_EQ(warnings_with(result, name), 1U) << result.err;
    EXPECT_EQ(warnings_with(result, ""), 1U) << result.err;
    EXPECT_TRUE(contains(result.err, std::string("telegrams: 0 good; dropped: ") + name + " 3;")) << result.err;
  }
}

TEST(Encryption, SilenceTellsWhatCame) {
  const TempDir dir;
  const Pty meter(dir.file("meter"));
  auto config = config_with({{"serial_port", meter.name()}, {"serial_timeout", "1"}});
  const auto daemon = start_daemon(dir, config, {"--dry-run"});
  ASSERT_TRUE(wait_until([&] {
    return meter.write(encrypted(1, 1)) && daemon->wait_for_err("no good telegram for 1 s", 1, milliseconds{200});
  }));
  const auto said = daemon->err();
  const auto advice = said.substr(said.find("no good telegram for 1 s"));
  EXPECT_TRUE(contains(advice, missing) && contains(advice, "set decryption_key in [SERIAL]")) << said;
  EXPECT_FALSE(contains(advice, "serial_parity")) << said;
}

TEST(Encryption, AFrameThatAPauseCutsIsDamaged) {
  const TempDir dir;
  const Pty meter(dir.file("meter"));
  auto config = config_with({{"serial_port", meter.name()}, {"decryption_key", encrypt::key_hex}});
  const auto daemon = start_daemon(dir, config, {"--dry-run"});
  ASSERT_TRUE(meter.write(encrypted(1, 1)));
  ASSERT_TRUE(daemon->wait_for_err("first telegram"));
  ASSERT_TRUE(meter.write(encrypted(2, 2).substr(0, 60)));
  EXPECT_TRUE(daemon->wait_for_err(damaged));
  ASSERT_TRUE(meter.write(encrypted(3, 3)));
  EXPECT_TRUE(daemon->wait_for_err("good telegrams again, 1 dropped in between"));
}

// ---- where the keys come from

TEST(EncryptionKeys, AreMasked) {
  const TempDir dir;
  dir.write("config.ini",
            to_text(config_with({{"decryption_key", encrypt::key_hex}, {"authentication_key", other_key}})));
  const auto result = run_daemon(dir, {"--check"});
  EXPECT_EQ(result.code, 0);
  EXPECT_TRUE(contains(result.out, "\ndecryption_key = ********\n")) << result.out;
  EXPECT_TRUE(contains(result.out, "\nauthentication_key = ********\n")) << result.out;
  expect_no_key(result);
}

TEST(EncryptionKeys, ComeFromAFile) {
  const TempDir dir;
  const auto file = dir.write("key", encrypt::key_hex + "\r\nmore\n");
  ::chmod(file.c_str(), 0600);
  const auto config = config_with({{"decryption_key_file", file}});
  const auto result = dry_run(config, encrypted(1, 2));
  EXPECT_TRUE(contains(result.err, "telegrams: 2 good")) << result.err;
  EXPECT_FALSE(contains(result.err, "warning")) << result.err;
  ::chmod(file.c_str(), 0644);
  const auto open = dry_run(config, encrypted(1, 2));
  EXPECT_TRUE(contains(open.err, "warning: decryption_key_file: every user can read it")) << open.err;
  EXPECT_TRUE(contains(open.err, "telegrams: 2 good")) << open.err;
  expect_no_key(open);
}

TEST(EncryptionKeys, ComeFromCredentials) {
  const TempDir dir;
  const TempDir credentials;
  credentials.write("decryption_key", encrypt::key_hex + "\n");
  credentials.write("authentication_key", other_key);
  ::setenv("CREDENTIALS_DIRECTORY", credentials.path().c_str(), 1);
  const auto result = dry_run(config_for(), encrypted(1, 2, encrypt::key_hex, other_key), {"-d"});
  const auto own = dry_run(config_with({{"decryption_key", other_key}}), encrypted(1, 2, other_key, other_key));
  credentials.write("decryption_key", "none");
  const auto bad = dry_run(config_for(), encrypted(1, 2));
  ::unsetenv("CREDENTIALS_DIRECTORY");
  EXPECT_TRUE(contains(result.err, "telegrams: 2 good")) << result.err;
  EXPECT_TRUE(contains(own.err, "telegrams: 2 good")) << "the key of the configuration goes first\n" << own.err;
  EXPECT_EQ(bad.code, 78);
  EXPECT_TRUE(contains(bad.err, "credential decryption_key: no key in the first line")) << bad.err;
  expect_no_key(result);
}

TEST(EncryptionKeys, FaultsNameTheLineAndNeverTheKey) {
  const TempDir dir;
  const auto empty = dir.write("empty", "");
  const auto words = dir.write("words", "my key is " + encrypt::key_hex + "\n");
  const auto good = dir.write("good", encrypt::key_hex);
  struct Case {
    std::string lines, fault;
    int line;
  };
  const std::string cut = encrypt::key_hex.substr(0, 31);
  const Case cases[] = {
      {"decryption_key = " + cut, "decryption_key: must be a key of 32 hex digits", 2},
      {"decryption_key = " + encrypt::key_hex + " ; mine", "decryption_key: must be a key of 32 hex digits", 2},
      {"authentication_key = " + cut + "X", "authentication_key: must be a key of 32 hex digits", 2},
      {"authentication = " + encrypt::key_hex, "authentication: must be one of required, if_possible", 2},
      {"decryption_key_file = " + encrypt::key_hex, "decryption_key_file: must name a file", 2},
      {"decryption_key_file = /nowhere/key", "decryption_key_file: No such file or directory — check the path", 2},
      {"decryption_key_file = " + cut, "decryption_key_file: No such file or directory — check the path", 2},
      {"decryption_key_file = " + dir.path().string(), "decryption_key_file: no key in the first line", 2},
      {"decryption_key_file = " + empty, "decryption_key_file: no key in the first line", 2},
      {"decryption_key_file = " + words, "decryption_key_file: no key in the first line", 2},
      {"decryption_key = " + encrypt::key_hex + "\ndecryption_key_file = " + good,
       "decryption_key_file: decryption_key is set too", 3},
      {"decryptionkey = " + encrypt::key_hex, "unknown key decryptionkey, did you mean decryption_key?", 2},
  };
  for (const auto& c : cases) {
    dir.write("config.ini", "[SERIAL]\n" + c.lines + "\n");
    const auto result = run_daemon(dir, {"--check"});
    EXPECT_EQ(result.code, 78) << c.lines;
    EXPECT_TRUE(contains(result.err, "config.ini:" + std::to_string(c.line) + ": " + c.fault)) << result.err;
    EXPECT_EQ(lines_of(result.err).size(), 1U) << result.err;
    expect_no_key(result);
  }
}

}  // namespace
}  // namespace itest
