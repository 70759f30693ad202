from ingest.console_text import view
from store.command_line import escaped


def test_nothing_that_steers_a_terminal_gets_through() -> None:
    hostile = "a\x1b]0;title\x07\x9b2J\u202eb\r\n水"
    assert escaped(hostile) == "a\\x1b]0;title\\x07\\x9b2J\\u202eb\\r\\n水"
    assert view(hostile.encode()).splitlines()[0].isprintable()


def test_bytes_that_are_no_text_are_shown_in_hexadecimal() -> None:
    assert view(bytes(range(240, 256)) + b"\x00") == (
        "00000000  f0 f1 f2 f3 f4 f5 f6 f7 f8 f9 fa fb fc fd fe ff\n00000010  00"
    )


def test_a_long_payload_is_cut_with_a_word() -> None:
    assert view(b"x" * 5000).endswith("x\n… 904 bytes more")
    assert view("水".encode() * 2000, most=100).startswith("水水")
