// Owns the Pod Security policy of a namespace: what its labels say, and what a pod has against it.
// Source: pod-security-admission api/helpers.go (PolicyToEvaluate), policy/registry.go.
import { baselineChecks } from './baseline.ts'
import type { PodLike, Violation } from './check.ts'
import { restrictedChecks } from './restricted.ts'

const levels = ['privileged', 'baseline', 'restricted'] as const
const PREFIX = 'pod-security.kubernetes.io/'

export type SecurityLevel = (typeof levels)[number]

/** A level and the version of its rules: `latest`, or the minor version as a number. */
export interface LevelVersion {
  readonly level: SecurityLevel
  readonly version: 'latest' | number
}

export interface SecurityPolicy {
  readonly enforce: LevelVersion
  readonly audit: LevelVersion
  readonly warn: LevelVersion
  /** Labels that say nothing valid. */
  readonly errors: readonly { readonly label: string; readonly value: string; readonly detail: string }[]
}

/** What a namespace with these labels asks for; what it doesn't say is privileged, of the latest version. */
export function securityPolicyOf(labels: Readonly<Record<string, string>> = {}): SecurityPolicy {
  const errors: { label: string; value: string; detail: string }[] = []
  const read = (mode: string, levelOfError: SecurityLevel): LevelVersion => {
    const label = PREFIX + mode
    const value = labels[label]
    const level = value === undefined ? 'privileged' : levels.find((each) => each === value)
    if (value !== undefined && !level) {
      errors.push({ label, value, detail: `must be one of ${levels.join(', ')}` })
    }
    const versionLabel = `${label}-version`
    const text = labels[versionLabel]
    const version = text === undefined || text === 'latest' ? 'latest' : minorOf(text)
    if (version === undefined) {
      errors.push({ label: versionLabel, value: text ?? '', detail: 'must be "latest" or "v1.x"' })
    }
    return { level: level ?? levelOfError, version: version ?? 'latest' }
  }
  // What can't be read is enforced at its strictest, and neither audited nor warned of.
  const enforce = read('enforce', 'restricted')
  const audit = read('audit', 'privileged')
  const warn = read('warn', 'privileged')
  const isEnforceValid = levels.some((level) => level === labels[`${PREFIX}enforce`])
  // Who enforces a level and says nothing of warnings is warned of it as well.
  const follows =
    labels[`${PREFIX}warn`] === undefined && isEnforceValid && compareLevels(enforce.level, warn.level) > 0
  const version = labels[`${PREFIX}warn-version`] === undefined ? enforce.version : warn.version
  return { enforce, audit, warn: follows ? { level: enforce.level, version } : warn, errors }
}

function minorOf(text: string): number | undefined {
  const match = /^v1\.(0|[1-9]\d*)$/.exec(text)
  return match ? Number(match[1]) : undefined
}

/** Above 0 when `a` forbids more than `b`. */
export function compareLevels(a: SecurityLevel, b: SecurityLevel): number {
  return levels.indexOf(a) - levels.indexOf(b)
}

/** `restricted:latest`, `baseline:v1.31` */
export function printLevel({ level, version }: LevelVersion): string {
  return `${level}:${version === 'latest' ? 'latest' : `v1.${version}`}`
}

/** True when both ask for the same. */
export function sameLevel(a: LevelVersion, b: LevelVersion): boolean {
  return a.level === b.level && a.version === b.version
}

/** What the pod does that the level forbids. @param clusterMinor the version that `latest` stands for */
export function violationsOf(
  pod: PodLike,
  { level, version }: LevelVersion,
  clusterMinor: number,
): Violation[] {
  if (level === 'privileged') return []
  const minor = version === 'latest' ? clusterMinor : Math.min(version, clusterMinor)
  const restricted = level === 'restricted' ? restrictedChecks.filter(({ since }) => since <= minor) : []
  const overridden = new Set(restricted.map(({ overrides }) => overrides))
  const baseline = baselineChecks.filter(({ id, since }) => since <= minor && !overridden.has(id))
  return [...baseline, ...restricted].flatMap((check) => check.run(pod, minor) ?? [])
}

/** `host namespaces (hostNetwork=true), privileged (…)` */
export function printViolations(violations: readonly Violation[]): string {
  return violations.map(({ reason, detail }) => (detail ? `${reason} (${detail})` : reason)).join(', ')
}
