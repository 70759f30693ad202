from datetime import date

from metrology.balance_group import BalanceGroup, MemberRole, Membership


def test_members_count_on_the_days_they_hold() -> None:
    old = Membership(1, "volume", MemberRole.MEMBER, 1, date(2026, 1, 1), date(2026, 3, 1))
    new = Membership(2, "volume", MemberRole.MEMBER, 1, date(2026, 3, 1))
    group = BalanceGroup("DMA-01", (old, new))
    assert group.on(date(2026, 2, 28)) == (old,)
    assert group.on(date(2026, 3, 1)) == (new,)
    assert group.on(date(2025, 12, 31)) == ()
