// Owns the order of API versions: v2 before v1, both before v1beta1, all of them before anything else.
// Source: kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning (version priority).

const STAGES = ['alpha', 'beta', '']

/** Compares two versions for `sort`: the preferred one comes first. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)]
  if (!left || !right) return left ? -1 : right ? 1 : a < b ? -1 : Number(a > b)
  return right.stage - left.stage || right.major - left.major || right.minor - left.minor
}

function partsOf(version: string): { stage: number; major: number; minor: number } | undefined {
  const found = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version)
  if (!found) return undefined
  const [, major, stage = '', minor = '0'] = found
  return { stage: STAGES.indexOf(stage), major: Number(major), minor: Number(minor) }
}
