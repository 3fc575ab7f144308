// Owns CreateAccessEntry.
import type { CreateAccessEntryRequest, CreateAccessEntryResponse } from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import { requestToken } from '../client-token.ts'
import { inUse, invalidParameter, invalidRequest } from '../errors.ts'
import { authenticationMode, findServingCluster } from '../lookup.ts'
import type { ClusterRecord, Eks } from '../state.ts'
import { newEntry } from './bootstrap.ts'
import { checkIdentity, checkPrincipal } from './check.ts'
import { showEntry } from './show.ts'

const TYPES = ['STANDARD', 'EC2_LINUX', 'EC2_WINDOWS', 'FARGATE_LINUX', 'EC2', 'HYBRID_LINUX']

/** @throws AwsError ResourceInUseException, InvalidParameterException, InvalidRequestException, ResourceNotFoundException */
export const createAccessEntry = operation<Eks, CreateAccessEntryRequest, CreateAccessEntryResponse>()({
  honours: [
    'clusterName',
    'principalArn',
    'type',
    'kubernetesGroups',
    'username',
    'tags',
    'clientRequestToken',
  ],
  handle: async (input, eks) => {
    const cluster = findServingCluster(eks, input.clusterName)
    requireEntries(cluster)
    const clusterName = cluster.cluster.name
    const principalArn = input.principalArn ?? ''
    const type = input.type ?? 'STANDARD'
    check(principalArn, type, input)
    await checkPrincipal(eks, principalArn)
    const record = newEntry(eks, {
      clusterName,
      principalArn,
      type,
      kubernetesGroups: input.kubernetesGroups ?? [],
      username: input.username,
      tags: input.tags,
      token: requestToken(input),
    })
    const key = `${clusterName}/${principalArn}`
    return await eks.deps.store.transact((tx) => {
      requireEntries(findServingCluster(eks, clusterName))
      const existing = eks.tables.entries.get(key)
      if (!existing) eks.tables.entries.putIn(tx, key, record)
      else if (existing.token === undefined || existing.token !== record.token) {
        throw inUse('The specified access entry resource is already in use on this cluster.', { clusterName })
      }
      return { accessEntry: showEntry(existing ?? record) }
    })
  },
})

/** Access entries exist only where the cluster's mode includes the API. @throws AwsError InvalidRequestException */
export function requireEntries(cluster: ClusterRecord): void {
  if (authenticationMode(cluster) !== 'CONFIG_MAP') return
  throw invalidRequest(
    "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.",
    { clusterName: cluster.cluster.name },
  )
}

function check(principalArn: string, type: string, input: CreateAccessEntryRequest): void {
  if (!/^arn:aws[a-z-]*:iam::\d{12}:(?:role|user)\/.+$/.test(principalArn)) {
    throw invalidParameter('The principalArn parameter format is not valid')
  }
  if (!TYPES.includes(type)) throw invalidParameter(`The type parameter ${type} is not valid`)
  if (type !== 'STANDARD' && (input.kubernetesGroups?.length || input.username)) {
    throw invalidParameter('kubernetesGroups and username cannot be specified for a node access entry')
  }
  checkIdentity(input)
}
