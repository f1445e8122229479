#include "protocol/commands/command_table.h"

#include <array>

#include "protocol/commands/command_list.h"
#include "protocol/commands/replies.h"

namespace tutti {
namespace {

// The low five bits of a letter are the same in both cases. A lookup compares the names, so collisions do no harm.
constexpr uint32_t slot_hash(ByteView name) {
  uint32_t h = static_cast<uint32_t>(name.size());
  for (const char c : name) h = (h ^ (static_cast<uint8_t>(c) & 0x1F)) * 0x01000193u;
  return h ^ (h >> 15);
}

constexpr size_t kSlots = 512;
constexpr uint8_t kNone = 0xFF;
static_assert(std::size(command_list::kAll) < kNone && std::size(command_list::kAll) * 4 < kSlots);
constexpr size_t kNameBytesMax = 32;  // no command has a longer name, so longer ones are not hashed

// Open addressing, filled at compile time.
constexpr auto kIndex = [] {
  std::array<uint8_t, kSlots> slots{};
  slots.fill(kNone);
  for (size_t i = 0; i < std::size(command_list::kAll); ++i) {
    size_t at = slot_hash(command_list::kAll[i].name) % kSlots;
    while (slots[at] != kNone) at = (at + 1) % kSlots;
    slots[at] = static_cast<uint8_t>(i);
  }
  return slots;
}();

}  // namespace

std::span<const CommandEntry> command_table() { return command_list::kAll; }

const CommandEntry* find_command(ByteView name) {
  if (name.size() > kNameBytesMax) return nullptr;
  for (size_t at = slot_hash(name) % kSlots; kIndex[at] != kNone; at = (at + 1) % kSlots) {
    const CommandEntry& spec = command_list::kAll[kIndex[at]];
    if (equal_ignoring_case(spec.name, name)) return &spec;
  }
  return nullptr;
}

}  // namespace tutti
