// Owns discovery: the groups, versions and resources that are served, legacy and aggregated.
// Source: kubernetes.io/docs/concepts/overview/kubernetes-api (discovery), apidiscovery.k8s.io/v2.
import { createHash } from 'node:crypto'

import { groupVersionOf } from '../../rules/kubernetes/resource-names.ts'
import { compareVersions } from '../../rules/kubernetes/version-order.ts'
import type { Kind } from '../resources/kind.ts'
import { groupPlace } from '../resources/published-kinds.ts'
import type { ExtensionVersion } from './aggregation/aggregator.ts'
import { extensionResources, type ResourceFacts } from './aggregation/extension-resources.ts'
import { reviews } from './reviews.ts'
import { bindings } from './subresources/binding.ts'

interface VersionFacts {
  readonly group: string
  readonly version: string
  readonly resources: readonly ResourceFacts[]
  /** True for what an extension server does not answer for at the moment. */
  readonly isStale?: boolean
}

interface GroupFacts {
  readonly group: string
  /** The preferred one first. */
  readonly versions: readonly VersionFacts[]
}

/** Everything that is served, by group and version. */
export function servedGroups(
  kinds: readonly Kind[],
  extensions: readonly ExtensionVersion[] = [],
): readonly GroupFacts[] {
  const groups = new Map<string, Map<string, ResourceFacts[]>>()
  const stale = new Set<string>()
  const add = (group: string, version: string, resource: ResourceFacts): void => {
    const versions = groups.get(group) ?? new Map<string, ResourceFacts[]>()
    groups.set(group, versions)
    const resources = versions.get(version) ?? []
    versions.set(version, resources)
    resources.push(resource)
  }
  for (const kind of kinds) add(kind.resource.group, kind.resource.version, factsOf(kind))
  for (const { group, version, plural, kind, namespaced } of [...reviews, bindings]) {
    add(group, version, {
      name: plural,
      singular: kind.toLowerCase(),
      namespaced,
      kind,
      verbs: ['create'],
      shortNames: [],
      categories: [],
      subresources: [],
    })
  }
  for (const { group, version, isAvailable, resources } of extensions) {
    const versions = groups.get(group) ?? new Map<string, ResourceFacts[]>()
    groups.set(group, versions.set(version, isAvailable ? extensionResources(resources) : []))
    if (!isAvailable) stale.add(`${group}/${version}`)
  }
  return [...groups]
    .map(([group, versions]) => ({
      group,
      versions: [...versions]
        .map(([version, resources]) => ({
          group,
          version,
          resources: resources.toSorted(byName),
          isStale: stale.has(`${group}/${version}`),
        }))
        .toSorted((a, b) => compareVersions(a.version, b.version)),
    }))
    .toSorted(compareGroups)
}

function byName({ name: a }: ResourceFacts, { name: b }: ResourceFacts): number {
  return a < b ? -1 : Number(a > b)
}

// Groups that are not Kubernetes' own come last, by name.
function compareGroups({ group: a }: GroupFacts, { group: b }: GroupFacts): number {
  return groupPlace(a) - groupPlace(b) || (a < b ? -1 : Number(a > b))
}

function factsOf(kind: Kind): ResourceFacts {
  const { resource, singular, shortNames, categories } = kind
  const { plural, namespaced } = resource
  const none = { singular: '', namespaced, shortNames: [], categories: [], subresources: [] }
  const subresources: ResourceFacts[] = kind.subresources.map((sub) => ({ ...none, ...sub }))
  if (kind.status) {
    subresources.push({ ...none, name: 'status', kind: resource.kind, verbs: ['get', 'patch', 'update'] })
  }
  if (kind.scale) {
    const verbs = ['get', 'patch', 'update']
    subresources.push({ ...none, name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs })
  }
  subresources.sort((a, b) => (a.name < b.name ? -1 : 1))
  return {
    name: plural,
    singular,
    namespaced,
    kind: resource.kind,
    verbs: kind.verbs,
    shortNames,
    categories,
    subresources,
    ...(kind.computed ? {} : { storageVersionHash: storageVersionHash(kind) }),
  }
}

// apiserver pkg/endpoints/discovery/storageversionhash.go
function storageVersionHash({ resource, storedAs }: Kind): string {
  const { group, version, kind } = storedAs?.resource ?? resource
  return createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64')
}

/** The document at `/api`, `/apis`, `/api/v1`, `/apis/<group>` or `/apis/<group>/<version>`; undefined elsewhere. */
export function discoveryDocument(
  {
    kinds,
    extensions = [],
  }: { readonly kinds: readonly Kind[]; readonly extensions?: readonly ExtensionVersion[] },
  { path, accept, host }: { readonly path: string; readonly accept: string; readonly host?: string },
): object | undefined {
  const parts = path.split('/').filter((part) => part !== '')
  const groups = servedGroups(kinds, extensions)
  if (parts.length === 1 && (parts[0] === 'api' || parts[0] === 'apis')) {
    const mine = groups.filter(({ group }) => (group === '') === (parts[0] === 'api'))
    if (accept.includes('as=APIGroupDiscoveryList') && accept.includes('v=v2;')) return aggregated(mine, 'v2')
    if (accept.includes('as=APIGroupDiscoveryList') && /v=v2(,|$)/.test(accept)) return aggregated(mine, 'v2')
    if (parts[0] === 'api') {
      const addresses = host ? [{ clientCIDR: '0.0.0.0/0', serverAddress: host }] : []
      return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: addresses }
    }
    return { kind: 'APIGroupList', apiVersion: 'v1', groups: mine.map(groupDocument) }
  }
  if (parts[0] === 'api' && parts[1] === 'v1' && parts.length === 2)
    return resourceList(groups[0]?.versions[0])
  const found = groups.find(({ group }) => group !== '' && group === parts[1])
  if (parts[0] !== 'apis' || !found) return undefined
  if (parts.length === 2) return { kind: 'APIGroup', apiVersion: 'v1', ...groupDocument(found) }
  if (parts.length !== 3) return undefined
  return resourceList(found.versions.find(({ version }) => version === parts[2]))
}

function groupDocument({ group, versions }: GroupFacts): object {
  const documents = versions.map(({ version }) => ({ groupVersion: `${group}/${version}`, version }))
  return { name: group, versions: documents, preferredVersion: documents[0] }
}

function resourceList(facts: VersionFacts | undefined): object | undefined {
  if (!facts) return undefined
  const resources = facts.resources.flatMap((resource) => [
    legacy(resource, resource.name),
    ...resource.subresources.map((sub) => legacy(sub, `${resource.name}/${sub.name}`)),
  ])
  // That of the core group has no version of its own: it is as old as that.
  const version = facts.group === '' ? {} : { apiVersion: 'v1' }
  return { kind: 'APIResourceList', ...version, groupVersion: groupVersionOf(facts), resources }
}

function legacy(facts: ResourceFacts, name: string): object {
  const { singular, namespaced, kind, verbs, shortNames, categories, group, version } = facts
  const { storageVersionHash: hash } = facts
  return {
    name,
    singularName: singular,
    namespaced,
    ...(group ? { group, version } : {}),
    kind,
    verbs,
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
    ...(hash === undefined ? {} : { storageVersionHash: hash }),
  }
}

function aggregated(groups: readonly GroupFacts[], version: string): object {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map(({ group, versions }) => ({
      metadata: group === '' ? {} : { name: group },
      versions: versions.map((facts) => ({
        version: facts.version,
        resources: facts.resources.map((resource) => aggregatedResource(facts, resource)),
        freshness: facts.isStale ? 'Stale' : 'Current',
      })),
    })),
  }
}

function aggregatedResource(owner: VersionFacts, facts: ResourceFacts): object {
  const { name, singular, namespaced, kind, verbs, shortNames, categories, subresources } = facts
  return {
    resource: name,
    responseKind: { group: owner.group, version: owner.version, kind },
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs,
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
    ...(subresources.length > 0
      ? {
          subresources: subresources.map((sub) => ({
            subresource: sub.name,
            responseKind: {
              group: sub.group ?? owner.group,
              version: sub.version ?? owner.version,
              kind: sub.kind,
            },
            verbs: sub.verbs,
          })),
        }
      : {}),
  }
}
