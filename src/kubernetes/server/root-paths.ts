// Owns the list of paths that are served, which `/` answers with.
// Source: apiserver pkg/server/routes/index.go.
import { groupVersionOf } from '../../rules/kubernetes/resource-names.ts'
import type { Kind } from '../resources/kind.ts'
import { servedGroups } from './discovery.ts'
import { healthChecks } from './health.ts'

const FIXED = [
  '/.well-known/openid-configuration',
  '/api',
  '/apis',
  '/apis/',
  '/metrics',
  '/metrics/slis',
  '/openapi/v2',
  '/openapi/v3',
  '/openapi/v3/',
  '/openid/v1/jwks',
  '/version',
]

/** Every path that is served and is no resource's, in order. */
export function rootPaths(kinds: readonly Kind[]): readonly string[] {
  const groups = servedGroups(kinds).flatMap(({ group, versions }) => [
    ...(group === '' ? [] : [`/apis/${group}`]),
    ...versions.map((version) => (group === '' ? '/api/v1' : `/apis/${groupVersionOf(version)}`)),
  ])
  const health = Object.entries(healthChecks).flatMap(([root, names]) => [
    root,
    ...names.map((name) => `${root}/${name}`),
  ])
  return [...FIXED, ...groups, ...health].toSorted((a, b) => (a < b ? -1 : 1))
}
