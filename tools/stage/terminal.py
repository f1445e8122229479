"""How the demo speaks: colour and a moving bar on a terminal, plain lines elsewhere."""

import os
import shutil
import sys
import time

COLOURS = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36"}


def lively():
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def paint(text, *styles):
    if not lively() or "NO_COLOR" in os.environ:
        return text
    return "".join(f"\x1b[{COLOURS[s]}m" for s in styles) + text + "\x1b[0m"


def say(text=""):
    print(text, flush=True)


def heading(text):
    say(f"\n{paint('♪', 'cyan')} {paint(text, 'bold')}")


def seconds(value):
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"


class Bar:
    """A progress bar over `total` things; where nobody watches, one line at the end."""

    def __init__(self, total, unit):
        self.total, self.unit = total, unit
        self.started = self.drawn = time.monotonic()

    def at(self, done):
        now = time.monotonic()
        if not lively() or now - self.drawn < 0.05:
            return
        self.drawn = now
        rate = done / max(now - self.started, 1e-9)
        numbers = f" {done:>7,} of {self.total:,} {self.unit}  {rate:,.0f}/s"
        width = max(10, min(44, shutil.get_terminal_size().columns - len(numbers) - 4))
        full = width * done // max(self.total, 1)
        print(f"\r  {paint('━' * full, 'green')}{paint('─' * (width - full), 'dim')}{numbers}\x1b[K", end="", flush=True)

    def done(self, text):
        if lively():
            print("\r\x1b[K", end="")
        say(f"  {text}")
