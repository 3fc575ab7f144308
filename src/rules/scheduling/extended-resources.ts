// Owns which resources are extended ones: devices that a plugin on the node advertises, as GPUs are.

/** The part of a container that is looked at. */
interface Asking {
  readonly resources?: {
    readonly requests?: Readonly<Record<string, string>>
    readonly limits?: Readonly<Record<string, string>>
  }
}

/** True for names with a domain that is not Kubernetes' own (pkg/apis/core/v1/helper IsExtendedResourceName). */
export function isExtendedResource(name: string): boolean {
  return name.includes('/') && !name.includes('kubernetes.io/') && !name.startsWith('requests.')
}

/** Extended resources that one of the containers asks for, each once, in the order of their names. */
export function extendedResourcesOf(containers: readonly Asking[]): string[] {
  const asked = containers.flatMap(({ resources }) =>
    // A limit of an extended resource is a request (core/v1 defaulting).
    Object.entries({ ...resources?.limits, ...resources?.requests }),
  )
  const names = asked.filter(([name, amount]) => isExtendedResource(name) && Number(amount) !== 0)
  return [...new Set(names.map(([name]) => name))].toSorted()
}
