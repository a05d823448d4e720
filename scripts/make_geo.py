#!/usr/bin/env python3
"""Makes the geography tables of `crates/lead/data` from named open data.

    python3 -m venv .geo
    .geo/bin/pip install phonenumbers==9.0.43
    .geo/bin/python scripts/make_geo.py            # writes the tables
    .geo/bin/python scripts/make_geo.py --check    # exit 1 when they would change

Sources:
    area codes  phonenumbers 9.0.43 (PyPI), Apache-2.0, the data of Google's libphonenumber
    zips        zipcodes 3.0.1 (crates.io), MIT, by Sean Pianka; fetched by `cargo metadata`

To take newer data, change the two versions here, run, and read the difference.
The output depends on nothing but the two sources and the corrections in this file.
"""

import bz2
import json
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

PHONENUMBERS = "9.0.43"
ZIPCODES = "3.0.1"
DATA = Path(__file__).resolve().parent.parent / "crates" / "lead" / "data"

STATES = {
    "Alabama": "AL", "Alaska": "AK", "Arizona": "AZ", "Arkansas": "AR", "California": "CA",
    "Colorado": "CO", "Connecticut": "CT", "Delaware": "DE", "Florida": "FL", "Georgia": "GA",
    "Hawaii": "HI", "Idaho": "ID", "Illinois": "IL", "Indiana": "IN", "Iowa": "IA",
    "Kansas": "KS", "Kentucky": "KY", "Louisiana": "LA", "Maine": "ME", "Maryland": "MD",
    "Massachusetts": "MA", "Michigan": "MI", "Minnesota": "MN", "Mississippi": "MS",
    "Missouri": "MO", "Montana": "MT", "Nebraska": "NE", "Nevada": "NV", "New Hampshire": "NH",
    "New Jersey": "NJ", "New Mexico": "NM", "New York": "NY", "North Carolina": "NC",
    "North Dakota": "ND", "Ohio": "OH", "Oklahoma": "OK", "Oregon": "OR", "Pennsylvania": "PA",
    "Rhode Island": "RI", "South Carolina": "SC", "South Dakota": "SD", "Tennessee": "TN",
    "Texas": "TX", "Utah": "UT", "Vermont": "VT", "Virginia": "VA", "Washington State": "WA",
    "West Virginia": "WV", "Wisconsin": "WI", "Wyoming": "WY", "Washington D.C.": "DC",
}
PROVINCES = {
    "Alberta", "British Columbia", "British Colombia", "Manitoba", "New Brunswick",
    "Newfoundland and Labrador", "Northwest Territories/Nunavut/Yukon",
    "Nova Scotia/Prince Edward Island", "Ontario", "Quebec", "Saskatchewan",
    "AB", "BC", "MB", "NB", "NL", "NS", "ON", "QC", "SK",
}

# Places the source gives a zone but no state.
TERRITORIES = {"340": "VI", "670": "MP", "671": "GU", "684": "AS", "787": "PR", "939": "PR"}
MILITARY = {"AA", "AE", "AP"}
# Of the Compact of Free Association: their zips exist, but they are nobody's state.
ABROAD = {"FM", "MH", "PW"}

# Countries that share +1 with the United States and Canada.
CARIBBEAN = (
    "242 246 264 268 284 345 441 473 649 658 664 721 758 767 784 809 829 849 868 869 876"
).split()
# 822 is reserved for toll-free use; a number under it cannot be anything else.
TOLL_FREE = "800 822 833 844 855 866 877 888".split()
PREMIUM = ["900"]
# Personal numbers (5XX), Canadian non-geographic (6XX), carrier services (700), government (710).
NON_GEOGRAPHIC = (
    "500 521 522 523 524 525 526 527 528 529 532 533 544 566 577 588 600 622 633 700 710"
).split()

# Codes laid over one another serve one ground, so they share their zones. The source lists the
# zones of an older code in detail and only the main zone of a newer one. Needed only where the
# ground has more than one zone.
OVERLAYS = [
    ("208", "986"), ("236", "250", "257", "672", "778"), ("270", "364"), ("367", "418", "581"),
    ("448", "850"), ("458", "541"), ("709", "879"), ("812", "930"),
]
# Names of the sources that are odd: the same clock since 1992; a place name in the zone's column.
ZONE_NAMES = {"America/North_Dakota/Center": "America/Chicago", "Napakiak": "America/Nome"}
# Zones of the source that are wrong: Labrador is not Puerto Rico (709 gives it America/Halifax).
WRONG_ZONES = {("879", "America/Puerto_Rico")}


def state_of(name):
    """"Texas", "San Antonio, TX" -> "TX"; a province -> None; anything else is an error."""
    last = name.rsplit(", ", 1)[-1]
    if last in PROVINCES:
        return None
    if last in STATES.values():
        return last
    return STATES[name]


def area_code_rows():
    from phonenumbers.geodata import GEOCODE_DATA
    from phonenumbers.tzdata import TIMEZONE_DATA

    # Longer prefixes are towns: they complete the zones, and the names of codes that have none.
    zones, names = defaultdict(set), defaultdict(set)
    for prefix, found in TIMEZONE_DATA.items():
        npa = prefix[1:4]
        if re.fullmatch(r"1\d{3,}", prefix):
            zones[npa] |= {ZONE_NAMES.get(zone, zone) for zone in found if (npa, zone) not in WRONG_ZONES}
    for prefix, found in GEOCODE_DATA.items():
        if re.fullmatch(r"1\d{3,}", prefix) and "en" in found:
            names[prefix[1:4]].add((len(prefix), found["en"]))
    for ground in OVERLAYS:
        shared = set().union(*(zones[npa] for npa in ground))
        for npa in ground:
            zones[npa] = shared

    rows = {}
    for npa in sorted(zones):
        if npa in CARIBBEAN:
            rows[npa] = ("caribbean", "")
        elif npa in TERRITORIES:
            rows[npa] = ("geographic", TERRITORIES[npa])
        else:
            shortest = min(length for length, _ in names[npa])
            if shortest > 4:
                found = {name for _, name in names[npa] if ", " in name or name in STATES or name in PROVINCES}
            else:
                found = {name for length, name in names[npa] if length == shortest}
            states = {state_of(name) for name in found}
            assert len(states) == 1, f"{npa} is in more than one state: {states}"
            state = states.pop()
            rows[npa] = ("geographic", state) if state else ("canada", "")
    missing = [npa for npa in [*CARIBBEAN, *TERRITORIES] if npa not in rows]
    assert not missing, f"the source lost {missing}"
    for klass, codes in [("toll_free", TOLL_FREE), ("premium", PREMIUM), ("non_geographic", NON_GEOGRAPHIC)]:
        for npa in codes:
            assert npa not in rows, f"{npa} is {klass} and yet has a place"
            rows[npa] = (klass, "")
    return [(npa, *rows[npa], ";".join(sorted(zones.get(npa, ())))) for npa in sorted(rows)]


def zips():
    """(zip, state, zone) in order. A zone may be empty (military), and so may a state (abroad)."""
    with tempfile.TemporaryDirectory() as project:
        Path(project, "src").mkdir()
        Path(project, "src", "lib.rs").touch()
        Path(project, "Cargo.toml").write_text(
            f'[package]\nname = "geo"\nversion = "0.0.0"\n[dependencies]\nzipcodes = "={ZIPCODES}"\n[workspace]\n'
        )
        command = ["cargo", "metadata", "--format-version", "1", "--manifest-path", f"{project}/Cargo.toml"]
        metadata = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        [crate] = [package for package in metadata["packages"] if package["name"] == "zipcodes"]
        assert crate["license"] == "MIT"
        packed = Path(crate["manifest_path"]).parent / "src" / "zips.json.bz2"
        entries = json.loads(bz2.decompress(packed.read_bytes()))

    known = set(STATES.values()) | set(TERRITORIES.values()) | MILITARY
    rows = {}
    for entry in entries:
        code, state = entry["zip_code"], entry["state"]
        zone = ZONE_NAMES.get(entry["timezone"], entry["timezone"])
        assert re.fullmatch(r"\d{5}", code) and code not in rows
        assert state in known or state in ABROAD, f"{code} is in {state}"
        assert re.fullmatch(r"([A-Z]\w+/\w+(/\w+)?)?", zone), f"{code} has zone {zone!r}"
        assert zone or state in MILITARY, f"{code} has no zone"
        rows[code] = ("" if state in ABROAD else state, zone)
    return [(code, *rows[code]) for code in sorted(rows)]


def zip_ranges(rows):
    """Neighbours of the same state and zone as one range. Zips of the gaps are not valid anyway."""
    ranges = []
    for code, *place in rows:
        if ranges and ranges[-1][2:] == place:
            ranges[-1][1] = code
        else:
            ranges.append([code, code, *place])
    return ranges


def zip_valid(rows):
    """A line a prefix of three digits: its hundred zips as a hexadecimal number, bit n for zip n."""
    bits = defaultdict(int)
    for code, *_ in rows:
        bits[code[:3]] |= 1 << int(code[3:])
    return [f"{prefix} {bits[prefix]:025x}" for prefix in sorted(bits)]


def table(source, columns, lines):
    head = [
        "# Made by scripts/make_geo.py. Change that, not this.",
        f"# Source: {source}.",
        f"# {columns}",
    ]
    return "\n".join([*head, *lines, ""])


def tables():
    import phonenumbers

    if phonenumbers.__version__ != PHONENUMBERS:
        sys.exit(f"phonenumbers {PHONENUMBERS} is wanted, {phonenumbers.__version__} is here")
    libphonenumber = f"phonenumbers {PHONENUMBERS} on PyPI (Apache-2.0), data of libphonenumber"
    zipcodes = f"zipcodes {ZIPCODES} on crates.io (MIT), Sean Pianka"
    areas, places = area_code_rows(), zips()
    ranges, valid = zip_ranges(places), zip_valid(places)
    return {
        "area_codes.csv": table(
            libphonenumber,
            f"npa,class,state,zones: {len(areas)} codes",
            [",".join(row) for row in areas],
        ),
        "zip_ranges.csv": table(
            zipcodes,
            f"from,to,state,zone: {len(ranges)} ranges",
            [",".join(row) for row in ranges],
        ),
        "zip_valid.txt": table(
            zipcodes,
            f"prefix, then bit n for zip n of the prefix, hexadecimal: {len(places)} zips",
            valid,
        ),
    }


def main():
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    stale = []
    for name, text in tables().items():
        path = DATA / name
        if sys.argv[1:]:
            if not path.exists() or path.read_bytes() != text.encode():
                stale.append(name)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
            print(f"{name}: {len(text)} bytes, {text.splitlines()[2][2:]}")
    if stale:
        sys.exit(f"not as made from the sources: {', '.join(stale)}")


if __name__ == "__main__":
    main()
