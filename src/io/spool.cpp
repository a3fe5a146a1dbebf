#include "io/spool.hpp"

#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <boost/crc.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <utility>

namespace vscp_p1::io {
namespace {

constexpr std::int64_t application_id = 0x50314431;  // "P1D1" in the header of the file
constexpr std::int64_t schema_version = 1;
constexpr std::size_t row_overhead = 40;  // bytes beside topic and payload
constexpr std::size_t page_size = 4096;
constexpr std::size_t longest_log = 1'000'000;  // bytes of SQLite's write-ahead log, before they go into the database

std::size_t bytes_of(const Message& message) { return row_overhead + message.topic.size() + message.payload.size(); }

// A worn card gives back other bits than it got: no reading, and no topic, may come of that.
std::int64_t checksum(const Message& message) {
  boost::crc_32_type crc;
  crc.process_bytes(message.topic.data(), message.topic.size() + 1);  // the NUL behind it too
  crc.process_bytes(message.payload.data(), message.payload.size());
  return crc.checksum();
}

class SqliteError : public std::exception {
 public:
  SqliteError(int code, std::string text) : code_(code), text_(std::move(text)) {}
  const char* what() const noexcept override { return text_.c_str(); }
  int code() const noexcept { return code_; }

 private:
  int code_;
  std::string text_;
};

bool is_damage(int code) { return code == SQLITE_CORRUPT || code == SQLITE_NOTADB; }

constexpr const char* not_writable = "it may not be written — check the owner and permissions of file and folder";

std::string reason(int code, int system_error, const char* text) {
  switch (code) {
    case SQLITE_FULL: return "the disk is full";
    case SQLITE_BUSY: return "another program uses it";
    case SQLITE_READONLY: return not_writable;
    case SQLITE_CANTOPEN:
      return std::string(system_error != 0 ? std::strerror(system_error) : text) + " — check path in section [SPOOL]";
    case SQLITE_IOERR:
      return std::string("the disk failed: ") + (system_error != 0 ? std::strerror(system_error) : text);
    default: return text;
  }
}

}  // namespace

void Spool::Close::operator()(sqlite3* database) const noexcept { sqlite3_close(database); }
void Spool::Close::operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }

Spool::Spool(std::string path, Limits limits, Handlers handlers)
    : path_(std::move(path)), limits_(limits), handlers_(std::move(handlers)) {
  last_number();
}

Spool::~Spool() = default;

bool Spool::exists() const noexcept { return ::access(path_.c_str(), F_OK) == 0; }

// ---- messages

// A second time into a new database, when the old one proved to be damaged.
bool Spool::append(std::span<const Message* const> messages) {
  const bool had_database = database_ != nullptr || exists();
  handlers_.storing(true);
  const bool good = insert(messages) || (had_database && !database_ && !has_failed() && insert(messages));
  handlers_.storing(false);
  return good;
}

bool Spool::insert(std::span<const Message* const> messages) {
  std::size_t bytes = 0;
  auto first = messages.size();  // of those that there is room for
  while (first > 0 && bytes + bytes_of(*messages[first - 1]) + log_bytes() <= limits_.size) {
    bytes += bytes_of(*messages[--first]);
  }
  std::size_t dropped = 0;
  const bool good = guarded(Use::writing, [&] {
    execute("PRAGMA synchronous = FULL");
    execute("BEGIN IMMEDIATE");
    dropped = drop_old(size_, bytes);
    const auto statement =
        prepare("INSERT INTO message(number, added, topic, payload, retained, crc) VALUES(?,?,?,?,?,?)");
    auto* row = statement.get();
    for (const auto* message : messages.subspan(first)) {
      sqlite3_bind_int64(row, 1, message->number);
      sqlite3_bind_int64(row, 2, clock());
      sqlite3_bind_text64(row, 3, message->topic.data(), message->topic.size(), SQLITE_STATIC, SQLITE_UTF8);
      sqlite3_bind_blob64(row, 4, message->payload.data(), message->payload.size(), SQLITE_STATIC);
      sqlite3_bind_int(row, 5, message->retained ? 1 : 0);
      sqlite3_bind_int64(row, 6, checksum(*message));
      step(row);
      sqlite3_reset(row);
    }
    execute("COMMIT");
  });
  if (!good) return false;
  size_ += messages.size() - first - dropped;
  last_number_ = std::max(last_number_, messages.back()->number);
  if (dropped + first > 0) handlers_.dropped(dropped + first);
  return true;
}

std::vector<Message> Spool::load(std::int64_t after, std::size_t count) {
  std::vector<Message> messages;
  std::vector<std::int64_t> spoiled;
  const bool good = guarded(Use::reading, [&] {
    const auto select =
        prepare("SELECT number, topic, payload, retained, crc FROM message WHERE number > ? ORDER BY number LIMIT ?");
    sqlite3_bind_int64(select.get(), 1, after);
    sqlite3_bind_int64(select.get(), 2, static_cast<std::int64_t>(count));
    const auto text = [&](int column) {
      const auto* bytes = static_cast<const char*>(sqlite3_column_blob(select.get(), column));
      const auto length = static_cast<std::size_t>(sqlite3_column_bytes(select.get(), column));
      return bytes == nullptr ? std::string{} : std::string(bytes, length);
    };
    while (step(select.get())) {
      const auto number = after = sqlite3_column_int64(select.get(), 0);
      Message message{number, text(1), text(2), sqlite3_column_int(select.get(), 3) != 0};
      if (checksum(message) == sqlite3_column_int64(select.get(), 4)) {
        messages.push_back(std::move(message));
      } else {
        spoiled.push_back(number);
      }
    }
  });
  if (!good) return {};
  if (spoiled.empty() || !remove(spoiled)) return messages;
  handlers_.spoiled(spoiled.size());
  return messages.empty() ? load(after, count) : messages;
}

bool Spool::remove(std::span<const std::int64_t> numbers) {
  // A full disk has no room even for the removal, but all of it goes at once.
  if (!erase(numbers) && !(numbers.size() >= size_ && delete_files())) return false;
  if (size_ == 0 && database_) {
    guarded(Use::writing, [this] {  // the space goes back to the disk
      execute("VACUUM");
      execute("PRAGMA wal_checkpoint(TRUNCATE)");
    });
  }
  return true;
}

// A power cut may undo it, since it does not wait for the disk: messages would come twice, and none is lost.
bool Spool::erase(std::span<const std::int64_t> numbers) {
  std::size_t removed = 0;
  const bool good = guarded(Use::writing, [&] {
    execute("PRAGMA synchronous = NORMAL");
    execute("BEGIN IMMEDIATE");
    const auto statement = prepare("DELETE FROM message WHERE number = ?");
    for (const auto n : numbers) {
      sqlite3_bind_int64(statement.get(), 1, n);
      step(statement.get());
      removed += static_cast<std::size_t>(sqlite3_changes(database_.get()));
      sqlite3_reset(statement.get());
    }
    execute("COMMIT");
  });
  if (good) size_ -= std::min(removed, size_);
  return good;
}

bool Spool::delete_files() {
  database_.reset();
  for (const char* suffix : {"-wal", "-shm", "-journal"}) std::remove((path_ + suffix).c_str());
  if (std::remove(path_.c_str()) != 0) return false;
  size_ = 0;
  return true;
}

// ---- limits

std::int64_t Spool::last_number() {
  if (!database_ && exists()) guarded(Use::reading, [] {});
  return last_number_;
}

std::int64_t Spool::clock() const {
  const auto running = std::chrono::steady_clock::now() - start_;
  return clock_at_start_ + std::chrono::duration_cast<std::chrono::seconds>(running).count();
}

std::size_t Spool::used_bytes() {
  const auto pages = number("PRAGMA page_count") - number("PRAGMA freelist_count");
  return static_cast<std::size_t>(pages) * page_size + log_bytes();
}

std::size_t Spool::log_bytes() const noexcept { return std::min(longest_log, limits_.size / 4); }

// Makes room for so many bytes, inside of a transaction; returns the number of messages that gave way.
std::size_t Spool::drop_old(std::size_t rows, std::size_t bytes_to_come) {
  const auto expire = prepare("DELETE FROM message WHERE added < ?");
  sqlite3_bind_int64(expire.get(), 1, clock() - limits_.age.count());
  step(expire.get());
  auto dropped = static_cast<std::size_t>(sqlite3_changes(database_.get()));
  while (rows > dropped) {
    const auto used = used_bytes();
    if (used + bytes_to_come <= limits_.size) break;
    const auto per_message = std::max<std::size_t>(used / (rows - dropped), 1);
    dropped += drop_oldest((used + bytes_to_come - limits_.size) / per_message + 1);
  }
  return std::min(dropped, rows);
}

std::size_t Spool::drop_oldest(std::size_t count) {
  const auto erase =
      prepare("DELETE FROM message WHERE number IN (SELECT number FROM message ORDER BY number LIMIT ?)");
  sqlite3_bind_int64(erase.get(), 1, static_cast<std::int64_t>(count));
  step(erase.get());
  return std::max<std::size_t>(static_cast<std::size_t>(sqlite3_changes(database_.get())), 1);
}

// ---- the database

// Runs a task on the open database; whatever happens, the program goes on.
template <class Task>
bool Spool::guarded(Use use, Task task) {
  try {
    if (!database_) open();
    task();
  } catch (const SqliteError& error) {
    if (database_ && sqlite3_get_autocommit(database_.get()) == 0) {
      sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
    is_damage(error.code()) ? begin_anew() : report(use, error.what());
    return false;
  }
  // What can be read cannot be written yet.
  if (failed_ != Use::none && use >= failed_) {
    failed_ = Use::none;
    handlers_.available();
  }
  return true;
}

void Spool::open() {
  // SQLite tries again without writing, and then tells why that failed.
  const auto folder = std::filesystem::path(path_).parent_path();
  if (::access(exists() ? path_.c_str() : folder.c_str(), W_OK) != 0 && (errno == EACCES || errno == EROFS)) {
    throw SqliteError(SQLITE_READONLY, not_writable);
  }
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(path_.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  Database database(opened);
  if (code != SQLITE_OK) {
    throw SqliteError(code, reason(code, opened == nullptr ? 0 : sqlite3_system_errno(opened), sqlite3_errstr(code)));
  }
  database_ = std::move(database);
  prepare_tables();
}

// One process has the database to itself, and a commit is on the disk before it is reported (WAL with FULL).
void Spool::prepare_tables() {
  execute("PRAGMA locking_mode = EXCLUSIVE");
  execute("PRAGMA journal_mode = WAL");
  execute(("PRAGMA wal_autocheckpoint = " + std::to_string(log_bytes() / page_size)).c_str());
  execute(("PRAGMA journal_size_limit = " + std::to_string(log_bytes())).c_str());
  const auto version = number("PRAGMA user_version");
  if (version == 0 && number("SELECT COUNT(*) FROM sqlite_master") == 0) {
    execute("BEGIN");
    execute("PRAGMA application_id = 0x50314431");
    execute("PRAGMA user_version = 1");
    execute(
        "CREATE TABLE message(number INTEGER PRIMARY KEY, added INTEGER NOT NULL, topic TEXT NOT NULL,"
        " payload BLOB NOT NULL, retained INTEGER NOT NULL, crc INTEGER NOT NULL)");
    execute("COMMIT");
  } else if (version != schema_version || number("PRAGMA application_id") != application_id) {
    throw SqliteError(SQLITE_NOTADB, "it is no spool of this program");
  }
  size_ = static_cast<std::size_t>(number("SELECT COUNT(*) FROM message"));
  last_number_ = std::max(last_number_, number("SELECT IFNULL(MAX(number), 0) FROM message"));
  clock_at_start_ += std::max<std::int64_t>(number("SELECT IFNULL(MAX(added), 0) FROM message") - clock(), 0);
}

// What is damaged is kept for those who want to look at it; messages that were only there are lost.
void Spool::begin_anew() {
  database_.reset();
  size_ = 0;
  const auto aside = path_ + ".damaged";
  if (std::rename(path_.c_str(), aside.c_str()) != 0) return report(Use::writing, std::strerror(errno));
  for (const char* suffix : {"-wal", "-shm", "-journal"}) std::remove((path_ + suffix).c_str());
  handlers_.damaged(aside);
}

// Opened again for the next task: the folder may be another by then, or writable.
void Spool::report(Use use, const std::string& fault) {
  database_.reset();
  const auto before = std::exchange(failed_, std::max(failed_, use));
  if (before == Use::none) handlers_.unavailable(fault);
}

void Spool::execute(const char* sql) {
  const int code = sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
  if (code == SQLITE_OK) return;
  throw SqliteError(code & 0xFF,
                    reason(code & 0xFF, sqlite3_system_errno(database_.get()), sqlite3_errmsg(database_.get())));
}

Spool::Statement Spool::prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(database_.get(), sql, -1, &statement, nullptr);
  if (code == SQLITE_OK) return Statement(statement);
  throw SqliteError(code & 0xFF,
                    reason(code & 0xFF, sqlite3_system_errno(database_.get()), sqlite3_errmsg(database_.get())));
}

// Whether there is a row.
bool Spool::step(sqlite3_stmt* statement) {
  const int code = sqlite3_step(statement);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  throw SqliteError(code & 0xFF,
                    reason(code & 0xFF, sqlite3_system_errno(database_.get()), sqlite3_errmsg(database_.get())));
}

std::int64_t Spool::number(const char* sql) {
  const auto statement = prepare(sql);
  return step(statement.get()) ? sqlite3_column_int64(statement.get(), 0) : 0;
}

}  // namespace vscp_p1::io
