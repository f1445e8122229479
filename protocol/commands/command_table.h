#pragma once

#include <cstdint>
#include <span>

#include "protocol/commands/command.h"

namespace tutti {

// What is known of one command: enough to run it, to refuse it before it runs, and to tell clients of it.
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
  int arity;      // with the name; negative: at least so many
  uint8_t flags;
  // Which arguments are keys, as Redis counts: 0 none; last negative: from the end.
  int first_key, last_key, key_step;
  ByteView group;
  ByteView syntax;  // of the arguments, for people
  ByteView summary;
  Function function;
};

// Whether so many arguments, the name among them, are what an arity demands.
constexpr bool arity_fits(int arity, size_t args) {
  return arity >= 0 ? args == static_cast<size_t>(arity) : args >= static_cast<size_t>(-arity);
}

// In order of group, then as written.
std::span<const CommandEntry> command_table();
// In any case of letters; null where there is none.
const CommandEntry* find_command(ByteView name);

// A word of a command that is several: CLIENT SETNAME.
struct Subcommand {
  ByteView name;  // lower case
  int arity;      // with both names
  CommandEntry::Function function;
};
// Runs the one named by args[1]; refuses in Redis's words where there is none.
void run_subcommand(CommandCall& call, ByteView command, std::span<const Subcommand> subcommands);

}  // namespace tutti
