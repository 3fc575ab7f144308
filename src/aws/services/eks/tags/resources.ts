// Owns which record an ARN of the service names, and reading and writing its tags.
import { parseArn } from '../../../../base/arn.ts'
import { AwsError } from '../../../../base/errors.ts'
import type { Eks } from '../state.ts'

type Tags = Record<string, string>

interface Tagged {
  read(): Tags
  write(change: (tags: Tags) => Tags): Promise<void>
}

/** The tags of the resource an ARN names. @throws AwsError BadRequest-, NotFoundException */
export function findTagged(eks: Eks, arn: string): Tagged {
  const parsed = parseArn(arn)
  if (parsed?.service !== 'eks') {
    throw new AwsError('BadRequestException', `The resource ARN is not valid: ${arn}`, { status: 400 })
  }
  const [kind = '', cluster = '', name = ''] = parsed.resource.split('/')
  const isHere = parsed.region === eks.deps.region && parsed.accountId === eks.deps.accountId
  const found = isHere ? taggedOf(eks, { kind, cluster, name, arn }) : undefined
  if (found) return found
  throw new AwsError('NotFoundException', `The specified resource was not found: ${arn}`, { status: 404 })
}

function taggedOf(
  eks: Eks,
  at: { kind: string; cluster: string; name: string; arn: string },
): Tagged | undefined {
  const { clusters, nodegroups, profiles, addons, entries, associations, identityProviders } = eks.tables
  const key = `${at.cluster}/${at.name}`
  switch (at.kind) {
    case 'cluster':
      return tagged(clusters.get(at.cluster)?.cluster, async (change) => {
        await clusters.update(at.cluster, (record) => ({ ...record, cluster: retag(record.cluster, change) }))
      })
    case 'nodegroup':
      return tagged(nodegroups.get(key)?.nodegroup, async (change) => {
        await nodegroups.update(key, (record) => ({ ...record, nodegroup: retag(record.nodegroup, change) }))
      })
    case 'fargateprofile':
      return tagged(profiles.get(key)?.profile, async (change) => {
        await profiles.update(key, (record) => ({ ...record, profile: retag(record.profile, change) }))
      })
    case 'addon':
      return tagged(addons.get(key)?.addon, async (change) => {
        await addons.update(key, (record) => ({ ...record, addon: retag(record.addon, change) }))
      })
    case 'access-entry': {
      const row = entries.rows(`${at.cluster}/`).find(({ value }) => value.entry.accessEntryArn === at.arn)
      return tagged(row?.value.entry, async (change) => {
        if (row)
          await entries.update(row.key, (record) => ({ ...record, entry: retag(record.entry, change) }))
      })
    }
    case 'podidentityassociation':
      return tagged(associations.get(key)?.association, async (change) => {
        await associations.update(key, (record) => ({
          ...record,
          association: retag(record.association, change),
        }))
      })
    case 'identityproviderconfig': {
      const row = identityProviders
        .rows(`${at.cluster}/`)
        .find(({ value }) => value.config.identityProviderConfigArn === at.arn)
      return tagged(row?.value.config, async (change) => {
        if (!row) return
        await identityProviders.update(row.key, (record) => ({
          ...record,
          config: retag(record.config, change),
        }))
      })
    }
    default:
      return undefined
  }
}

function tagged(
  resource: { readonly tags?: Tags | undefined } | undefined,
  write: (change: (tags: Tags) => Tags) => Promise<void>,
): Tagged | undefined {
  return resource && { read: () => resource.tags ?? {}, write }
}

function retag<T extends { readonly tags?: Tags | undefined }>(resource: T, change: (tags: Tags) => Tags): T {
  return { ...resource, tags: change(resource.tags ?? {}) }
}
