"""Small labelled sets of unfamiliar shapes, made from a seed: other languages, goods, papers, places, odd columns.

usage: python benchmarks/matching/unfamiliar.py [NAME ...] [--write FOLDER]

Every set is a frame with the truth in `cluster`, which the engine never sees. None of them imitates a set that is
used elsewhere; they are here to see what the engine does with what it has not been made for.
"""

from __future__ import annotations

import json
import random
import string
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl

Row = dict[str, str | None]
_GIVEN = [
    "Anna",
    "Bernd",
    "Carla",
    "Dieter",
    "Emma",
    "Frank",
    "Greta",
    "Hanna",
    "Ivan",
    "Julia",
    "Karl",
    "Laura",
    "Moritz",
    "Nina",
    "Oskar",
    "Paula",
    "Rosa",
    "Stefan",
    "Tanja",
    "Ulrich",
    "Vera",
    "Walter",
    "Amir",
    "Leyla",
    "Chen",
    "Priya",
    "Rahul",
    "Fatima",
    "Igor",
    "Olga",
    "Pedro",
    "Lucia",
    "Marta",
    "Jorge",
    "Claire",
    "Luc",
    "Sophie",
    "Pierre",
    "Giulia",
    "Marco",
]
_FAMILY = [
    "Abel",
    "Bauer",
    "Castillo",
    "Dietrich",
    "Ebert",
    "Fischer",
    "Gruber",
    "Haas",
    "Iglesias",
    "Jansen",
    "Keller",
    "Lorenz",
    "Meier",
    "Neumann",
    "Ortega",
    "Pohl",
    "Quast",
    "Richter",
    "Schmidt",
    "Torres",
    "Ulbrich",
    "Vogel",
    "Weber",
    "Ximenez",
    "Yilmaz",
    "Zimmer",
    "Novak",
    "Petrov",
    "Sharma",
    "Khan",
    "Rossi",
    "Bianchi",
    "Dubois",
    "Moreau",
    "Lefevre",
    "Martin",
    "Silva",
    "Costa",
    "Nguyen",
    "Tanaka",
]
_TOWNS = [
    "Aalen",
    "Bamberg",
    "Celle",
    "Dessau",
    "Erfurt",
    "Fulda",
    "Gera",
    "Hagen",
    "Jena",
    "Kassel",
    "Lindau",
    "Marburg",
    "Neuss",
    "Olpe",
    "Passau",
]
_STREETS = [
    "Ahornweg",
    "Birkenallee",
    "Cranachstraße",
    "Dorfstraße",
    "Eichenweg",
    "Feldstraße",
    "Gartenstraße",
    "Hauptstraße",
    "Industriestraße",
    "Jahnstraße",
]
_TRADES = [
    "Maschinenbau",
    "Elektrotechnik",
    "Logistik",
    "Bäckerei",
    "Autohaus",
    "Druckerei",
    "Möbelwerk",
    "Metallbau",
    "Software",
    "Verlag",
    "Getränke",
    "Gartenbau",
]
_NOUNS = [
    "index",
    "query",
    "stream",
    "graph",
    "cache",
    "schema",
    "cluster",
    "sensor",
    "network",
    "transaction",
    "kernel",
    "vector",
    "lattice",
    "privacy",
    "ranking",
    "ontology",
    "sampling",
    "workflow",
    "storage",
]
_VERBS = [
    "Efficient",
    "Adaptive",
    "Scalable",
    "Incremental",
    "Approximate",
    "Distributed",
    "Robust",
    "Parallel",
    "Optimal",
    "Secure",
    "Dynamic",
    "Declarative",
]


class Dice(random.Random):
    """Random choices that records are dirtied with."""

    def typo(self, text: str, chance: float = 1.0) -> str:
        if len(text) < 3 or self.random() > chance:
            return text
        at = self.randrange(1, len(text) - 1)
        match self.randrange(3):
            case 0:
                return text[:at] + text[at + 1 :]
            case 1:
                return text[: at - 1] + text[at] + text[at - 1] + text[at + 1 :]
            case _:
                return text[:at] + self.choice(string.ascii_lowercase) + text[at + 1 :]

    def maybe(self, value: str, chance: float) -> str | None:
        return value if self.random() < chance else None

    def digits(self, count: int) -> str:
        return "".join(self.choice(string.digits) for _ in range(count))

    def copies(self) -> int:
        return self.choice((1, 1, 1, 2, 2, 3))


def _set(dice: Dice, things: int, make: Callable[[], Callable[[int], Row]]) -> pl.DataFrame:
    """Makes `things`, each with one to three records; `make` draws a thing and returns what writes its records."""
    rows: list[Row] = []
    for number in range(things):
        write = make()
        rows += [{**write(copy), "cluster": str(number)} for copy in range(dice.copies())]
    dice.shuffle(rows)
    return pl.DataFrame(rows, schema={name: pl.String for row in rows for name in row})


def firms_german(dice: Dice) -> pl.DataFrame:
    def make() -> Callable[[int], Row]:
        name = f"{dice.choice(_FAMILY)} {dice.choice(['', '& Söhne ', 'und Partner '])}{dice.choice(_TRADES)}"
        town, plz = dice.choice(_TOWNS), dice.digits(5)
        street, house = dice.choice(_STREETS), str(dice.randrange(1, 120))
        phone, vat = dice.digits(7), dice.digits(9)

        def write(copy: int) -> Row:
            legal = dice.choice(["GmbH", "GmbH & Co. KG", "G.m.b.H.", "", "AG"])
            short = street.replace("straße", dice.choice(["straße", "str.", "strasse"]))
            return {
                "firma": dice.typo(f"{name} {legal}".strip(), 0.2),
                "plz": dice.maybe(plz, 0.9),
                "ort": town,
                "strasse": f"{short} {house}",
                "telefon": dice.maybe(f"0{dice.choice(['361', '361 ', '361/'])}{phone}", 0.6),
                "ust_id": dice.maybe(f"DE{vat}", 0.3),
                "kundennr": dice.digits(6),
                "bemerkung": dice.maybe(dice.choice(["Stammkunde", "gesperrt", "bitte anrufen"]), 0.3),
            }

        return write

    return _set(dice, 300, make)


def firms_spanish(dice: Dice) -> pl.DataFrame:
    kinds = [
        "Construcciones",
        "Transportes",
        "Talleres",
        "Panadería",
        "Ferretería",
        "Muebles",
        "Viveros",
        "Bodegas",
        "Asesoría",
        "Imprenta",
    ]
    towns = ["Sevilla", "Málaga", "Córdoba", "Jaén", "Cádiz", "Huelva", "Almería", "Granada"]

    def make() -> Callable[[int], Row]:
        name = f"{dice.choice(kinds)} {dice.choice(_FAMILY)} {dice.choice(['', 'e Hijos', 'Hermanos'])}".strip()
        town, code = dice.choice(towns), dice.digits(5)
        street = f"{dice.choice(['Calle', 'Avenida', 'Plaza'])} {dice.choice(['Mayor', 'Real', 'Nueva', 'del Sol', 'San Juan', 'Cervantes'])}"
        house, phone, tax = str(dice.randrange(1, 90)), "9" + dice.digits(8), "B" + dice.digits(8)

        def write(copy: int) -> Row:
            way = street.replace("Calle", dice.choice(["Calle", "C/", "C."])).replace(
                "Avenida", dice.choice(["Avenida", "Avda."])
            )
            return {
                "Razón Social": dice.typo(f"{name} {dice.choice(['S.L.', 'SL', 'S.A.', ''])}".strip().upper(), 0.15),
                "Dirección": f"{way}, {house}",
                "Código Postal": dice.maybe(code, 0.9),
                "Población": town,
                "Teléfono": dice.maybe(f"+34 {phone[:3]} {phone[3:]}" if copy else phone, 0.7),
                "CIF": dice.maybe(tax, 0.4),
            }

        return write

    return _set(dice, 250, make)


def customers_chinese(dice: Dice) -> pl.DataFrame:
    places = ["上海", "北京", "深圳", "杭州", "苏州", "广州", "南京", "宁波"]
    syllables = ["华", "瑞", "丰", "盛", "达", "信", "恒", "泰", "鑫", "源", "天", "和", "兴", "隆", "康", "宏"]
    trades = ["科技", "贸易", "电子", "机械", "食品", "服饰", "物流", "医药"]
    roads = ["中山路", "人民路", "解放路", "建设路", "和平路", "长江路"]

    def make() -> Callable[[int], Row]:
        place, core, trade = dice.choice(places), "".join(dice.sample(syllables, 2)), dice.choice(trades)
        road, house = dice.choice(roads), str(dice.randrange(1, 900))
        mobile = "1" + dice.choice("3578") + dice.digits(9)

        def write(copy: int) -> Row:
            name = dice.choice(
                [
                    f"{place}{core}{trade}有限公司",
                    f"{place}市{core}{trade}有限公司",
                    f"{core}{trade}（{place}）有限公司",
                    f"{place}{core}{trade}",
                ]
            )
            return {
                "客户编号": dice.digits(8),
                "客户名称": name,
                "电话": dice.maybe(mobile, 0.7),
                "地址": dice.maybe(f"{dice.choice([place, place + '市', ''])}{road}{house}号", 0.8),
            }

        return write

    return _set(dice, 250, make)


def people_japanese(dice: Dice) -> pl.DataFrame:
    families = ["佐藤", "鈴木", "高橋", "田中", "伊藤", "渡辺", "山本", "中村", "小林", "加藤", "吉田", "山田"]
    given = ["翔太", "大輔", "美咲", "陽子", "健一", "直樹", "由美", "真理", "恵子", "誠", "浩", "明"]
    towns = ["東京都新宿区", "大阪府大阪市北区", "愛知県名古屋市中区", "福岡県福岡市博多区", "北海道札幌市中央区"]

    def make() -> Callable[[int], Row]:
        name = (dice.choice(families), dice.choice(given))
        born = f"{dice.randrange(1940, 2004)}-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}"
        phone = "090" + dice.digits(8)
        street = f"{dice.choice(towns)}{dice.randrange(1, 9)}丁目{dice.randrange(1, 30)}番{dice.randrange(1, 20)}号"

        def write(copy: int) -> Row:
            y, m, d = born.split("-")
            return {
                "氏名": dice.choice(["", " ", "　"]).join(name),
                "生年月日": dice.maybe(dice.choice([born, f"{y}年{int(m)}月{int(d)}日", f"{y}/{m}/{d}"]), 0.85),
                "電話番号": dice.maybe(f"{phone[:3]}-{phone[3:7]}-{phone[7:]}" if copy else phone, 0.6),
                "住所": dice.maybe(street, 0.7),
            }

        return write

    return _set(dice, 250, make)


def people_one_name(dice: Dice) -> pl.DataFrame:
    """Very few rows, one column of names, hardly anything else."""

    def make() -> Callable[[int], Row]:
        first, last = dice.choice(_GIVEN), dice.choice(_FAMILY)
        born, town = str(dice.randrange(1935, 2005)), dice.choice(_TOWNS)

        def write(copy: int) -> Row:
            name = dice.choice(
                [f"{first} {last}", f"{last}, {first}", f"{dice.typo(first)} {last}", f"{first[0]}. {last}"]
            )
            return {"who": name, "year of birth": dice.maybe(born, 0.9), "town": dice.maybe(town, 0.9)}

        return write

    return _set(dice, 60, make)


def two_systems(dice: Dice) -> pl.DataFrame:
    """Two sources that call everything by other names; each record is in one of them."""

    def make() -> Callable[[int], Row]:
        first, last = dice.choice(_GIVEN), dice.choice(_FAMILY)
        y, m, d = dice.randrange(1940, 2004), dice.randrange(1, 13), dice.randrange(1, 29)
        phone, town = dice.digits(8), dice.choice(_TOWNS)
        street = f"{dice.choice(_STREETS)} {dice.randrange(1, 99)}"
        mail = f"{first.lower()}.{last.lower()}{dice.randrange(100)}@{dice.choice(['web.de', 'gmx.de', 'posteo.de'])}"

        def write(copy: int) -> Row:
            if copy % 2 == 0:
                return {
                    "_file": "crm",
                    "first": first,
                    "last": dice.typo(last, 0.2),
                    "birth": dice.maybe(f"{d:02}.{m:02}.{y}", 0.8),
                    "phone": dice.maybe(f"0{phone}", 0.7),
                    "mail": dice.maybe(mail, 0.6),
                    "street": street,
                    "town": town,
                }
            return {
                "_file": "shop",
                "fullname": f"{first} {last}" if dice.random() < 0.8 else f"{last}, {first}",
                "geburtstag": dice.maybe(f"{y}-{m:02}-{d:02}", 0.8),
                "handy": dice.maybe(f"+49 {phone}", 0.7),
                "e_mail": dice.maybe(mail.upper(), 0.6),
                "adresse": dice.typo(street, 0.2),
                "wohnort": town,
            }

        return write

    return _set(dice, 300, make)


def leaking_ids(dice: Dice) -> pl.DataFrame:
    """Unique numbers, numbers of rows, a label of the truth, tokens that say nothing, columns that are nearly empty."""
    row = iter(range(10**6))

    def make() -> Callable[[int], Row]:
        first, last = dice.choice(_GIVEN), dice.choice(_FAMILY)
        zip_code, phone = dice.digits(5), dice.digits(9)
        entity = dice.digits(7)

        def write(copy: int) -> Row:
            return {
                "pk": str(next(row)),
                "uuid": f"{dice.getrandbits(64):016x}",
                "true_entity_id": entity,
                "vorname": dice.typo(first, 0.25),
                "nachname": dice.typo(last, 0.25),
                "plz": zip_code if dice.random() < 0.9 else dice.digits(5),
                "rufnummer": dice.maybe(phone, 0.7),
                "fax": dice.maybe(dice.digits(9), 0.02),
                "vip": dice.choice(["true", "false"]),
                "loaded_at": f"2024-0{dice.randrange(1, 9)}-1{dice.randrange(9)} 0{dice.randrange(9)}:00:00",
                "checksum": f"{dice.getrandbits(32):08x}",
            }

        return write

    return _set(dice, 300, make)


def skewed(dice: Dice) -> pl.DataFrame:
    """Half the records share a city, a postcode and a switchboard; a third share a surname."""

    def make() -> Callable[[int], Row]:
        first, last = dice.choice(_GIVEN), dice.choice(["Nguyen"] * 15 + _FAMILY)
        home = dice.random() < 0.5
        city, code = ("Hanoi", "10000") if home else (dice.choice(_TOWNS), dice.digits(5))
        phone = "02412345678" if home and dice.random() < 0.6 else "0" + dice.digits(10)
        born = f"{dice.randrange(1950, 2003)}-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}"

        def write(copy: int) -> Row:
            return {
                "given": dice.typo(first, 0.15),
                "surname": last,
                "city": city,
                "zip": code,
                "tel": dice.maybe(phone, 0.8),
                "dob": dice.maybe(dice.typo(born, 0.05), 0.8),
            }

        return write

    return _set(dice, 400, make)


def papers(dice: Dice) -> pl.DataFrame:
    venues = {
        "SIGMOD Conference": "International Conference on Management of Data",
        "VLDB": "Very Large Data Bases",
        "ACM Trans. Database Syst.": "ACM Transactions on Database Systems (TODS)",
    }

    def make() -> Callable[[int], Row]:
        title = f"{dice.choice(_VERBS)} {dice.choice(_NOUNS)} {dice.choice(['processing', 'management', 'evaluation', 'maintenance'])} {dice.choice(['for', 'over', 'in', 'with'])} {dice.choice(_VERBS).lower()} {dice.choice(_NOUNS)} {dice.choice(['systems', 'databases', 'environments'])}"
        people = [(dice.choice(_GIVEN), dice.choice(_FAMILY)) for _ in range(dice.randrange(1, 5))]
        venue, year = dice.choice(list(venues)), str(dice.randrange(1994, 2004))

        def write(copy: int) -> Row:
            authors = [f"{g[0]}. {f}" if copy and dice.random() < 0.4 else f"{g} {f}" for g, f in people]
            if copy and dice.random() < 0.2:
                dice.shuffle(authors)
            return {
                "title": dice.typo(title.lower() if copy else title, 0.15),
                "authors": dice.maybe(", ".join(authors), 0.96),
                "venue": venues[venue] if copy else venue,
                "year": year if dice.random() < 0.95 else str(int(year) + 1),
            }

        return write

    return _set(dice, 500, make)


def goods(dice: Dice) -> pl.DataFrame:
    brands = ["Sonora", "Panatek", "Kenmoor", "Brauner", "Philox", "Lumen", "Novatel", "Garmond", "Toshira", "Epsilon"]
    kinds = [
        "LCD television",
        "digital camera",
        "laser printer",
        "car speaker",
        "bluetooth headset",
        "microwave oven",
        "coffee maker",
    ]
    colours = ["black", "white", "silver", "red", "blue"]

    def make() -> Callable[[int], Row]:
        brand, kind, colour = dice.choice(brands), dice.choice(kinds), dice.choice(colours)
        model = f"{''.join(dice.choice(string.ascii_uppercase) for _ in range(dice.randrange(2, 4)))}{dice.digits(dice.randrange(2, 5))}"
        size, price = f"{dice.randrange(10, 60)}", dice.randrange(20, 900) + 0.99

        def write(copy: int) -> Row:
            shop = f"{brand} {size}' {kind.title()} - {model}" + dice.choice(["", f"/ {colour.title()} Finish"])
            other = f"{brand} {model[:2]}-{model[2:]} {size}-Inch {kind} ({colour})"
            bare = f"{brand} {kind} {colour}"
            return {
                "title": shop if copy == 0 else dice.choice([other, other, bare]),
                "brand": dice.maybe(brand if copy == 0 else brand.upper(), 0.7),
                "modelno": dice.maybe(model, 0.5),
                "price": dice.maybe(f"${price * dice.choice([1, 1, 0.95, 1.1]):.2f}", 0.7),
            }

        return write

    return _set(dice, 350, make)


def restaurants(dice: Dice) -> pl.DataFrame:
    kinds = ["italian", "french", "american", "steakhouses", "seafood", "delis", "chinese", "californian"]
    heads = ["Golden", "Blue", "Old", "Royal", "Little", "Grand", "Silver", "Green", "Lucky", "Garden"]
    tails = ["Dragon", "Bistro", "Grill", "Kitchen", "Palace", "Cafe", "Tavern", "Corner", "Lantern", "Spoon", "Harbor"]
    cities = ["los angeles", "new york", "san francisco", "atlanta", "las vegas"]

    def make() -> Callable[[int], Row]:
        name = (
            f"{dice.choice(heads)} {dice.choice(tails)}"
            if dice.random() < 0.6
            else f"{dice.choice(_FAMILY)}'s {dice.choice(tails)}"
        )
        house, street = (
            str(dice.randrange(1, 9999)),
            f"{dice.choice(['Sunset', 'Main', 'Broadway', 'Peach', 'La Cienega', 'Third'])}",
        )
        city, area, phone = dice.choice(cities), dice.digits(3), dice.digits(7)
        kind = dice.choice(kinds)

        def write(copy: int) -> Row:
            way = dice.choice(["blvd.", "boulevard", "ave.", "blvd"]) if copy else "blvd."
            return {
                "name": name.lower() + (dice.choice(["", " restaurant", " (the)"]) if copy else ""),
                "addr": f"{house} {dice.choice(['', 'n. ', 's. ']) if copy else ''}{street.lower()} {way}",
                "city": city if dice.random() < 0.8 else dice.choice(["hollywood", "new york city", "brooklyn"]),
                "phone": f"{area}/{phone[:3]}-{phone[3:]}" if copy else f"{area}-{phone[:3]}-{phone[3:]}",
                "type": kind if dice.random() < 0.6 else dice.choice(kinds),
            }

        return write

    return _set(dice, 300, make)


def songs(dice: Dice) -> pl.DataFrame:
    def make() -> Callable[[int], Row]:
        artist = (
            f"{dice.choice(_GIVEN)} {dice.choice(_FAMILY)}"
            if dice.random() < 0.5
            else f"The {dice.choice(_NOUNS).title()}s"
        )
        title = " ".join(
            dice.sample(
                [
                    "love",
                    "night",
                    "dance",
                    "river",
                    "baby",
                    "home",
                    "fire",
                    "rain",
                    "summer",
                    "heart",
                    "road",
                    "light",
                    "blue",
                    "dream",
                ],
                dice.randrange(1, 4),
            )
        ).title()
        album = " ".join(
            dice.sample(["Best", "Of", "Live", "Gold", "Stories", "Horizon", "Echoes", "Deluxe", "Origins", "Wild"], 2)
        )
        seconds, year = dice.randrange(120, 400), dice.randrange(1990, 2016)

        def write(copy: int) -> Row:
            return {
                "Song_Name": title
                + (dice.choice(["", " (feat. " + dice.choice(_GIVEN) + ")", " [Explicit]"]) if copy else ""),
                "Artist_Name": artist,
                "Album_Name": album + (dice.choice(["", " (Deluxe Version)"]) if copy else ""),
                "Genre": dice.choice(["Pop", "Music, Pop", "Rock"]),
                "Time": f"{(seconds + dice.choice([0, 0, 1])) // 60}:{seconds % 60:02}",
                "Released": dice.choice([f"{year}-05-01", f"May 1, {year}"]),
            }

        return write

    return _set(dice, 300, make)


def nameless_columns(dice: Dice) -> pl.DataFrame:
    """Columns c1 to c7: only values can say what they are."""

    def make() -> Callable[[int], Row]:
        first, last = dice.choice(_GIVEN), dice.choice(_FAMILY)
        y, m, d = dice.randrange(1940, 2004), dice.randrange(1, 13), dice.randrange(1, 29)
        phone = dice.digits(7)
        street = f"{dice.choice(_STREETS)} {dice.randrange(1, 99)}"
        mail = f"{first[0].lower()}{last.lower()}{dice.randrange(1000)}@mail.example"

        def write(copy: int) -> Row:
            return {
                "c1": dice.digits(8),
                "c2": dice.typo(first, 0.2),
                "c3": dice.typo(last, 0.2),
                "c4": dice.maybe(f"{d:02}/{m:02}/{y}", 0.9),
                "c5": dice.maybe(f"(030) {phone[:3]}-{phone[3:]}", 0.7),
                "c6": dice.maybe(mail, 0.5),
                "c7": street,
            }

        return write

    return _set(dice, 300, make)


def tracks(dice: Dice) -> pl.DataFrame:
    """Five catalogues that write numbers, lengths, years and languages each in its own way; fields get lost and mixed."""
    words = [
        "love",
        "night",
        "dance",
        "river",
        "baby",
        "home",
        "fire",
        "rain",
        "summer",
        "heart",
        "road",
        "light",
        "blue",
        "dream",
        "angel",
        "shadow",
        "winter",
        "golden",
    ]

    def make() -> Callable[[int], Row]:
        artist = (
            f"{dice.choice(_GIVEN)} {dice.choice(_FAMILY)}"
            if dice.random() < 0.6
            else f"The {dice.choice(words).title()}s"
        )
        title = " ".join(dice.sample(words, dice.randrange(1, 4))).title()
        album = f"{' '.join(dice.sample(words, 2)).title()}"
        number, seconds, year = str(dice.randrange(1, 20)), dice.randrange(120, 400), dice.randrange(1965, 2016)

        def write(copy: int) -> Row:
            source = dice.randrange(5)
            length = [
                str(seconds * 1000),
                f"{seconds // 60}m {seconds % 60}sec",
                f"{seconds / 60:.3f}",
                f"{seconds // 60}:{seconds % 60:02}",
                "unk.",
            ][source]
            name = [title, f"{number.zfill(3)}-{title}", f"{artist} - {title}", f"{title} - {album}", dice.typo(title)][
                source
            ]
            return {
                "TID": str(dice.getrandbits(31)),
                "SourceID": str(source + 1),
                "number": dice.maybe(number, 0.7),
                "title": dice.typo(name, 0.15),
                "length": length,
                "artist": dice.maybe(dice.typo(artist, 0.2), 0.8),
                "album": dice.maybe(dice.typo(album, 0.2) + ("" if copy else f" ({year})"), 0.85),
                "year": dice.maybe(str(year) if source < 3 else f"'{year % 100:02}", 0.6),
                "language": ["English", "Eng.", "en", "English", "[Multiple]"][source],
            }

        return write

    return _set(dice, 700, make)


def affiliations(dice: Dice) -> pl.DataFrame:
    """One column of text."""
    towns = [
        "Toronto",
        "Leipzig",
        "Aachen",
        "Lausanne",
        "Singapore",
        "Bologna",
        "Uppsala",
        "Madison",
        "Berkeley",
        "Haifa",
        "Kyoto",
        "Grenoble",
        "Lyon",
        "Pisa",
        "Oslo",
        "Ghent",
    ]
    fields = ["Computer Science", "Electrical Engineering", "Mathematics", "Information Systems", "Physics"]

    def make() -> Callable[[int], Row]:
        town = dice.choice(towns) if dice.random() < 0.7 else dice.choice(_TOWNS)
        kind, field, land = (
            dice.choice(["University", "Technical University", "Institute"]),
            dice.choice(fields),
            dice.choice(["Canada", "Germany", "Italy", "USA", "France"]),
        )

        def write(copy: int) -> Row:
            name = dice.choice(
                [f"{kind} of {town}", f"{town} {kind}", f"{kind.replace('University', 'Univ.')} of {town}"]
            )
            where = dice.choice(["", f", {town}", f", {town}, {land}", f", {land}"])
            part = dice.choice(["", f"Department of {field}, ", f"Dept. of {field}, "])
            return {"affil": dice.typo(f"{part}{name}{where}", 0.1)}

        return write

    return _set(dice, 90, make)


def voters(dice: Dice) -> pl.DataFrame:
    """People with juniors, middle names and ages, at addresses that change; one household in five has two voters."""
    homes: list[Row] = []

    def make() -> Callable[[int], Row]:
        shared = bool(homes) and dice.random() < 0.2
        home = (
            homes[-1]
            if shared
            else {
                "last_name": dice.choice(_FAMILY),
                "street_address": f"{dice.randrange(1, 999)} {dice.choice(['OAK', 'ELM', 'PINE', 'LAKE'])} {dice.choice(['ST', 'RD', 'DR'])}",
                "city": dice.choice(_TOWNS).upper(),
                "zip_code": dice.digits(5),
                "phone_num": dice.digits(10),
            }
        )
        homes.append(home)
        first, middle, age = dice.choice(_GIVEN), dice.choice(_GIVEN), dice.randrange(18, 90)
        sex, suffix = dice.choice("MF"), dice.choice([None] * 12 + ["JR", "SR"])

        def write(copy: int) -> Row:
            moved = copy > 0 and dice.random() < 0.15
            return {
                "voter_reg_num": dice.digits(8),
                "first_name": dice.typo(first.upper(), 0.1),
                "midl_name": dice.choice([middle.upper(), middle[0], None]),
                "last_name": dice.typo(str(home["last_name"]).upper(), 0.05),
                "name_sufx_cd": suffix,
                "age": str(age + copy),
                "sex_code": sex,
                "street_address": f"{dice.randrange(1, 999)} MAPLE AVE" if moved else home["street_address"],
                "city": home["city"],
                "zip_code": dice.digits(5) if moved else home["zip_code"],
                "phone_num": dice.maybe(str(home["phone_num"]), 0.4),
                "registr_dt": f"{dice.randrange(1970, 2015)}-01-0{dice.randrange(1, 9)}",
            }

        return write

    return _set(dice, 500, make)


SETS: dict[str, Callable[[Dice], pl.DataFrame]] = {
    make.__name__: make
    for make in (
        firms_german,
        firms_spanish,
        customers_chinese,
        people_japanese,
        people_one_name,
        two_systems,
        leaking_ids,
        skewed,
        papers,
        goods,
        restaurants,
        songs,
        nameless_columns,
        tracks,
        affiliations,
        voters,
    )
}


def made(name: str, seed: int = 11) -> pl.DataFrame:
    """The set of this name; the same for the same seed."""
    return SETS[name](Dice(f"{name}{seed}"))


def main(*arguments: str) -> None:
    from custhub.matching import evaluate, infer_rules, match

    folder = Path(arguments[arguments.index("--write") + 1]) if "--write" in arguments else None
    for name in [a for a in arguments if a in SETS] or list(SETS):
        frame = made(name)
        if folder is not None:
            frame.write_parquet(folder / f"{name}.parquet")
            continue
        customers = frame.drop("cluster", "_file", strict=False)
        rules = infer_rules(customers)
        figures = evaluate(match(customers, rules).clusters, frame["cluster"].to_numpy()).as_dict()
        kinds = {field.name: field.kind.value for field in rules.fields}
        print(
            json.dumps(
                {"set": name, **{k: figures[k] for k in ("records", "precision", "recall", "f1")}, "kinds": kinds},
                ensure_ascii=False,
            )
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
