// A small invented city for development and the browser tests: seeded, so that every run shows the same.

const DAY = 86_400_000
const HOUR = 3_600_000

/** Mulberry32: a seeded generator, enough for invented data. */
export function seeded(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const SITES = [
  ['DMA-017', '文三路东片 DMA', 'Wensan Road East DMA', 'water_meter'],
  ['DMA-021', '翠苑二区 DMA', 'Cuiyuan No. 2 DMA', 'water_meter'],
  ['GAS-R-08', '拱宸桥调压片区', 'Gongchen Bridge regulator district', 'gas_meter'],
  ['TA-0412', '三塘北村 2 号台区', 'Santang North transformer area 2', 'electricity_meter'],
  ['TA-0587', '古荡湾公寓台区（含地下车库及沿街商铺）', 'Gudang Bay apartments transformer area (with garage and shops)', 'electricity_meter'],
  ['FS-0033', '城西加油站', 'Chengxi filling station', 'fuel_dispenser'],
  ['FS-0041', '石桥路加油站', 'Shiqiao Road filling station', 'fuel_dispenser'],
  ['EV-0102', '黄龙体育中心充电站', 'Huanglong sports centre charging hub', 'ev_charger'],
  ['FS-0033-T', '城西加油站油罐区', 'Chengxi filling station tank yard', 'tank_gauge'],
]

const KINDS = {
  water_meter: { source: 'city-water', prefix: 'W', class: '2', size: 'DN15', model: 'LXSY-15E', mpe: '4', mpeSource: { zh: '2级，Q2 ≤ Q ≤ Q4, ≤ 30 °C，使用中最大允许误差：JJG 162-2019', en: 'class 2, Q2 ≤ Q ≤ Q4, ≤ 30 °C, in-service MPE: JJG 162-2019' }, price: '2.90', main: 'volume', unit: 'm3', perDay: 0.42, places: 3,
    registers: [['volume', 'm3', '0.001', true], ['flow', 'm3/h', '0.001', false], ['battery_voltage', 'V', '0.01', false]] },
  gas_meter: { source: 'city-gas', prefix: 'G', class: '1.5', size: 'G2.5', model: 'ZG2.5S', mpe: '3', mpeSource: { zh: '1.5级，qt ≤ q ≤ qmax，使用中最大允许误差：JJG 577-2012', en: 'class 1.5, qt ≤ q ≤ qmax, in-service MPE: JJG 577-2012' }, price: '3.10', main: 'volume', unit: 'm3', perDay: 0.9, places: 3,
    registers: [['volume', 'm3', '0.001', true], ['temperature', 'Cel', '0.01', false]] },
  electricity_meter: { source: 'grid-west', prefix: 'E', class: 'B', size: '5(60) A', model: 'DDZY88', mpe: '1.0', mpeSource: { zh: '1级，0.1 Ib ≤ I ≤ Imax，首次检定最大允许误差：JJG 596-2012', en: 'class 1, 0.1 Ib ≤ I ≤ Imax, initial verification MPE: JJG 596-2012' }, price: '0.538', main: 'active_energy_import', unit: 'kW.h', perDay: 9.6, places: 3,
    registers: [['active_energy_import', 'kW.h', '0.001', true], ['active_power', 'kW', '0.001', false], ['voltage_l1', 'V', '0.1', false]] },
  fuel_dispenser: { source: 'station-033', prefix: 'N', class: '0.3', size: '5–50 L/min', model: 'RT-HG264', mpe: '0.30', mpeSource: { zh: '0.3级，Qmin ≤ Q ≤ Qmax，首次检定最大允许误差：JJG 443-2023', en: 'class 0.3, Qmin ≤ Q ≤ Qmax, initial verification MPE: JJG 443-2023' }, price: '7.85', main: 'volume_total', unit: 'L', perDay: 4200, places: 2,
    registers: [['volume_total', 'L', '0.01', true], ['amount_total', 'CNY', '0.01', true]] },
  ev_charger: { source: 'evhub-102', prefix: 'C', class: '1', size: '120 kW DC', model: 'TCDZ-DC0.7', mpe: '1', mpeSource: { zh: '1级，Imin ≤ I ≤ Imax，首次检定最大允许误差：JJG 1149-2022', en: 'class 1, Imin ≤ I ≤ Imax, initial verification MPE: JJG 1149-2022' }, price: '1.20', main: 'active_energy_import', unit: 'kW.h', perDay: 310, places: 4,
    registers: [['active_energy_import', 'kW.h', '0.0001', true], ['supply_energy_import', 'kW.h', '0.001', true]] },
  tank_gauge: { source: 'station-033', prefix: 'T', class: null, size: '30 m³', model: 'VR-TLS4', mpe: null, mpeSource: null, price: null, main: 'volume', unit: 'L', perDay: 0, places: 1,
    registers: [['volume', 'L', '0.1', false], ['product_height', 'mm', '0.1', false]] },
}

const UNIT = { m3: 'm³', 'kW.h': 'kWh', L: 'L' }

const JUDGES = {
  backward_register: {
    version: '1', grade: 'exact',
    question: { zh: '累积示值是否曾经减小？', en: 'Did a cumulative indication ever decrease?' },
    method: 'A cumulative register never decreases, except at its overflow.\n\nFor readings x₁ … xₙ in order of taken_at: a finding where xᵢ₊₁ < xᵢ and the step is no overflow.\n\nWrong when a meter was exchanged under its old serial.',
    parameters: { overflow_digits: 8, smallest_step: '0.001' },
    check: { zh: '到现场读取机械或电子示值，与下方最后一次读数比对；检查铅封及换表记录。若示值低于此前上传值且无换表记录，请封存数据采集器并提取日志。', en: 'Read the indication on the spot and compare it with the last reading below; check the seals and the exchange record. If it is lower than what was sent before and no exchange is recorded, secure the data logger and take its log.' },
  },
  amount_mismatch: {
    version: '1', grade: 'exact',
    question: { zh: '应付金额是否等于单价乘以数量？', en: 'Is the amount equal to price times quantity?' },
    method: 'For each transaction |amount − price × quantity| ≤ half the smallest coin, after rounding as the dispenser rounds.',
    parameters: { tolerance: '0.005', currency: 'CNY' },
    check: { zh: '在该油枪加注 20 L，读取单价、数量与金额并计算乘积；打印机具自检单，核对主板与软件版本。', en: 'Deliver 20 L from this nozzle, read price, quantity and amount and multiply; print the self-test slip and compare board and software version.' },
  },
  stopped_register: {
    version: '2', grade: 'statistical',
    question: { zh: '示值停走的时间是否长于该器具自身历史所能解释的？', en: 'Has the register stood still for longer than its own history explains?' },
    method: 'Length of the present run of zero days against the instrument\'s own runs over 90 days; geometric tail.',
    parameters: { history_days: 90, least_history_days: 28, p_value_limit: 0.0001 },
    check: { zh: '确认用户是否在住。打开一处用水（用气、用电）点，观察示值是否变化；检查旁通与外加磁场。', en: 'Find out whether the premises are in use. Open one tap or load and watch the indication; look for a bypass and for magnets.' },
  },
  level_shift: {
    version: '3', grade: 'statistical',
    question: { zh: '扣除全体变化后，该器具的日用量水平是否发生了突变？', en: 'Did the level of daily consumption shift, after what the whole fleet did is taken out?' },
    method: 'Two-sided CUSUM on the logarithm of fleet-adjusted daily consumption, in units of the instrument\'s own σ.\n\nC⁺ₜ = max(0, C⁺ₜ₋₁ + zₜ − k), C⁻ₜ alike; alarm above h.\n\nWrong when a household changes its way of living; see balance_residual for groups.',
    parameters: { k: 0.5, h: 9.5, baseline_days: 28, least_baseline_days: 14, fleet_adjusted: true },
    check: { zh: '用标准表串联比对 24 小时，或拆回检定。先向用户了解用量是否确有变化。', en: 'Compare with a reference meter in series for 24 hours, or take it to verification. Ask the customer first whether consumption really changed.' },
  },
}

const SEVERITY = ['critical', 'major', 'major', 'minor', 'minor', 'minor', 'warning', 'warning', 'warning', 'indeterminate']

function group(number, places) {
  return number.toFixed(places)
}

/** Builds instruments and alerts as they stand at `now`. */
export function city(now = Date.now(), count = 132) {
  const random = seeded(7)
  const pick = (list) => list[Math.floor(random() * list.length)]
  const instruments = new Map()
  const alerts = []
  for (let id = 1; id <= count; id += 1) {
    const site = pick(SITES.filter(([, , , kind]) => kind !== 'tank_gauge' || id % 9 === 0))
    const instrument = makeInstrument(instruments.size + 1, site, random)
    instruments.set(instrument.id, instrument)
    const openedAt = now - ((count - id) ** 1.35 * 4 + 3) * 60_000
    alerts.push(makeAlert(id, instrument, openedAt, random, now))
  }
  return { instruments, alerts, random }
}

export function makeInstrument(id, [code, zh, en, kind], random) {
  const law = KINDS[kind]
  return {
    id,
    serial: `${law.prefix}-${String(100000 + Math.floor(random() * 899999))}`,
    kind,
    source: law.source,
    accuracy_class: law.class,
    size: law.size,
    model: law.model,
    installed_on: `20${18 + Math.floor(random() * 7)}-0${1 + Math.floor(random() * 9)}-1${Math.floor(random() * 9)}`,
    site: { code, name: { zh, en }, time_zone: 'Asia/Shanghai' },
    operator: { uscc: '91330106MA2CFXXX0K', name: { zh: '杭城公用事业有限公司', en: 'Hangcheng Utilities Co., Ltd.' } },
    registers: law.registers.map(([name, unit, resolution, cumulative]) => ({ name, unit, resolution, cumulative })),
    open_alerts: 1,
    start: Math.floor(random() * 900) + 40,
  }
}

export function makeAlert(id, instrument, openedAt, random, now) {
  const law = KINDS[instrument.kind]
  const judgeName =
    instrument.kind === 'fuel_dispenser'
      ? random() < 0.6 ? 'amount_mismatch' : 'level_shift'
      : ['backward_register', 'stopped_register', 'level_shift'][Math.floor(random() * 3)]
  const judge = JUDGES[judgeName]
  const lasts = (judge.grade === 'exact' ? 0.2 : 3 + random() * 12) * DAY
  const onset = openedAt - lasts
  const unit = law.unit
  const shift = -(12 + random() * 45)
  const size = judgeName === 'backward_register' ? 1 + random() * 30 : (law.perDay * Math.abs(shift) * lasts) / DAY / 100
  const value = group(size, 2)
  const relative = judgeName === 'level_shift' ? group(shift, 1) : judgeName === 'stopped_register' ? '-100.0' : null
  const wide = id % 7 === 3
  const uncertainty = judge.grade === 'exact' ? null : group(size * (wide ? 0.97 : 0.08 + random() * 0.1), 4)
  const written = UNIT[unit] ?? unit
  const statement = {
    backward_register: {
      zh: `累积示值由 ${(instrument.start + 31.402).toFixed(3)} ${written} 退至 ${(instrument.start + 31.402 - size).toFixed(3)} ${written}，减少 ${value} ${written}。`,
      en: `The cumulative indication went from ${(instrument.start + 31.402).toFixed(3)} ${written} back to ${(instrument.start + 31.402 - size).toFixed(3)} ${written}: ${value} ${written} less.`,
    },
    amount_mismatch: {
      zh: `37 笔加油中有 12 笔的金额大于单价 × 数量，最多相差 1.26 元。`,
      en: `12 of 37 deliveries were charged more than price × volume, by up to 1.26 CNY.`,
    },
    stopped_register: {
      zh: `示值已停走 ${(lasts / DAY).toFixed(0)} 天；此前 90 天内最长停走为 2 天。`,
      en: `The register has stood still for ${(lasts / DAY).toFixed(0)} days; the longest standstill in the 90 days before was 2 days.`,
    },
    level_shift: {
      zh: `日用量水平自起始日起下降 ${Math.abs(shift).toFixed(1)} %，同片区同期无此变化。`,
      en: `Daily consumption is ${Math.abs(shift).toFixed(1)} % lower since the onset, while the district did not change.`,
    },
  }[judgeName]
  const acknowledged = id % 6 === 0
  const gone = id % 11 === 5
  const since = new Date(onset).toISOString()
  const last = new Date(Math.min(now, openedAt + 2 * HOUR)).toISOString()
  const item = {
    id, judge: judgeName, grade: judge.grade,
    severity: SEVERITY[Math.floor(random() * SEVERITY.length)],
    state: acknowledged ? (gone ? 'NORM' : 'ACKED') : gone ? 'RTNUN' : id % 37 === 8 ? 'SHLVD' : 'UNACK',
    condition_present: !gone,
    acknowledged: acknowledged ? { at: new Date(openedAt + 900_000).toISOString(), by: '王敏' } : null,
    opened_at: new Date(openedAt).toISOString(), since,
    since_earliest: judge.grade === 'exact' ? null : new Date(onset - 2 * DAY).toISOString(),
    since_latest: judge.grade === 'exact' ? null : new Date(onset + DAY).toISOString(), last_finding_at: last,
    findings: judgeName === 'backward_register' ? 1 + (id % 3) : 1,
    statement,
    instrument: { id: instrument.id, serial: instrument.serial, kind: instrument.kind, source: instrument.source },
    site: instrument.site,
    source: null,
    magnitude: judgeName === 'amount_mismatch'
      ? { value: '9.84', uncertainty: null, unit: 'CNY', relative_percent: '0.6', mpe_multiple: '2', mpe_multiple_uncertainty: null }
      : { value, uncertainty, unit, relative_percent: relative, mpe_multiple: relative && group(Math.abs(Number(relative)) / Number(law.mpe), 1), mpe_multiple_uncertainty: relative && '1.2' },
    p_value: judge.grade === 'exact' ? null : 0.0000231, q_value: judge.grade === 'exact' ? null : 0.04,
    mpe_percent: relative === null ? null : law.mpe, mpe_source: relative === null ? null : law.mpeSource,
    cost: law.price && judgeName !== 'stopped_register'
      ? { amount: (size * Number(law.price)).toFixed(2), currency: 'CNY', basis: { zh: `${value} ${written} × ${law.price}元/${written}`, en: `${value} ${written} × ${law.price} CNY/${written}` } }
      : null,
    register: judgeName === 'amount_mismatch' ? null : law.main,
    closed: acknowledged && gone ? { at: new Date(openedAt + HOUR).toISOString(), reason: 'withdrawn', wording: { zh: '后续数据已说明原因，判定撤回。', en: 'Withdrawn: later data explain it.' } } : null,
    version: 1 + (id % 4),
  }
  return { item, judge: judgeName, shift, size, onset, comments: [], before: (instrument.start + 31.402).toFixed(3) }
}

export function detail({ item, judge, size, onset, shift, comments, before }) {
  const sheet = JUDGES[judge]
  const findings = Array.from({ length: item.findings }, (_, at) => ({
    id: item.id * 10 + at,
    onset: new Date(onset + at * 5 * HOUR).toISOString(), onset_earliest: item.since_earliest, onset_latest: item.since_latest,
    until: judge === 'backward_register' ? new Date(onset + at * 5 * HOUR).toISOString() : item.condition_present ? null : item.last_finding_at,
    statement: item.statement, magnitude: item.magnitude,
    confidence: sheet.grade === 'exact'
      ? { p_value: null, false_alarms_per_1000_instrument_years: null, q_value: null, stands_out: true, meaning: { zh: '确定性判定：由数据直接得出，不涉及概率。', en: 'Exact: it follows from the data; no probability is involved.' } }
      : { p_value: 0.0000231, false_alarms_per_1000_instrument_years: 1.8, q_value: 0.04, stands_out: true, meaning: { zh: '正常器具一年内出现同等或更强证据的概率约为2×10⁻⁵。在同月同等或更强的统计性发现中，至多约4 %出于偶然。', en: 'An honest instrument shows evidence at least as strong within a year with a probability of about 2×10⁻⁵. Of the statistical findings of the same month at least as strong, at most about 4 % are chance.' } },
    cost: item.cost && { ...item.cost, quantity: null, price: null },
    evidence_from: new Date(onset - 60 * DAY).toISOString(), evidence_to: item.last_finding_at,
    judge_version: sheet.version, policy_hash: '6f1ed002ab5595859014ebf0951522d9d0f4f3a1c7c3c2b0d6f5a8f21b9a4e77',
    evidence:
      judge === 'level_shift'
        ? { baseline_days: 28, baseline_mean: (size / 3).toFixed(4), sigma: 0.2134, cusum: 12.73, threshold: 9.5, onset_day: '2026-11-14', relative_percent: shift.toFixed(2),
            daily: Array.from({ length: 16 }, (_, day) => ({ day: new Date(onset + (day - 6) * DAY).toISOString().slice(0, 10), consumption: (0.4 * (day < 6 ? 1 : 1 + shift / 100)).toFixed(3), fleet: 1.0 + day / 100, z: day < 6 ? 0.2 : -2.4 })) }
        : judge === 'backward_register'
          ? { before: { taken_at: new Date(onset - HOUR).toISOString(), value: before }, after: { taken_at: new Date(onset).toISOString(), value: (Number(before) - size).toFixed(3) }, decrease: size.toFixed(3), overflow_excluded: true }
          : judge === 'stopped_register'
            ? { zero_days: 6, longest_before: 2, history_days: 90, runs_before: [1, 1, 2, 1, 1, 1, 2], p_value: 0.0000231 }
            : { transactions: 37, differing: 12, largest_difference: '1.26', tolerance: '0.005',
                examples: Array.from({ length: 14 }, (_, at) => ({ seq: 10231 + at, started_at: new Date(onset + at * 600_000).toISOString(), quantity: (20 + at * 1.37).toFixed(2), unit_price: '7.85', amount: ((20 + at * 1.37) * 7.85 + 0.8).toFixed(2), difference: '0.80' })) },
    withdrawn_at: null,
  }))
  return {
    ...item, findings, findings_count: findings.length,
    severity_reasons: [{ zh: '可能涉及金额约 128.40 元。', en: 'About 128.40 CNY may be at stake.' }, { zh: '按判定策略，级别最高定为“重要”。', en: 'The policy lets it be major at most.' }],
    judge: { name: judge, version: sheet.version, grade: sheet.grade, question: sheet.question, method: sheet.method, parameters: sheet.parameters,
      policy_hash: '6f1ed002ab5595859014ebf0951522d9d0f4f3a1c7c3c2b0d6f5a8f21b9a4e77' },
    history: [
      ...(item.acknowledged && comments.length === 0 ? [{ at: item.acknowledged.at, who: item.acknowledged.by, action: 'alert.acknowledge', detail: { comment: '已联系供水公司，明日上午现场核查。' } }] : []),
      ...comments,
    ],
    check: sheet.check,
  }
}

/** Readings each 30 minutes, with the daily shape of use and the alert's tampering in them. */
export function readings(instrument, alert, register, from, to) {
  const law = KINDS[instrument.kind]
  const kept = instrument.registers.find(({ name }) => name === register)
  const step = 30 * 60_000
  const first = Math.ceil(from / step) * step
  const items = []
  const shape = (time) => {
    const hour = ((time + 8 * HOUR) % DAY) / HOUR
    return 0.25 + Math.exp(-((hour - 7.5) ** 2) / 4) * 1.5 + Math.exp(-((hour - 19.5) ** 2) / 6) * 1.9
  }
  const anchor = Math.floor((alert.onset - 40 * DAY) / step) * step
  const places = kept.resolution.includes('.') ? kept.resolution.split('.')[1].length : 0
  let level = instrument.start
  const noise = seeded(instrument.id)
  for (let time = anchor; time <= to; time += step) {
    const after = time >= alert.onset
    const factor = after && alert.judge === 'stopped_register' ? 0 : after && alert.judge === 'level_shift' ? 1 + alert.shift / 100 : 1
    level += (law.perDay / 48) * shape(time) * (0.5 + noise()) * factor * 1.1
    if (after && time - step < alert.onset && alert.judge === 'backward_register') level -= alert.size
    if (time < first) continue
    // A gap of a few hours, as radio links have them.
    if (Math.floor(time / step) % 211 < 9) continue
    const momentary = 200 + 25 * shape(time) + 4 * noise()
    items.push({ taken_at: new Date(time).toISOString(), value: (kept.cumulative ? level : momentary).toFixed(places), received_at: new Date(time + 4000 + noise() * 9000).toISOString() })
  }
  return items
}

export function consumption(items, from, to, length) {
  const offset = 8 * HOUR
  const found = []
  for (let start = Math.ceil((from + offset) / length) * length - offset; start + length <= to; start += length) {
    const inside = items.filter(({ taken_at: at }) => Date.parse(at) >= start && Date.parse(at) <= start + length)
    const first = inside[0]
    const last = inside.at(-1)
    const difference = first && last && first !== last ? (Number(last.value) - Number(first.value)).toFixed(3) : null
    found.push({ start: new Date(start).toISOString(), end: new Date(start + length).toISOString(), consumption: difference, readings: inside.length, ...rests(difference, inside.length) })
  }
  return found
}

export { SITES, DAY, HOUR }

/** What a period rests on: where no reading was taken it is estimated, and says so. */
function rests(consumption, readings) {
  if (readings > 0) return { quality: consumption === null ? 'unknown' : 'measured', estimate: null, flags: [] }
  return {
    quality: consumption === null ? 'estimated' : 'measured',
    estimate: { consumption: '0.120', uncertainty: '0.031', method: 'like_days', like_days: 20 },
    flags: [
      {
        code: 'no_readings',
        rule: 'VEE-G01',
        standing: 'missing',
        title: { zh: '无读数', en: 'no readings' },
        reason: { zh: '当日没有读数，通常每日24个。', en: 'No reading was taken on the day; 24 a day are usual.' },
      },
    ],
  }
}
