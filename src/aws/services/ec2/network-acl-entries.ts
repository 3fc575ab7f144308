// Owns the entries of network ACLs.
import type {
  CreateNetworkAclEntryRequest,
  DeleteNetworkAclEntryRequest,
  ReplaceNetworkAclEntryRequest,
} from '@aws-sdk/client-ec2'

import { AwsError } from '../../../base/errors.ts'
import { operation, type Declared } from '../../protocol/operation.ts'
import { parseCidr } from './cidr.ts'
import { invalidParameterValue, missingParameter } from './errors.ts'
import { need, type AclEntry, type Ec2State, type NetworkAclRecord } from './state.ts'

const NAMED = ['NetworkAclId', 'RuleNumber', 'Egress'] as const
const KEPT = [
  'Protocol',
  'RuleAction',
  'CidrBlock',
  'Ipv6CidrBlock',
  'IcmpTypeCode.Type',
  'IcmpTypeCode.Code',
  'PortRange.From',
  'PortRange.To',
] as const

type Input = Declared<CreateNetworkAclEntryRequest, (typeof NAMED | typeof KEPT)[number]>

/** "1 to 32766" (API_CreateNetworkAclEntry). */
const HIGHEST = 32_766

function entryOf(input: Input): AclEntry {
  const { RuleNumber: ruleNumber = 0, CidrBlock: cidr, Ipv6CidrBlock: cidr6, Egress: egress = false } = input
  if (ruleNumber < 1 || ruleNumber > HIGHEST) {
    throw invalidParameterValue(
      `Value (${ruleNumber}) for parameter ruleNumber is invalid. The rule number must be between 1 and ${HIGHEST}.`,
    )
  }
  if (cidr === undefined && cidr6 === undefined) throw missingParameter('cidrBlock')
  if (cidr !== undefined) parseCidr(cidr)
  const { IcmpTypeCode: icmp, PortRange: range } = input
  return {
    ruleNumber,
    egress,
    protocol: input.Protocol ?? '-1',
    action: input.RuleAction === 'allow' ? 'allow' : 'deny',
    ...(cidr === undefined ? {} : { cidr }),
    ...(cidr6 === undefined ? {} : { cidr6 }),
    ...(icmp ? { icmp: { type: icmp.Type ?? -1, code: icmp.Code ?? -1 } } : {}),
    ...(range ? { ports: { from: range.From ?? 0, to: range.To ?? 0 } } : {}),
  }
}

interface Named {
  readonly NetworkAclId?: string | undefined
  readonly RuleNumber?: number | undefined
  readonly Egress?: boolean | undefined
}

function without(acl: NetworkAclRecord, input: Named): readonly AclEntry[] {
  const isNamed = (entry: AclEntry): boolean =>
    entry.ruleNumber === input.RuleNumber && entry.egress === (input.Egress ?? false)
  const rest = acl.entries.filter((entry) => !isNamed(entry))
  if (rest.length < acl.entries.length) return rest
  throw new AwsError(
    'InvalidNetworkAclEntry.NotFound',
    `The network acl entry identified by rule number ${input.RuleNumber} does not exist in network acl ${acl.id}`,
  )
}

// Entries are judged, and shown, in the order of their numbers.
async function change(
  ec2: Ec2State,
  id: string | undefined,
  next: (acl: NetworkAclRecord) => readonly AclEntry[],
): Promise<void> {
  await ec2.deps.store.transact((tx) => {
    const acl = need(ec2.networkAcls, 'network-acl', id)
    const entries = next(acl).toSorted((a, b) => a.ruleNumber - b.ruleNumber)
    ec2.networkAcls.putIn(tx, acl.id, { ...acl, entries })
  })
}

/** CreateNetworkAclEntry. @throws AwsError InvalidNetworkAclID.NotFound, NetworkAclEntryAlreadyExists, InvalidParameterValue */
export const createNetworkAclEntry = operation<Ec2State, CreateNetworkAclEntryRequest, void>()({
  honours: NAMED,
  keeps: KEPT,
  handle: async (input, ec2) => {
    const entry = entryOf(input)
    await change(ec2, input.NetworkAclId, (acl) => {
      const isTaken = acl.entries.some(
        ({ ruleNumber, egress }) => ruleNumber === entry.ruleNumber && egress === entry.egress,
      )
      if (isTaken) {
        throw new AwsError(
          'NetworkAclEntryAlreadyExists',
          `The network acl entry identified by ${entry.ruleNumber} already exists.`,
        )
      }
      return [...acl.entries, entry]
    })
  },
})

/** ReplaceNetworkAclEntry. @throws AwsError InvalidNetworkAclID.NotFound, InvalidNetworkAclEntry.NotFound */
export const replaceNetworkAclEntry = operation<Ec2State, ReplaceNetworkAclEntryRequest, void>()({
  honours: NAMED,
  keeps: KEPT,
  handle: async (input, ec2) => {
    const entry = entryOf(input)
    await change(ec2, input.NetworkAclId, (acl) => [...without(acl, input), entry])
  },
})

/** DeleteNetworkAclEntry. @throws AwsError InvalidNetworkAclID.NotFound, InvalidNetworkAclEntry.NotFound */
export const deleteNetworkAclEntry = operation<Ec2State, DeleteNetworkAclEntryRequest, void>()({
  honours: NAMED,
  handle: (input, ec2) => change(ec2, input.NetworkAclId, (acl) => without(acl, input)),
})
