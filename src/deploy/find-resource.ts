// Owns the way from a manifest's kind to the resource that serves it.
import type { KubernetesObject, Resource } from '../kubernetes/client/client.ts'
import * as builtin from '../kubernetes/client/resources.ts'
import { groupVersionOf } from '../rules/kubernetes/resource-names.ts'
import type { FindResource } from './apply.ts'

/** Asks a cluster which resources a group version has; undefined when it has no such group version. */
export type Discover = (groupVersion: string) => Promise<readonly Resource[] | undefined>

/** Looks a kind up among the built-in resources, then in the cluster's discovery. */
export function createFindResource(discover: Discover): FindResource {
  const discovered = new Map<string, Promise<readonly Resource[] | undefined>>()
  return async (apiVersion, kind) => {
    const known = builtinResources().find((resource) => matches(resource, apiVersion, kind))
    if (known) return known
    let asked = discovered.get(apiVersion)
    if (!asked) {
      asked = discover(apiVersion)
      discovered.set(apiVersion, asked)
    }
    const found = (await asked)?.find((resource) => matches(resource, apiVersion, kind))
    // A definition may bring it any moment.
    if (!found) discovered.delete(apiVersion)
    return found
  }
}

function builtinResources(): readonly Resource<KubernetesObject>[] {
  return Object.values(builtin)
}

function matches(resource: Resource, apiVersion: string, kind: string): boolean {
  return apiVersion === groupVersionOf(resource) && resource.kind === kind
}
