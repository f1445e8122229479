#pragma once

#include <cstdint>
#include <span>

#include "protocol/commands/command.h"

namespace tutti {

// One command: all that is needed to run it, to refuse it before it runs, and to describe it to clients.
struct CommandEntry {
  using Function = void (*)(CommandCall&);
  enum Flag : uint8_t {
    kWrite = 1,
    kReadOnly = 2,
    kFast = 4,  // its cost does not grow with the data
    kAdmin = 8,
    kNoAuth = 16,  // runs before the password was given
  };

  ByteView name;  // lower case
  int arity;      // with the name; negative: at least -arity
  uint8_t flags;
  // The positions of the keys, as Redis counts them: 0: no keys; last_key negative: counted from the end.
  int first_key, last_key, key_step;
  ByteView group;
  ByteView syntax;  // of the arguments, for people
  ByteView summary;
  Function function;
};

// Whether `args` arguments, with the name, fit `arity`.
constexpr bool arity_fits(int arity, size_t args) {
  return arity >= 0 ? args == static_cast<size_t>(arity) : args >= static_cast<size_t>(-arity);
}

// Grouped, in the order of the source.
std::span<const CommandEntry> command_table();
// Case does not matter; null: no such command.
const CommandEntry* find_command(ByteView name);

// The second word of a command such as CLIENT SETNAME.
struct Subcommand {
  ByteView name;  // lower case
  int arity;      // with both names
  CommandEntry::Function function;
};
// Runs the subcommand args[1]; replies with Redis's error if there is none.
void run_subcommand(CommandCall& call, ByteView command, std::span<const Subcommand> subcommands);

}  // namespace tutti
