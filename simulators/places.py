"""Invented places and legal persons in the districts of Hangzhou; every name but the districts' is made up."""

from dataclasses import dataclass

import numpy as np
from stdnum.cn import uscc

from simulators.instrument import Operator, Site


@dataclass(frozen=True, slots=True)
class District:
    """A county-level district: region code of GB/T 2260, names, centre [degrees]."""

    region_code: str
    name_zh: str
    name_en: str
    latitude: float
    longitude: float


DISTRICTS = (
    District("330102", "上城", "Shangcheng", 30.2427, 120.1694),
    District("330105", "拱墅", "Gongshu", 30.3190, 120.1420),
    District("330106", "西湖", "Xihu", 30.2594, 120.1300),
    District("330108", "滨江", "Binjiang", 30.2084, 120.2120),
    District("330109", "萧山", "Xiaoshan", 30.1838, 120.2640),
    District("330110", "余杭", "Yuhang", 30.2740, 119.9780),
    District("330113", "临平", "Linping", 30.4190, 120.2990),
    District("330114", "钱塘", "Qiantang", 30.3020, 120.4930),
)

_QUARTERS = (
    ("云栖", "Yunqi"),
    ("翠竹", "Cuizhu"),
    ("荷塘", "Hetang"),
    ("柳浪", "Liulang"),
    ("桂雨", "Guiyu"),
    ("望江", "Wangjiang"),
    ("清波", "Qingbo"),
    ("枫桥", "Fengqiao"),
    ("春晓", "Chunxiao"),
    ("银杏", "Yinxing"),
    ("听涛", "Tingtao"),
    ("茶园", "Chayuan"),
)


def site(prefix: str, number: int, noun_zh: str, noun_en: str, chance: np.random.Generator) -> Site:
    """Site `number` of a sort: districts in turn, a quarter's name, coordinates within some 3 km of the centre."""
    district = DISTRICTS[(number - 1) % len(DISTRICTS)]
    quarter_zh, quarter_en = _QUARTERS[(number - 1) % len(_QUARTERS)]
    turn = (number - 1) // len(_QUARTERS)
    numeral_zh = f"{turn + 1}号" if turn else ""
    numeral_en = f" {turn + 1}" if turn else ""
    north, east = chance.uniform(-0.028, 0.028, 2)
    return Site(
        code=f"{prefix}-{number:02}",
        name_zh=f"{district.name_zh}{quarter_zh}{numeral_zh}{noun_zh}",
        name_en=f"{district.name_en} {quarter_en}{numeral_en} {noun_en}",
        region_code=district.region_code,
        latitude=round(district.latitude + float(north), 5),
        longitude=round(district.longitude + float(east), 5),
    )


def _legal_person(organisation: str, name_zh: str, name_en: str) -> Operator:
    body = "91330100" + organisation + _organisation_check(organisation)
    return Operator(body + uscc.calc_check_digit(body), name_zh, name_en)


def _organisation_check(organisation: str) -> str:
    """Check character of an organisation code, GB 11714-1997 (eight characters, modulo 11)."""
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    values = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    total = sum(values.index(character) * weight for character, weight in zip(organisation, weights, strict=True))
    return "0123456789X"[(11 - total % 11) % 11]


WATER_UTILITY = _legal_person("MA2HQ101", "杭城清源水务有限公司", "Hangcheng Qingyuan Water Co., Ltd.")
POWER_UTILITY = _legal_person("MA2HQ202", "杭城明灯供电有限公司", "Hangcheng Mingdeng Power Supply Co., Ltd.")
GAS_UTILITY = _legal_person("MA2HQ303", "杭城蓝焰燃气有限公司", "Hangcheng Lanyan Gas Co., Ltd.")

FUEL_OPERATORS = {
    "fuel-qianjiang": _legal_person("MA2HQ404", "钱江行石油销售有限公司", "Qianjianghang Petroleum Sales Co., Ltd."),
    "fuel-xihu": _legal_person("MA2HQ505", "西湖驿加油站管理有限公司", "Xihuyi Filling Stations Co., Ltd."),
    "fuel-yunhe": _legal_person("MA2HQ606", "运河泊能源有限公司", "Yunhebo Energy Co., Ltd."),
}
"""Operators of filling stations by the source that their gateways send under."""

CHARGING_OPERATORS = {
    "charge-tianmu": _legal_person("MA2HQ707", "天目山充电科技有限公司", "Tianmushan Charging Technology Co., Ltd."),
    "charge-liangzhu": _legal_person("MA2HQ808", "良渚风新能源有限公司", "Liangzhufeng New Energy Co., Ltd."),
}
"""Operators of charging hubs by source."""
