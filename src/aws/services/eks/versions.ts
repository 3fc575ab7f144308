// Owns turning the calendar of Kubernetes versions into what EKS offers at a moment.
import type { OfferedVersion } from './ports.ts'
import { minorOf } from '../../../rules/eks/version-skew.ts'

/** The content of data/kubernetes-versions.json; dates as `YYYY-MM-DD`. */
export interface VersionCalendar {
  readonly default: string
  readonly versions: Readonly<
    Record<
      string,
      { readonly released: string; readonly standardUntil: string; readonly extendedUntil: string }
    >
  >
}

/** Versions, newest first, with their support status at `nowMs`. Retired ones stay creatable near. */
export function offeredVersions(calendar: VersionCalendar, nowMs: number): OfferedVersion[] {
  return Object.entries(calendar.versions)
    .map(([version, dates]) => ({
      version,
      isDefault: version === calendar.default,
      status: statusAt(dates, nowMs),
      releaseDate: dates.released,
      endOfStandardSupportDate: dates.standardUntil,
      endOfExtendedSupportDate: dates.extendedUntil,
    }))
    .toSorted((a, b) => minorOf(b.version) - minorOf(a.version))
}

function statusAt(
  dates: { readonly standardUntil: string; readonly extendedUntil: string },
  nowMs: number,
): OfferedVersion['status'] {
  if (nowMs < Date.parse(dates.standardUntil)) return 'STANDARD_SUPPORT'
  return nowMs < Date.parse(dates.extendedUntil) ? 'EXTENDED_SUPPORT' : 'UNSUPPORTED'
}
