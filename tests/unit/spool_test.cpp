#include "io/spool.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace vscp_p1::io {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class SpoolFile : public testing::Test {
 protected:
  SpoolFile() {
    std::string name = std::filesystem::temp_directory_path() / "vscp-p1d-spool-XXXXXX";
    folder = ::mkdtemp(name.data());
    path = folder / "spool.db";
  }
  ~SpoolFile() override { std::filesystem::remove_all(folder); }
  SpoolFile(const SpoolFile&) = delete;
  SpoolFile& operator=(const SpoolFile&) = delete;

  std::unique_ptr<Spool> open(Spool::Limits limits = {}) {
    return std::make_unique<Spool>(
        path, limits,
        Spool::Handlers{[this](const std::string& fault) { told.push_back(fault); },
                        [this] { told.emplace_back("available"); },
                        [this](const std::string& aside) { told.push_back("damaged " + aside); },
                        [this](std::size_t messages) { dropped += messages; }, [](bool) {},
                        [this](std::size_t messages) { told.push_back("spoiled " + std::to_string(messages)); }});
  }
  static bool append(Spool& spool, std::int64_t first, std::int64_t last, std::size_t payload = 10) {
    std::vector<Message> messages;
    for (auto number = first; number <= last; ++number) {
      messages.push_back({number, "vscp/topic", std::string(payload, 'x'), number % 2 == 0});
    }
    std::vector<const Message*> pointers;
    for (const auto& message : messages) pointers.push_back(&message);
    return spool.append(pointers);
  }
  static std::vector<std::int64_t> numbers(Spool& spool) {
    std::vector<std::int64_t> result;
    for (const auto& message : spool.load(0, 1'000'000)) result.push_back(message.number);
    return result;
  }
  std::uintmax_t bytes() const {
    std::uintmax_t sum = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder)) sum += file.file_size();
    return sum;
  }

  std::filesystem::path folder;
  std::filesystem::path path;
  std::vector<std::string> told;
  std::size_t dropped = 0;
};

TEST_F(SpoolFile, is_there_when_there_is_something_to_keep) {
  const auto spool = open();
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_EQ(spool->size(), 0U);
  EXPECT_TRUE(append(*spool, 1, 1));
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(SpoolFile, gives_messages_back_in_order_also_to_another_run) {
  const std::string bytes("\0\xFF\"'", 4);
  const Message odd{7, "a/b", bytes, true};
  const Message* const pointer = &odd;
  {
    const auto spool = open();
    ASSERT_TRUE(append(*spool, 1, 3));
    ASSERT_TRUE(spool->append({&pointer, 1}));
  }
  const auto spool = open();
  EXPECT_EQ(spool->size(), 4U);
  EXPECT_EQ(spool->last_number(), 7);
  EXPECT_THAT(numbers(*spool), ElementsAre(1, 2, 3, 7));
  const auto last = spool->load(3, 10);
  ASSERT_THAT(last, SizeIs(1));
  EXPECT_EQ(last[0].topic, "a/b");
  EXPECT_EQ(last[0].payload, bytes);
  EXPECT_TRUE(last[0].retained);
  EXPECT_THAT(spool->load(0, 2), SizeIs(2));
  const std::vector<std::int64_t> done{1, 3, 99};
  EXPECT_TRUE(spool->remove(done));
  EXPECT_THAT(numbers(*spool), ElementsAre(2, 7));
  EXPECT_EQ(spool->size(), 2U);
  EXPECT_THAT(told, IsEmpty());
}

TEST_F(SpoolFile, survives_a_death_without_a_close) {
  const auto spool = open();
  ASSERT_TRUE(append(*spool, 1, 100));
  const auto copy = folder / "copy";
  std::filesystem::create_directory(copy);
  for (const char* suffix : {"", "-wal"}) {
    std::filesystem::copy_file(path.string() + suffix, copy / (std::string("spool.db") + suffix));
  }
  Spool after(copy / "spool.db", {}, {});
  EXPECT_EQ(after.size(), 100U);
}

TEST_F(SpoolFile, shrinks_when_it_is_empty) {
  const auto spool = open();
  ASSERT_TRUE(append(*spool, 1, 5000, 1000));
  EXPECT_GT(bytes(), 5'000'000U);
  std::vector<std::int64_t> all(5000);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int64_t>(i) + 1;
  ASSERT_TRUE(spool->remove(all));
  EXPECT_LT(bytes(), 50'000U);
}

// ---- limits

TEST_F(SpoolFile, the_oldest_give_way_at_max_size) {
  const auto spool = open({1'000'000, std::chrono::hours{1}});
  for (std::int64_t first = 1; first <= 5000; first += 100) ASSERT_TRUE(append(*spool, first, first + 99, 1000));
  const auto kept = numbers(*spool);
  EXPECT_EQ(kept.size(), spool->size());
  EXPECT_EQ(kept.size() + dropped, 5000U);
  EXPECT_EQ(kept.back(), 5000);
  EXPECT_EQ(kept.front(), 5000 - static_cast<std::int64_t>(kept.size()) + 1) << "the newest, without a gap";
  EXPECT_GT(kept.size(), 500U);
  EXPECT_LT(std::filesystem::file_size(path), 1'100'000U);
}

TEST_F(SpoolFile, the_old_give_way_at_max_age) {
  {
    const auto spool = open();
    ASSERT_TRUE(append(*spool, 1, 10));
  }
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  ASSERT_EQ(
      sqlite3_exec(database, "UPDATE message SET added = added - 7200 WHERE number <= 4", nullptr, nullptr, nullptr),
      SQLITE_OK);
  sqlite3_close(database);
  const auto spool = open({1'000'000, std::chrono::hours{1}});
  ASSERT_TRUE(append(*spool, 11, 11));
  EXPECT_THAT(numbers(*spool), ElementsAre(5, 6, 7, 8, 9, 10, 11));
  EXPECT_EQ(dropped, 4U);
}

// ---- what goes wrong

TEST_F(SpoolFile, a_damaged_one_is_set_aside) {
  struct Case {
    const char* name;
    std::string content;
  };
  for (const auto& c : {Case{"no database", std::string(9000, 'z')}, Case{"cut short", "SQLite format 3"}}) {
    told.clear();
    std::ofstream(path, std::ios::binary) << c.content;
    const auto spool = open();
    EXPECT_EQ(spool->size(), 0U);
    EXPECT_TRUE(append(*spool, 1, 2)) << c.name;
    EXPECT_THAT(numbers(*spool), ElementsAre(1, 2)) << c.name;
    EXPECT_THAT(told, ElementsAre("damaged " + path.string() + ".damaged")) << c.name;
    std::filesystem::remove(path);
    std::filesystem::remove(path.string() + "-wal");
  }
}

TEST_F(SpoolFile, a_file_of_another_program_is_set_aside) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database, "CREATE TABLE other(x)", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(database);
  const auto spool = open();
  EXPECT_TRUE(append(*spool, 1, 1));
  EXPECT_THAT(told, SizeIs(1));
  EXPECT_TRUE(std::filesystem::exists(path.string() + ".damaged"));
}

TEST_F(SpoolFile, damage_that_is_found_late_is_no_end) {
  {
    const auto spool = open();
    ASSERT_TRUE(append(*spool, 1, 2000, 500));
  }
  {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(4096);
    file << std::string(400'000, '\xA5');
  }
  const auto spool = open();
  spool->load(0, 2000);
  EXPECT_TRUE(append(*spool, 3000, 3001));
  EXPECT_THAT(numbers(*spool), ElementsAre(3000, 3001));
  EXPECT_THAT(told, ElementsAre("damaged " + path.string() + ".damaged"));
}

TEST_F(SpoolFile, a_message_with_other_bits_is_given_up) {
  const auto change = [this](const char* what) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(database, what, nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(database);
  };
  ASSERT_TRUE(append(*open(), 1, 9));
  change("UPDATE message SET topic = 'vscp+topic' WHERE number = 3");
  change("UPDATE message SET payload = cast('xxxxyxxxxx' as blob) WHERE number = 5");
  change("UPDATE message SET topic = cast(x'76ff63' as text) WHERE number > 7");
  const auto spool = open();
  EXPECT_THAT(numbers(*spool), ElementsAre(1, 2, 4, 6, 7));
  EXPECT_THAT(told, ElementsAre("spoiled 4"));
  EXPECT_EQ(spool->size(), 5U);
  EXPECT_THAT(spool->load(7, 100), IsEmpty());
}

TEST_F(SpoolFile, a_host_clock_that_is_wrong_makes_nothing_old) {
  ASSERT_TRUE(append(*open({1'000'000, std::chrono::hours{1}}), 1, 3));
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database, "UPDATE message SET added = 1700000000", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(database);
  const auto spool = open({1'000'000, std::chrono::hours{1}});
  ASSERT_TRUE(append(*spool, 4, 4));
  EXPECT_THAT(numbers(*spool), ElementsAre(1, 2, 3, 4)) << "as if the program had never stopped";
}

TEST_F(SpoolFile, max_size_holds_for_all_files) {
  constexpr std::size_t limit = 200'000;
  const auto spool = open({limit, std::chrono::hours{1}});
  for (std::int64_t first = 1; first <= 5000; first += 10) ASSERT_TRUE(append(*spool, first, first + 9, 300));
  EXPECT_LE(bytes(), limit + limit / 2) << "SQLite's log and index beside it";
  EXPECT_TRUE(append(*spool, 5001, 9000, 300)) << "more than there is room for";
  EXPECT_EQ(numbers(*spool).back(), 9000);
  EXPECT_EQ(spool->size() + dropped, 9000U);
}

TEST_F(SpoolFile, a_missing_folder_is_said_once_and_found_later) {
  path = folder / "state" / "spool.db";
  const auto spool = open();
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(append(*spool, 1, 1));
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_THAT(told[0], ::testing::HasSubstr("[SPOOL]"));
  std::filesystem::create_directory(folder / "state");
  EXPECT_TRUE(append(*spool, 1, 1));
  EXPECT_THAT(told, SizeIs(2));
  EXPECT_EQ(told[1], "available");
}

TEST_F(SpoolFile, one_process_has_it_to_itself) {
  const auto spool = open();
  ASSERT_TRUE(append(*spool, 1, 1));
  std::vector<std::string> other_told;
  Spool other(path, {},
              {[&](const std::string& fault) { other_told.push_back(fault); }, [] {}, {}, {}, [](bool) {}, {}});
  const Message message{1, "t", "p", false};
  const Message* const pointer = &message;
  EXPECT_FALSE(other.append({&pointer, 1}));
  EXPECT_THAT(other_told, ElementsAre("another program uses it"));
  EXPECT_TRUE(append(*spool, 2, 2)) << "the first goes on";
}

}  // namespace
}  // namespace vscp_p1::io
