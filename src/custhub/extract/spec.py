"""What may stand in `connectors/<source>.yml`: one source system, its streams and how to read them."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, PositiveInt, RootModel

from custhub.declaration import Spec
from custhub.model.numbers import NumberFormat
from custhub.model.refs import SYSTEM_NAME

CONNECTION_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_URL = re.compile(r"[a-z][a-z0-9_]*(\+[a-z0-9_]+)?://")
_SECRET_WORDS = ("pass", "pwd", "secret", "token")
_CRON = re.compile(r"@(hourly|daily|weekly|monthly|quarterly|yearly)|\S+( +\S+){4}")


class Contract(StrEnum):
    """What to do with a column that nobody declared or saw before."""

    EVOLVE = "evolve"  # land it and report the drift
    FREEZE = "freeze"  # stop the extraction


class Deletes(StrEnum):
    """How deleted records of a database are found."""

    NEVER = "never"
    KEYS = "keys"  # all root keys are read in every run
    SNAPSHOT = "snapshot"  # only runs that read everything tell


class Mode(StrEnum):
    """What a file means."""

    SNAPSHOT = "snapshot"  # the files together are the whole source
    INCREMENTAL = "incremental"  # each file is a delta and is read once


class KeyCase(StrEnum):
    """The case that keys are brought to."""

    UPPER = "upper"
    LOWER = "lower"


class CursorType(StrEnum):
    """What a cursor counts in."""

    TIMESTAMP = "timestamp"
    NUMBER = "number"


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _known_encoding(name: str) -> str:
    try:
        codecs.lookup(name)
    except LookupError:
        raise ValueError(f"{name} is not a known encoding, e.g. utf-8, cp1252, gb18030, big5") from None
    return name


def _known_zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name} is not an IANA time zone, e.g. Europe/Berlin, Asia/Shanghai, UTC") from None


def _cron(text: str) -> str:
    if not _CRON.fullmatch(text):
        raise ValueError("is not a schedule: five cron fields or @hourly, @daily, @weekly, @monthly")
    return text


def _regex(text: str) -> str:
    try:
        groups = re.compile(text).groups
    except re.error:
        raise ValueError("is not a regular expression") from None
    if groups > 1:
        raise ValueError("may hold one group at most: the number of rows")
    return text


def _connection(text: str) -> str:
    if CONNECTION_NAME.fullmatch(text):
        return text
    if not _URL.match(text):
        raise ValueError("is neither the name of a connection nor a database URL")
    parts = urlsplit(text)
    if parts.password or any(word in key.lower() for key, _ in parse_qsl(parts.query) for word in _SECRET_WORDS):
        raise ValueError(
            "holds a password: give the connection a name here and its URL in the environment (CUSTHUB_CONN_<NAME>)"
        )
    return text


def _cursor(value: object) -> object:
    return {"columns": value} if isinstance(value, str | list) else value


def _duration(value: object) -> object:
    if isinstance(value, int | float):
        raise ValueError("needs a unit, e.g. PT10M, PT1H, P1D")
    return value


Columns = Annotated[tuple[str, ...], BeforeValidator(_listed, json_schema_input_type=str | list[str])]
_Some = Annotated[list[str], Field(min_length=1)]
SomeColumns = Annotated[tuple[str, ...], BeforeValidator(_listed, json_schema_input_type=str | _Some)]
_OneOrTwo = Annotated[list[str], Field(min_length=1, max_length=2)]
OneOrTwoColumns = Annotated[tuple[str, ...], BeforeValidator(_listed, json_schema_input_type=str | _OneOrTwo)]
Encoding = Annotated[str, AfterValidator(_known_encoding)]
TimeZone = Annotated[str, AfterValidator(_known_zone)]
Cron = Annotated[str, AfterValidator(_cron)]
Regex = Annotated[str, AfterValidator(_regex)]
StreamName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
SystemName = Annotated[str, Field(pattern=f"^{SYSTEM_NAME.pattern}$")]
Share = Annotated[float, Field(ge=0, le=1)]
OneCharacter = Annotated[str, Field(min_length=1, max_length=1)]


class Cursor(Spec):
    """Columns that grow with every change; date and time may stand in two columns."""

    columns: OneOrTwoColumns = Field(min_length=1, max_length=2)
    type: CursorType = CursorType.TIMESTAMP
    lag: Annotated[timedelta, BeforeValidator(_duration, json_schema_input_type=timedelta)] = Field(
        default=timedelta(minutes=10),
        ge=timedelta(0),
        description="how far behind the newest change each run starts to read again, for late commits: PT10M",
    )
    lag_numbers: int = Field(default=1000, ge=0, description="the same for cursors of type number")


class Trailer(Spec):
    """A closing line; a file without it is cut off."""

    pattern: Regex = Field(description="matches the whole last line; its group, if any, is the number of rows")


class DeleteMarker(Spec):
    """Rows of a delta that say that a record is gone."""

    column: str
    values: SomeColumns = Field(min_length=1)


class Stream(Spec):
    """One table or set of files. The stream without `parent` is the root: the customer's header."""

    key: Columns = Field(default=(), description="columns that name the row; child streams may go without")
    parent: Columns = Field(default=(), description="columns that hold the root row's key, in its order")
    key_case: KeyCase | None = None
    strip: bool = Field(default=False, description="strip blanks around key columns")
    columns: Columns | dict[str, PositiveInt] | None = None

    @property
    def expected(self) -> tuple[str, ...] | None:
        """The columns that were declared, if any were."""
        return None if self.columns is None else tuple(self.columns)


class SqlStream(Stream):
    table: str | None = Field(default=None, description="table or view, schema.table")
    query: str | None = Field(default=None, description="a SELECT in the database's own SQL")
    columns: Columns | None = Field(default=None, description="columns that must be there; others land as well")
    cursor: Annotated[Cursor | None, BeforeValidator(_cursor, json_schema_input_type=str | list[str] | Cursor)] = None


class FileStream(Stream):
    path: str = Field(min_length=1, description="file or glob, relative to the project")
    allow_empty: bool = Field(default=False, description="a file of 0 bytes is no mistake")
    delete_marker: DeleteMarker | None = None


class TextStream(FileStream):
    encoding: Encoding = "utf-8"
    skip_lines: int = Field(default=0, ge=0, description="lines before the header or the first row")
    trailer: Trailer | None = None


class CsvStream(TextStream):
    delimiter: OneCharacter = ","
    quote: OneCharacter | None = '"'
    header: bool = True
    columns: Columns | None = Field(default=None, description="columns that must be there; all of them without header")


class FixedWidthStream(TextStream):
    columns: dict[str, PositiveInt] = Field(min_length=1, description="column: width in bytes, in order")
    newline: bool = Field(default=True, description="records end with a line break; false: they follow one another")
    pad_short: bool = Field(default=False, description="records may lack blanks at the end")


class ExcelStream(FileStream):
    sheet: str | int = Field(default=0, description="name, or number from 0")
    header_row: int = Field(default=1, ge=0, description="row of the column names from 1; 0: there is none")
    columns: Columns | None = None


class ColumnarStream(FileStream):
    columns: Columns | None = None


class _Connector(Spec):
    source: SystemName
    description: str = ""
    owner: str = ""
    tags: tuple[str, ...] = ()
    schedule: Cron | None = Field(default=None, description="cron or @daily; nothing: started by hand")
    retries: int = Field(default=3, ge=0, le=100)
    time_zone: TimeZone = Field(default="UTC", description="of the source's dates and times")
    number: NumberFormat = Field(
        default=NumberFormat.PLAIN, description="how the source's texts write numbers; typed columns land as 1234.56"
    )
    contract: Contract = Contract.EVOLVE
    delete_limit: Share = Field(default=0.2, description="share of known keys that may vanish at once")
    streams: Mapping[StreamName, Stream]

    @property
    def root(self) -> str:
        """The stream of the customers' headers."""
        return next(name for name, stream in self.streams.items() if not stream.parent)


class SqlConnector(_Connector):
    """Tables or queries of a database."""

    kind: Literal["sql"]
    connection: Annotated[str, AfterValidator(_connection)] = Field(
        description="name of the connection (CUSTHUB_CONN_<NAME>, AIRFLOW_CONN_<NAME>), or a URL without password"
    )
    deletes: Deletes = Deletes.KEYS
    streams: dict[StreamName, SqlStream] = Field(min_length=1)


class _FileConnector(_Connector):
    mode: Mode = Mode.SNAPSHOT
    unreadable_limit: Share = Field(default=0.2, description="share of a file's rows that may be unreadable")
    max_record_bytes: PositiveInt = Field(default=1_000_000, description="longer records are unreadable")


class CsvConnector(_FileConnector):
    """Delimited text files."""

    kind: Literal["csv"]
    streams: dict[StreamName, CsvStream] = Field(min_length=1)


class FixedWidthConnector(_FileConnector):
    """Text files whose columns have fixed widths in bytes."""

    kind: Literal["fixed_width"]
    streams: dict[StreamName, FixedWidthStream] = Field(min_length=1)


class ExcelConnector(_FileConnector):
    """Sheets of workbooks."""

    kind: Literal["excel"]
    streams: dict[StreamName, ExcelStream] = Field(min_length=1)


class ColumnarConnector(_FileConnector):
    """Parquet files, or text files with one JSON object a line."""

    kind: Literal["parquet", "jsonl"]
    streams: dict[StreamName, ColumnarStream] = Field(min_length=1)


FileConnector: TypeAlias = CsvConnector | FixedWidthConnector | ExcelConnector | ColumnarConnector
Connector: TypeAlias = SqlConnector | CsvConnector | FixedWidthConnector | ExcelConnector | ColumnarConnector


class ConnectorFile(RootModel[Annotated[Connector, Field(discriminator="kind")]]):
    """A connector's YAML file."""
