#!/usr/bin/env python3
"""Makes the prompts that are shipped for calls by SIP: `crates/sip/prompts/en-us.{txt,dat}`.

    apt-get install espeak-ng                       # 1.51, Debian's package
    python3 scripts/make_prompts.py                 # writes both files
    python3 scripts/make_prompts.py --check         # exit 1 when the texts would change

`en-us.dat` holds the recordings one after another: mu-law (G.711), 8,000 samples a second, one byte each. A line of
`en-us.txt` is the length of one in bytes, a tab, and its text as it is looked up: small letters, no punctuation.

eSpeak NG is free software under GPL-3.0-or-later. These files are what it says and no part of it; they are this project's
own, under its licence. Another version of it says the same in other bytes, so that only the texts are checked.
"""

import math
import re
import struct
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "crates" / "sip" / "prompts"
VOICE = ["espeak-ng", "-v", "en-us", "-s", "160", "--stdin", "--stdout"]
RATE = 8000
# The loudest sample, as a part of the largest: what G.711 trunks are used to.
PEAK = 0.5

SENTENCES = [
    # The example's, and what campaigns ask for most.
    "Thank you for calling about Medicare plans in your area.",
    "Thank you for calling.",
    "Please enter your five digit zip code.",
    "Please enter your zip code.",
    "Sorry, that is no zip code I know.",
    "Please enter the five digits of your zip code.",
    "I did not get that.",
    "How old are you?",
    "Please enter your age.",
    "To be connected to a licensed agent, press 1.",
    "To end the call, press 2.",
    "Press 1 for yes, or 2 for no.",
    "One moment please, while we find a licensed agent for you.",
    "One moment please.",
    "Please hold.",
    "All our agents are busy right now.",
    "Please call again later.",
    "Thank you.",
    "These plans are for people who are older.",
    "All right.",
    "Goodbye.",
    "Sorry.",
    "This call may be recorded.",
    "We are sorry, we cannot take your call at the moment.",
    # What takes the place of a text that nobody can read aloud.
    "Please enter your answer on the keypad.",
    # What a buyer hears.
    "You have a call.",
    "Press 1 to take it.",
    "You have a call from",
    "Medicare call from",
]

WORDS = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand press for yes no star pound age zip
""".split()

STATES = """
Alabama,Alaska,Arizona,Arkansas,California,Colorado,Connecticut,Delaware,District of Columbia,Florida,Georgia,Hawaii,Idaho,
Illinois,Indiana,Iowa,Kansas,Kentucky,Louisiana,Maine,Maryland,Massachusetts,Michigan,Minnesota,Mississippi,Missouri,Montana,
Nebraska,Nevada,New Hampshire,New Jersey,New Mexico,New York,North Carolina,North Dakota,Ohio,Oklahoma,Oregon,Pennsylvania,
Rhode Island,South Carolina,South Dakota,Tennessee,Texas,Utah,Vermont,Virginia,Washington,West Virginia,Wisconsin,Wyoming
""".replace("\n", "").split(",")


def looked_up(text):
    """A text as it is looked up: the same as `plain` of `crates/sip/src/prompts.rs`."""
    return " ".join(re.sub(r"[^a-z0-9']+", " ", text.lower()).split())


def spoken(text):
    """What the voice says: samples from -1 to 1, and their rate."""
    file = subprocess.run(VOICE, input=text.encode(), stdout=subprocess.PIPE, check=True).stdout
    rate = struct.unpack_from("<I", file, 24)[0]
    # A stream's header does not know its length.
    data = file[file.index(b"data") + 8 :]
    count = len(data) // 2
    return [sample / 32768 for sample in struct.unpack(f"<{count}h", data[: count * 2])], rate


def at_rate(samples, rate):
    """Brought down to 8,000 a second behind a low pass of 3,400 Hz (a windowed sinc)."""
    cut, half = 3400 / rate, 48
    out = []
    for n in range(len(samples) * RATE // rate):
        at = n * rate / RATE
        begin = math.ceil(at) - half
        total = 0.0
        for k in range(max(begin, 0), min(begin + 2 * half, len(samples))):
            x = k - at
            sinc = 2 * cut if x == 0 else math.sin(2 * math.pi * cut * x) / (math.pi * x)
            total += samples[k] * sinc * (0.5 + 0.5 * math.cos(math.pi * x / half) if abs(x) < half else 0)
        out.append(total)
    return out


def trimmed(samples, pause):
    """Without the silence around it, and with a pause behind it."""
    loud = [n for n, sample in enumerate(samples) if abs(sample) > 0.01]
    first, last = max(loud[0] - 80, 0), min(loud[-1] + 240, len(samples))
    peak = max(map(abs, samples))
    return [sample * PEAK / peak for sample in samples[first:last]] + [0.0] * int(pause * RATE)


def mu_law(sample):
    """G.711."""
    value = max(-32635, min(32635, int(sample * 32767)))
    sign, value = (0x80, -value) if value < 0 else (0, value)
    value += 132
    exponent = value.bit_length() - 8
    return ~(sign | exponent << 4 | value >> exponent + 3 & 15) & 0xFF


def main():
    texts = [(text, 0.25) for text in SENTENCES] + [(text, 0.03) for text in WORDS + STATES]
    if "--check" in sys.argv:
        lines = (FOLDER / "en-us.txt").read_text().splitlines()
        there = [line.split("\t")[1] for line in lines if not line.startswith("#")]
        sys.exit(there != [looked_up(text) for text, _ in texts])
    index, data = ["# Made by scripts/make_prompts.py with eSpeak NG."], bytearray()
    for text, pause in texts:
        recording = bytes(mu_law(sample) for sample in trimmed(at_rate(*spoken(text)), pause))
        index.append(f"{len(recording)}\t{looked_up(text)}")
        data += recording
    (FOLDER / "en-us.txt").write_text("\n".join(index) + "\n")
    (FOLDER / "en-us.dat").write_bytes(bytes(data))
    print(f"{len(texts)} texts, {len(data):,} bytes, {len(data) / RATE:.0f} s")


main()
