import re
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django import Settings

from events.systems.ads.columns import COLUMNS
from events.systems.ads.exceptions import AdFileError, ValidatorStarved
from events.systems.ads.validator import validate_files
from tests.support.ads import Validation, read_csv, seen, served, write_csv

HEAD = ",".join(COLUMNS)
SERVED = f"{HEAD}\nad,9:00,,,ann,adv,tv,5\n"


@pytest.fixture
def validation(tmp_path: Path) -> Validation:
    return Validation(tmp_path)


def leftovers(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_unreadable_lines_are_skipped_and_named(validation: Validation, line_end: str) -> None:
    lines = [
        HEAD,
        "a,9:01,impression,ad,ann,,phone,",
        "too,few",
        '"b","9:02","click","ad","ann","","two',
        'lines",',
        "too,many,of,them,here,in,this,line,here",
        "not UTF-8 \udcff,9:03,click,ad,ann,,phone,",
        "c,9:00,click,ad,ann,,phone,",
    ]
    user = (line_end.join(lines) + line_end).encode(errors="surrogateescape")
    outcome = validation.of_texts(SERVED, user)
    assert validation.valid_ids() == ["a", "b"]
    assert outcome.unreadable == {validation.user: [3, 6, 7]}
    assert outcome.dropped == {"not_after": 1}


def test_an_open_quote_takes_what_follows_it_along_and_no_more_is_lost(validation: Validation) -> None:
    outcome = validation.of_texts(SERVED, f'{HEAD}\na,9:01,click,ad,ann,,phone,\n"b,9:01,impression,ad,ann,,phone,\n')
    assert validation.valid_ids() == ["a"]
    assert outcome.unreadable == {validation.user: [3]}


@pytest.mark.parametrize(
    "user",
    [
        f"{HEAD}\r\na,9:01,click,ad,ann,,phone,\nb,9:01,impression,ad,ann,,phone,\r\n",
        f"{HEAD}\na,9:01,click,ad,ann,,phone,\rb,9:01,impression,ad,ann,,phone,\r\n",
        f'{HEAD}\ra,9:01,click,ad,ann,,"pho\r\nne",\rb,9:01,impression,ad,ann,,phone,',
        f'{HEAD}\na,9:01,click,ad,ann,,4" phone,\r\nb,9:01,impression,ad,ann,,"4"" phone",\r',
        f"\ufeff{HEAD}\n\na,9:01,click,ad,ann,,phone,\n\nb,9:01,impression,ad,ann,,phone,\n\n",
    ],
    ids=["CRLF, LF", "LF, CR, CRLF", "CR, CRLF in a value", "a quote amid a cell", "byte order mark, empty lines"],
)
def test_any_line_ends_will_do(validation: Validation, user: str) -> None:
    outcome = validation.of_texts(SERVED, user)
    assert validation.valid_ids() == ["a", "b"]
    assert outcome.unreadable == {}


def test_line_ends_in_values_stay_as_they_are(validation: Validation) -> None:
    device = "a\r\nb\rc\nd"
    write_csv(validation.serving, [served("ad", "9:00")], line_end="\r\n")
    write_csv(validation.user, [seen("x", "9:01", "ad", deviceId=device)], line_end="\n")
    validation.run()
    assert [row["deviceId"] for row in read_csv(validation.out)] == [device]


def test_columns_may_come_in_any_order_and_with_others(validation: Validation) -> None:
    validation.of_texts(
        "price,note,note,userId,eventId,parentEventId,eventType,eventTimestamp,deviceId,advertiserId\n"
        "5,x,y,ann,ad,,,9:00,tv,adv\n",
        "eventType,eventTimestamp,deviceId,advertiserId,price,userId,eventId,parentEventId\n"
        "click,9:01,phone,,,ann,a,ad\n",
    )
    assert validation.out.read_text() == f"{HEAD}\na,9:01,click,ad,ann,adv,phone,5\n"


def test_files_without_events_give_a_file_without_events(validation: Validation) -> None:
    outcome = validation.of_texts(HEAD, f"{HEAD}\n")
    assert validation.out.read_text() == f"{HEAD}\n"
    assert (outcome.valid, outcome.dropped) == (0, {})


@pytest.mark.parametrize(
    ("user", "problem"),
    [
        (
            "eventId,eventTimestamp,eventType,parentEventId,userId,advertiserId,deviceId\n",
            "Missing or repeated: price.",
        ),
        (f"{HEAD},price\n", "Missing or repeated: price."),
        ("", "It names: nothing."),
        (b"\xff\xfe\n", "Missing or repeated: eventId, "),
    ],
)
def test_a_missing_column_is_one_clear_line_and_nothing_is_written(
    validation: Validation, tmp_path: Path, user: str | bytes, problem: str
) -> None:
    validation.out.write_text("from before")
    with pytest.raises(AdFileError, match=re.escape(problem)) as raised:
        validation.of_texts(SERVED, user)
    assert str(validation.user) in str(raised.value)
    assert "\n" not in str(raised.value)
    assert validation.out.read_text() == "from before"
    assert leftovers(tmp_path) == {"serving_events.csv", "user_events.csv", "out.csv"}


def test_a_file_that_is_missing_or_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    serving = write_csv(tmp_path / "serving [1*].csv", [served("ad", "9:00")])
    user = write_csv(tmp_path / "user's.csv", [seen("x", "9:01", "ad")])
    with pytest.raises(AdFileError, match=re.escape("none.csv")):
        validate_files(serving=tmp_path / "none.csv", user=user, out=tmp_path / "out.csv")
    with pytest.raises(AdFileError, match="no directory"):
        validate_files(serving=serving, user=user, out=tmp_path / "none" / "out.csv")
    with pytest.raises(AdFileError, match="is a directory"):
        validate_files(serving=serving, user=user, out=tmp_path)
    assert leftovers(tmp_path) == {serving.name, user.name}
    validate_files(serving=serving, user=user, out=tmp_path / "it's [2*].csv")
    assert (tmp_path / "it's [2*].csv").exists()


def test_too_little_memory_is_one_clear_line_and_nothing_is_written(validation: Validation, settings: Settings) -> None:
    settings.AD_VALIDATOR_MEMORY_MB = 1
    with pytest.raises(ValidatorStarved, match="raise AD_VALIDATOR_MEMORY_MB") as raised:
        validation.of_rows([served("ad", "9:00")], [seen("x", "9:01", "ad")])
    assert "\n" not in str(raised.value)
    assert not validation.out.exists()


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit, OSError("No space left on device")])
def test_who_interrupts_it_finds_nothing_written(
    validation: Validation, tmp_path: Path, interrupt: BaseException
) -> None:
    validation.of_rows([served("ad", "9:00")], [seen("x", "9:01", "ad")])
    validation.out.write_text("from before")
    validation.rejected.unlink()

    def on_progress(what: str, _: float) -> None:
        if what == "writing what is valid":
            raise interrupt

    with pytest.raises((KeyboardInterrupt, SystemExit, AdFileError)):
        validate_files(
            serving=validation.serving,
            user=validation.user,
            out=validation.out,
            rejected=validation.rejected,
            on_progress=on_progress,
        )
    assert validation.out.read_text() == "from before"
    assert leftovers(tmp_path) == {"serving_events.csv", "user_events.csv", "out.csv"}


def test_progress_goes_from_nothing_to_all(validation: Validation) -> None:
    told: list[float] = []
    write_csv(validation.serving, [served("ad", "9:00")])
    write_csv(validation.user, [seen("x", "9:01", "ad")])
    on_progress: Callable[[str, float], None] = lambda _, done: told.append(done)  # noqa: E731
    validate_files(serving=validation.serving, user=validation.user, out=validation.out, on_progress=on_progress)
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0.0, 1.0)
