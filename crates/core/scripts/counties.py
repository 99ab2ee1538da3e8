"""Reduces npm us-atlas (ISC) to crates/core/data/counties.csv: fips,state,name.

    npm pack us-atlas@3.0.1 && tar xzf us-atlas-3.0.1.tgz
    python3 crates/core/scripts/counties.py package/counties-10m.json > crates/core/data/counties.csv

us-atlas gives independent cities the name of the county around them (Richmond, Richmond city); here the city is told
by its FIPS code (510 and above) and named so.
"""

import json
import sys

STATES = {
    "01": "al", "02": "ak", "04": "az", "05": "ar", "06": "ca", "08": "co", "09": "ct", "10": "de", "11": "dc",
    "12": "fl", "13": "ga", "15": "hi", "16": "id", "17": "il", "18": "in", "19": "ia", "20": "ks", "21": "ky",
    "22": "la", "23": "me", "24": "md", "25": "ma", "26": "mi", "27": "mn", "28": "ms", "29": "mo", "30": "mt",
    "31": "ne", "32": "nv", "33": "nh", "34": "nj", "35": "nm", "36": "ny", "37": "nc", "38": "nd", "39": "oh",
    "40": "ok", "41": "or", "42": "pa", "44": "ri", "45": "sc", "46": "sd", "47": "tn", "48": "tx", "49": "ut",
    "50": "vt", "51": "va", "53": "wa", "54": "wv", "55": "wi", "56": "wy", "60": "as", "66": "gu", "69": "mp",
    "72": "pr", "78": "vi",
}  # fmt: skip

with open(sys.argv[1], encoding="utf-8") as file:
    counties = json.load(file)["objects"]["counties"]["geometries"]
named = [(county["id"], county["properties"]["name"]) for county in counties]
named += [("02063", "Chugach"), ("02066", "Copper River")]
print("fips,state,name")
for fips, name in sorted(named):
    city = fips[:2] in ("24", "29", "51") and int(fips[2:]) >= 510
    suffix = " city" if city and not name.lower().endswith(" city") else ""
    print(f"{fips},{STATES[fips[:2]]},{name}{suffix}")
