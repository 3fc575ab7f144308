// Owns what AWS refuses of tags: those of a stack go to every resource in it, and IAM takes the fewest signs.
// Source: IAM API Reference, Tag (Key, Value: patterns and lengths); CloudFormation API Reference, CreateStack (50 tags);
// "General Reference, tag restrictions" (the prefix aws:).
import type { AddonConfig, ClusterConfig, NodeGroupBase } from './cluster-config.ts'
import { factsOfAddon } from '../rules/eks/addons.ts'
import { hasIrsaPolicies } from './identity-rules.ts'
import { problem, type Position, type Problem } from './problem.ts'
import type { Path } from './yaml.ts'

const SIGNS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u
const LONGEST_KEY = 128
const LONGEST_VALUE = 256

/** The tags of a config that a stack with a role in it cannot have. */
export function tagRulesBroken(config: ClusterConfig, locate: (path: Path) => Position): Problem[] {
  return taggedParts(config).flatMap(({ tags, path }) => {
    const faults = Object.entries(tags).flatMap(([key, value]) => {
      const fault = faultOf(key, value)
      return fault === undefined ? [] : [{ fault, at: [...path, key] }]
    })
    const twin = twinOf(Object.keys(tags))
    const twins =
      twin === undefined
        ? []
        : [{ fault: `the tag ${twin} is there twice: IAM reads keys in any case`, at: [...path, twin] }]
    return [...faults, ...twins].map(({ fault, at }) =>
      problem('invalid-value', fault, locate(at), 'Use letters, digits, spaces and _ . : / = + - @ in tags.'),
    )
  })
}

function faultOf(key: string, value: string): string | undefined {
  const odd = [key, value].find((text) => !SIGNS.test(text))
  if (odd !== undefined) return `the tag ${key} has signs that IAM refuses: "${odd}"`
  if (key.toLowerCase().startsWith('aws:'))
    return `the tag ${key} begins with aws:, which AWS keeps for itself`
  if (key.length > LONGEST_KEY)
    return `the key of the tag ${key.slice(0, 20)}… has more than ${LONGEST_KEY} characters`
  return value.length > LONGEST_VALUE ? `the tag ${key} has more than ${LONGEST_VALUE} characters` : undefined
}

function twinOf(keys: readonly string[]): string | undefined {
  return keys.find(
    (key, index) => keys.findIndex((other) => other.toLowerCase() === key.toLowerCase()) < index,
  )
}

interface Tagged {
  readonly tags: Readonly<Record<string, string>>
  readonly path: Path
}

// Those that become tags of a stack with a role in it: the others IAM never sees.
function taggedParts({
  metadata,
  managedNodeGroups = [],
  nodeGroups = [],
  iam = {},
  addons = [],
}: ClusterConfig): readonly Tagged[] {
  const of = <Item extends { readonly tags?: Readonly<Record<string, string>> }>(
    items: readonly Item[],
    makesRole: (item: Item) => boolean,
    ...path: string[]
  ) =>
    items.flatMap((item, index) =>
      makesRole(item) ? [{ tags: item.tags, path: [...path, index, 'tags'] }] : [],
    )
  const all = [
    { tags: metadata.tags, path: ['metadata', 'tags'] },
    ...of(managedNodeGroups, makesNodeRole, 'managedNodeGroups'),
    ...of(nodeGroups, makesNodeRole, 'nodeGroups'),
    ...of(
      iam.serviceAccounts ?? [],
      ({ attachRoleARN }) => attachRoleARN === undefined,
      'iam',
      'serviceAccounts',
    ),
    ...of(
      iam.podIdentityAssociations ?? [],
      ({ roleARN }) => roleARN === undefined,
      'iam',
      'podIdentityAssociations',
    ),
    ...of(addons, makesAddonRole, 'addons'),
  ]
  return all.flatMap(({ tags, path }) => (tags ? [{ tags, path }] : []))
}

function makesNodeRole({ iam = {} }: NodeGroupBase): boolean {
  return iam.instanceRoleARN === undefined
}

function makesAddonRole(addon: AddonConfig): boolean {
  if (addon.serviceAccountRoleARN !== undefined) return false
  const { podIdentityAssociations = [] } = addon
  const needsRights = factsOfAddon(addon.name)?.identity !== undefined
  return needsRights || hasIrsaPolicies(addon) || podIdentityAssociations.length > 0
}
