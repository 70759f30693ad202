/** UCUM codes as people write them. A code not listed is shown as it came. */
const WRITTEN: Record<string, string> = {
  m3: 'm³',
  'm3/h': 'm³/h',
  'm3/d': 'm³/d',
  'kW.h': 'kWh',
  'kW.h/d': 'kWh/d',
  'W.h': 'Wh',
  'kvar.h': 'kvarh',
  Cel: '°C',
  '%': '%',
  '1': '',
  CNY: '元',
  '[CNY]': '元',
}

export function unit(code: string, language: string): string {
  if ((code === 'CNY' || code === '[CNY]') && !language.startsWith('zh')) return 'CNY'
  return WRITTEN[code] ?? code
}
