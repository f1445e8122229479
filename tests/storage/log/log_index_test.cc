#include "storage/log/log_index.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

using namespace tutti;

namespace {

constexpr uint64_t kSampleRecords = 8;

VersionVector clock_of(std::initializer_list<VersionVector::Entry> entries) {
  return VersionVector(std::span(entries.begin(), entries.size()));
}

// A clock that one actor's operations alone fill.
VersionVector one(uint64_t counter) { return clock_of({{ActorId{1}, Counter{counter}}}); }

// A log by its definition: the clock and the bytes after every position.
struct WholeLog {
  std::vector<LogSample> positions{LogSample{}};

  const LogSample& last() const { return positions.back(); }
  const LogSample& at(Position position) const { return positions[position.value]; }

  void append(LogIndex& index, uint64_t bytes, const VersionVector& clock, bool jumped = false) {
    positions.push_back({Position{last().position.value + 1}, last().log_bytes + bytes, clock});
    index.appended(last().position, bytes, clock, jumped);
  }
  // Each record is one operation of one actor.
  void append_ones(LogIndex& index, size_t count, uint64_t bytes = 10) {
    for (size_t i = 0; i < count; ++i) append(index, bytes, one(last().position.value + 1));
  }
};

// Operations of three actors, one or more in a record.
void append_any(std::mt19937_64& random, WholeLog& log, LogIndex& index) {
  VersionVector clock = log.last().clock;
  for (uint64_t left = 1 + random() % 3; left > 0; --left) {
    const ActorId actor{1 + random() % 3};
    clock.raise({actor, Counter{clock.get(actor).value + 1}});
  }
  log.append(index, 1 + random() % 100, clock, random() % 20 == 0);
}

// What somebody may hold who has heard of a part of it: at least the floor.
VersionVector any_peer(std::mt19937_64& random, const WholeLog& log, const LogIndex& index) {
  VersionVector peer = index.floor().clock;
  for (const auto& entry : log.last().clock.entries()) {
    if (random() % 4 == 0) continue;
    peer.raise({entry.actor,
                Counter{random() % 3 == 0 ? entry.counter.value : random() % (entry.counter.value + 1)}});
  }
  if (random() % 2 == 0) peer.join(log.positions[random() % log.positions.size()].clock);
  return peer;
}

// The newest of `positions` whose clock the peer covers; the floor where there is none.
Position newest_covered(std::span<const LogSample> positions, const LogIndex& index,
                        const VersionVector& peer) {
  Position newest = index.floor().position;
  for (const LogSample& sample : positions) {
    if (sample.position > newest && peer.covers(sample.clock)) newest = sample.position;
  }
  return newest;
}

const LogSample* newest_to_cut(const LogIndex& index, Position merged, uint64_t keep,
                               const VersionVector& every) {
  const LogSample* newest = nullptr;
  for (const LogSample& sample : index.samples()) {
    const bool old = sample.log_bytes + keep <= index.log_bytes();
    if (old && sample.position <= merged && every.covers(sample.clock)) newest = &sample;
  }
  return newest;
}

LogIndex empty_index(uint64_t sample_records = kSampleRecords) { return LogIndex({}, {}, 0, sample_records); }

}  // namespace

TEST_CASE("up to where a peer is said to cover the log, it covers all of it", "[log_index]") {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    WholeLog log;
    LogIndex index = empty_index(1 + random() % kSampleRecords);
    for (int step = 0; step < 600; ++step) {
      append_any(random, log, index);
      const VersionVector peer = any_peer(random, log, index);
      const Position covered = index.covered_by(peer).position;
      REQUIRE(peer.covers(log.at(covered).clock));
      // No newer sample would do, and nothing that all positions together show is exceeded.
      REQUIRE(covered >= newest_covered(index.samples(), index, peer));
      REQUIRE(covered <= newest_covered(log.positions, index, peer));
      if (random() % 10 == 0) index.resume_at({covered, log.at(covered).clock}, log.at(covered).clock);
      if (random() % 50 == 0 && covered > index.floor().position) index.cut_at(log.at(covered));
    }
  }
}

TEST_CASE("the cut point is the newest sample that is merged, old enough and held by everybody",
          "[log_index]") {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    WholeLog log;
    LogIndex index = empty_index(1 + random() % kSampleRecords);
    for (int step = 0; step < 600; ++step) {
      append_any(random, log, index);
      const Position merged{random() % (log.last().position.value + 1)};
      const uint64_t keep = random() % (index.log_bytes() + 1);
      const VersionVector every = any_peer(random, log, index);
      const LogSample* cut = index.cut_point(merged, keep, every);
      REQUIRE(cut == newest_to_cut(index, merged, keep, every));
      if (!cut) continue;
      REQUIRE(*cut == log.at(cut->position));
      if (random() % 20 == 0) index.cut_at(LogSample(*cut));
    }
    CHECK(index.log_bytes() == log.last().log_bytes);
  }
}

TEST_CASE("a log is sampled every so many records", "[log_index]") {
  WholeLog log;
  LogIndex index = empty_index();
  log.append_ones(index, 5 * kSampleRecords + 3);
  REQUIRE(index.samples().size() == 5);
  for (size_t i = 0; i < 5; ++i) {
    CHECK(index.samples()[i] == log.at(Position{(i + 1) * kSampleRecords}));
  }
}

TEST_CASE("few large records are sampled by their bytes", "[log_index]") {
  WholeLog log;
  LogIndex index = empty_index(1'000'000);
  log.append_ones(index, 12, kSampleBytes / 4);
  REQUIRE(index.samples().size() == 3);
  CHECK(index.samples()[0] == log.at(Position{4}));
  log.append_ones(index, 1, 5 * kSampleBytes);
  CHECK(index.samples().back() == log.last());
}

TEST_CASE("a record at which the clock jumped is sampled at once", "[log_index]") {
  WholeLog log;
  LogIndex index = empty_index();
  log.append_ones(index, 2);
  log.append(index, 10, one(1000), true);
  REQUIRE(index.samples().size() == 1);
  CHECK(index.samples()[0] == log.last());
}

TEST_CASE("samples are bounded, dense at the end of the log and sparse at its beginning", "[log_index]") {
  WholeLog log;
  LogIndex index = empty_index();
  const auto gap = [&](size_t i) {
    const auto samples = index.samples();
    return samples[i].position.value - samples[i - 1].position.value;
  };
  for (int records = 0; records < 200'000; records += 100) {
    log.append_ones(index, 100);
    const size_t samples = index.samples().size();
    REQUIRE(samples <= kSamplesMax);
    for (size_t i = 1; i < samples; ++i) {
      REQUIRE(gap(i) >= kSampleRecords);
      if (i + kSamplesMax / 2 > samples) REQUIRE(gap(i) == kSampleRecords);
    }
    REQUIRE(log.last().position.value - index.samples().back().position.value < kSampleRecords);
  }
  CHECK(gap(1) > kSampleRecords);
}

// At the defaults of Database::Options: with small bounds a log was cut that was never cut with these.
TEST_CASE("however the records, a log at default settings is cut near what is to be kept", "[log_index]") {
  constexpr uint64_t kDefaultSampleRecords = 256;
  constexpr uint64_t kDefaultKeep = 1ull << 30;
  const uint64_t record_bytes = GENERATE(uint64_t{400}, uint64_t{8} << 10, uint64_t{2} << 20);
  LogIndex index = empty_index(kDefaultSampleRecords);
  uint64_t position = 0;
  uint64_t longest = 0;
  while (index.log_bytes() < 4 * kDefaultKeep) {
    ++position;
    index.appended(Position{position}, record_bytes, one(position));
    if (position % kDefaultSampleRecords != 0) continue;
    if (const LogSample* cut = index.cut_point(Position{position}, kDefaultKeep, one(position))) {
      index.cut_at(LogSample(*cut));
    }
    longest = std::max(longest, index.log_bytes() - index.floor().log_bytes);
  }
  CHECK(longest >= kDefaultKeep);
  CHECK(longest < kDefaultKeep + kDefaultKeep / 2);
}

// A member that is away holds a log of ten times as much; what it holds is cut once it may be.
TEST_CASE("a log that was held for long is cut near what is to be kept as soon as it may be", "[log_index]") {
  constexpr uint64_t kKeep = 1ull << 30;
  LogIndex index = empty_index(256);
  uint64_t position = 0;
  while (index.log_bytes() < 10 * kKeep) {
    ++position;
    index.appended(Position{position}, 8 << 10, one(position));
  }
  const LogSample* cut = index.cut_point(Position{position}, kKeep, one(position));
  REQUIRE(cut != nullptr);
  CHECK(index.log_bytes() - cut->log_bytes < kKeep + kKeep / 2);
}

TEST_CASE("a reader's place is found again though no sample lies there", "[log_index]") {
  WholeLog log;
  LogIndex index = empty_index(1000);
  log.append_ones(index, 100);
  CHECK(index.covered_by(one(50)).position == Position{0});
  index.resume_at({Position{40}, {}}, one(45));  // it has more than the record's clock says
  CHECK(index.covered_by(one(44)).position == Position{0});
  CHECK(index.covered_by(one(45)).position == Position{40});
  CHECK(index.covered_by(one(99)).position == Position{40});
}

TEST_CASE("the last readers' places are remembered, and no more than so many", "[log_index]") {
  WholeLog log;
  LogIndex index = empty_index(1'000'000);
  log.append_ones(index, 1000);
  // Each reader is one actor beyond the log's: only its own place fits it.
  const auto reader = [](uint64_t number) {
    return clock_of({{ActorId{1}, Counter{1000}}, {ActorId{100 + number}, Counter{1}}});
  };
  for (uint64_t number = 1; number <= 2 * kResumePointsMax + 3; ++number) {
    index.resume_at({Position{number}, {}}, reader(number));
    for (uint64_t other = 1; other <= number; ++other) {
      const bool remembered = other + kResumePointsMax > number;
      CHECK(index.covered_by(reader(other)).position == Position{remembered ? other : 0});
    }
  }
}

TEST_CASE("behind a cut nothing is left, of samples and of readers' places", "[log_index]") {
  WholeLog log;
  LogIndex index = empty_index();
  log.append_ones(index, 80);
  index.resume_at({Position{20}, {}}, one(20));
  index.resume_at({Position{60}, {}}, one(60));
  index.cut_at(log.at(Position{41}));
  CHECK(index.floor() == log.at(Position{41}));
  CHECK(index.samples().front() == log.at(Position{48}));
  CHECK(index.covered_by(one(47)).position == Position{41});
  CHECK(index.covered_by(one(63)).position == Position{60});
  CHECK(index.log_bytes() == 800);  // of all records ever appended
  // The next sample is counted from the newest one.
  index.cut_at(log.last());
  CHECK(index.samples().empty());
  log.append_ones(index, kSampleRecords);
  CHECK(index.samples().size() == 1);
}

TEST_CASE("an index made from what was stored goes on where it was, without what lies behind the floor",
          "[log_index]") {
  WholeLog log;
  LogIndex before = empty_index();
  log.append_ones(before, 40);
  const std::vector<LogSample> stored(before.samples().begin(), before.samples().end());
  LogIndex index(log.at(Position{16}), stored, before.log_bytes(), kSampleRecords);
  CHECK(index.floor() == log.at(Position{16}));
  REQUIRE(index.samples().size() == 3);
  CHECK(index.samples().front() == log.at(Position{24}));
  CHECK(index.log_bytes() == before.log_bytes());
  log.append_ones(index, kSampleRecords);
  CHECK(index.samples().back() == log.last());
}
