// Owns how Kubernetes names groups, versions and resources: in objects, in paths and in messages.
// Source: kubernetes.io/docs/reference/using-api, apimachinery pkg/runtime/schema/group_version.go.

export interface GroupVersion {
  /** `''` for the core group. */
  readonly group: string
  readonly version: string
}

/** `apps/v1`, or `v1` for the core group: the apiVersion of objects. */
export function groupVersionOf({ group, version }: GroupVersion): string {
  return group ? `${group}/${version}` : version
}

/** The group and version of an apiVersion. What is no apiVersion reads as some version of the core group. */
export function parseGroupVersion(apiVersion: string): GroupVersion {
  const [first = '', second] = apiVersion.split('/')
  return second === undefined ? { group: '', version: first } : { group: first, version: second }
}

/** `/apis/apps/v1`, or `/api/v1` for the core group: where the resources of a group version begin. */
export function apiRoot(resource: GroupVersion): string {
  return `${resource.group ? '/apis' : '/api'}/${groupVersionOf(resource)}`
}

/** `deployments.apps`, or `pods` for the core group: a resource in messages. */
export function qualifiedResource({
  plural,
  group,
}: {
  readonly plural: string
  readonly group: string
}): string {
  return group ? `${plural}.${group}` : plural
}

/** As Go prints an apiVersion: the core group is nothing before the slash (`/v1`). */
export function printGroupVersion(apiVersion: string): string {
  const { group, version } = parseGroupVersion(apiVersion)
  return `${group}/${version}`
}
