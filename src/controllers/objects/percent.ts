// Owns numbers that may be given as a percentage, such as maxSurge.
// Source: apimachinery pkg/util/intstr.

/** The whole number that `value` (`2` or `25%`) stands for out of `total`; percentages round as asked. */
export function resolveIntOrPercent(
  value: number | string | undefined,
  total: number,
  round: 'up' | 'down',
): number {
  if (value === undefined) return 0
  if (typeof value === 'number') return value
  const percent = /^(\d+)%$/.exec(value)
  if (!percent) return Number.parseInt(value, 10) || 0
  // Multiply first: 10 * 0.7 is not 7 in floating point.
  const scaled = (Number(percent[1]) * total) / 100
  return round === 'up' ? Math.ceil(scaled) : Math.floor(scaled)
}
