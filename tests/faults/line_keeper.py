"""The program behind a poor line: carries packets between two TUN devices, late, out of order, or not at all.

It stands alone, for `tests/faults/poor_line.py` starts it by its path. The kernel's own `netem` would do the same, but
is not in every kernel. Packets of one TCP port suffer; all others pass at once. Words on standard input: `cut` lets
nothing of the port through any more, without a word to either end; `mend` lets it through again, with its faults.
"""

import argparse
import errno
import fcntl
import heapq
import json
import os
import random
import select
import struct
import sys
import time
from dataclasses import asdict, dataclass

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
LARGEST_PACKET = 65_535
TCP = 6


@dataclass
class Counts:
    """Packets of the port, and what became of them."""

    packets: int = 0
    lost: int = 0
    overtaking: int = 0
    cut: int = 0


@dataclass(frozen=True)
class Faults:
    """What a packet suffers; times in seconds, the others are probabilities."""

    delay: float
    jitter: float
    loss: float
    reordering: float


def tun(name: str) -> int:
    """A TUN device that lasts as long as this program."""
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode("ascii"), IFF_TUN | IFF_NO_PI))
    return device


def is_of_port(packet: bytes, port: int) -> bool:
    """Whether a packet belongs to a TCP connection of this port; fragments do not occur on one line."""
    if packet[0] >> 4 != 4 or packet[9] != TCP:
        return False
    head = (packet[0] & 0xF) * 4
    return port in struct.unpack_from("!HH", packet, head)


class Keeper:
    """Carries packets from each device to the other."""

    def __init__(self, near: int, far: int, port: int, faults: Faults, chance: random.Random) -> None:
        self._other = {near: far, far: near}
        self._port = port
        self._faults = faults
        self._chance = chance
        self._waiting: list[tuple[float, int, int, bytes]] = []
        self._latest = {near: 0.0, far: 0.0}
        self._cut = False
        self.counts = Counts()

    def run(self) -> None:
        """Until standard input ends."""
        while True:
            patience = max(self._waiting[0][0] - time.monotonic(), 0) if self._waiting else None
            ready, _, _ = select.select([*self._other, sys.stdin], [], [], patience)
            if sys.stdin in ready:
                word = sys.stdin.readline().strip()
                if not word:
                    return
                self._cut = word == "cut"
                sys.stdout.write(json.dumps(asdict(self.counts)) + "\n")
                sys.stdout.flush()
            for device in self._other:
                if device in ready:
                    self._take(device)
            while self._waiting and self._waiting[0][0] <= time.monotonic():
                _, _, device, packet = heapq.heappop(self._waiting)
                write(device, packet)

    def _take(self, device: int) -> None:
        packet, to = os.read(device, LARGEST_PACKET), self._other[device]
        if not is_of_port(packet, self._port):
            write(to, packet)
            return
        self.counts.packets += 1
        if self._cut:
            self.counts.cut += 1
        elif self._chance.random() < self._faults.loss:
            self.counts.lost += 1
        elif self._chance.random() < self._faults.reordering:
            self.counts.overtaking += 1
            write(to, packet)
        else:
            delay = self._faults.delay + self._chance.uniform(-1, 1) * self._faults.jitter
            # Those that do not overtake keep their order, however their delays were drawn.
            self._latest[to] = max(self._latest[to], time.monotonic() + delay)
            heapq.heappush(self._waiting, (self._latest[to], self.counts.packets, to, packet))


def write(device: int, packet: bytes) -> None:
    """Hand a packet to the kernel; where its queue is full, or the device not yet up, it is lost as on any line."""
    try:
        os.write(device, packet)
    except OSError as error:
        if error.errno not in {errno.EAGAIN, errno.EIO}:
            raise


def main() -> None:
    """Open the devices, say so, and carry."""
    parser = argparse.ArgumentParser()
    parser.add_argument("near")
    parser.add_argument("far")
    parser.add_argument("port", type=int)
    parser.add_argument("--seed", type=int, default=0)
    for fault in ("delay", "jitter", "loss", "reordering"):
        parser.add_argument(f"--{fault}", type=float, default=0.0)
    told = parser.parse_args()
    faults = Faults(told.delay, told.jitter, told.loss, told.reordering)
    keeper = Keeper(tun(told.near), tun(told.far), told.port, faults, random.Random(told.seed))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    keeper.run()


if __name__ == "__main__":
    main()
