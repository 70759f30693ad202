"""Bytes from outside, made safe to show on a terminal."""

from store.command_line import escaped


def view(payload: bytes, most: int = 4096) -> str:
    """Payload as text where it is UTF-8, as hexadecimal otherwise; at most the first `most` bytes."""
    shown = payload[:most]
    rest = f"\n… {len(payload) - most} bytes more" if len(payload) > most else ""
    try:
        # A character cut in two at the end is no reason to show everything in hexadecimal.
        text = shown.decode("utf-8", errors="strict" if shown == payload else "ignore")
        if shown != payload:
            payload.decode("utf-8")
    except UnicodeDecodeError:
        lines = [shown[start : start + 16] for start in range(0, len(shown), 16)]
        return "\n".join(f"{index * 16:08x}  {line.hex(' ')}" for index, line in enumerate(lines)) + rest
    return "\n".join(escaped(line) for line in text.split("\n")) + rest
