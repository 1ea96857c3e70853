import polars as pl

from custhub.model import frames
from custhub.model.customer import Customer


def test_the_frames_follow_the_model() -> None:
    assert list(frames.CUSTOMER) == list(Customer.model_fields)
    assert frames.CUSTOMER["phones"] == pl.List(
        pl.Struct({"value": pl.String, "raw": pl.String, "type": pl.String, "rank": pl.Int64})
    )


def test_conform_fills_what_is_missing_and_drops_what_is_strange() -> None:
    frame = frames.conform(pl.DataFrame({"key": ["1"], "strange": [2]}), frames.CANONICAL)

    assert frame.schema == frames.CANONICAL
    assert frame["emails"].to_list() == [[]]
    assert frame["kind"].to_list() == [None]


def test_documents_survive_the_way_to_json_and_back() -> None:
    frame = frames.conform(
        pl.DataFrame(
            {
                "kind": ["person", "organisation"],
                "name": [{"full": "贺澄君", "aliases": ["Mark He"]}, {"full": "Müller GmbH"}],
                "phones": [[{"value": "+8613812345678", "rank": 1}], None],
                "extra": ['{"tier":"gold"}', None],
            }
        ),
        frames.CUSTOMER,
    )

    assert frames.decode_docs(frames.encode_docs(frame)).equals(frame)
