// Owns making, changing and removing the prefix lists that customers manage. A change is done when it is answered; the answer
// says "in progress" as EC2's does.
// Sources: API_CreateManagedPrefixList, API_ModifyManagedPrefixList, API_RestoreManagedPrefixListVersion; words as
// hashicorp/terraform-provider-aws#17191, #26034, #20991 and pulumi/pulumi-aws#1784 quote them.
import type {
  AddPrefixListEntry,
  CreateManagedPrefixListRequest,
  CreateManagedPrefixListResult,
  DeleteManagedPrefixListRequest,
  DeleteManagedPrefixListResult,
  ModifyManagedPrefixListRequest,
  ModifyManagedPrefixListResult,
  RestoreManagedPrefixListVersionRequest,
  RestoreManagedPrefixListVersionResult,
} from '@aws-sdk/client-ec2'

import { familyOf } from '../../../base/address-range.ts'
import { AwsError } from '../../../base/errors.ts'
import { formatCidr6 } from '../../../base/cidr6.ts'
import { operation } from '../../protocol/operation.ts'
import { formatCidr, parseCidr } from './cidr.ts'
import { clientTokenOf, isRepeated } from './client-token.ts'
import { invalidParameterValue, missingParameter } from './errors.ts'
import { tagsOfNew } from './filters.ts'
import { parseBlock6 } from './ipv6.ts'
import { TAGGED } from './members.ts'
import { describeList, groupsWith, managedPrefixList, type PrefixList } from './prefix-lists.ts'
import type { PrefixListEntry, PrefixListRecord } from './prefix-list-record.ts'
import type { Ec2State } from './state.ts'

/** Of one request (hashicorp/terraform-provider-aws#17191), and of a list (awsdocs/amazon-vpc-user-guide#65). */
const MOST_A_REQUEST = 100
const MOST_ENTRIES = 1000
/** "Check the state message for the IDs of the first ten resources". */
const NAMED = 10

function entriesOf(
  given: readonly AddPrefixListEntry[] | undefined,
  family: PrefixList['family'],
): readonly PrefixListEntry[] {
  if ((given?.length ?? 0) > MOST_A_REQUEST) {
    throw invalidParameterValue(`The number of entries per request cannot exceeds limit (${MOST_A_REQUEST}).`)
  }
  return (given ?? []).map(({ Cidr = '', Description }) => ({
    cidr: blockOf(Cidr, family),
    ...(Description === undefined ? {} : { description: Description }),
  }))
}

// Blocks are kept canonical, as those of VPCs are.
function blockOf(cidr: string, family: PrefixList['family']): string {
  if (familyOf(cidr) !== family) {
    throw invalidParameterValue(`The CIDR (${cidr}) is not of the address family ${family}.`)
  }
  return family === 'IPv6' ? formatCidr6(parseBlock6(cidr)) : formatCidr(parseCidr(cidr))
}

function checkSize(entries: readonly PrefixListEntry[], maxEntries: number): void {
  if (maxEntries < 1 || maxEntries > MOST_ENTRIES) {
    throw invalidParameterValue(`The maximum number of entries is between 1 and ${MOST_ENTRIES}.`)
  }
  if (entries.length > maxEntries) {
    throw new AwsError(
      'PrefixListMaxEntriesExceeded',
      `The prefix list has ${entries.length} entries and takes ${maxEntries} at most.`,
    )
  }
}

function checkName(name: string): string {
  if (name.startsWith('com.amazonaws')) {
    throw invalidParameterValue(`The name (${name}) cannot start with com.amazonaws.`)
  }
  return name
}

/**
 * CreateManagedPrefixList.
 * @throws AwsError InvalidParameterValue, MissingParameter, PrefixListMaxEntriesExceeded, IdempotentParameterMismatch
 */
export const createManagedPrefixList = operation<
  Ec2State,
  CreateManagedPrefixListRequest,
  CreateManagedPrefixListResult
>()({
  honours: [
    'PrefixListName',
    'AddressFamily',
    'MaxEntries',
    'Entries[].Cidr',
    'Entries[].Description',
    'ClientToken',
    ...TAGGED,
  ],
  handle: async (input, ec2) => {
    const { PrefixListName: name, MaxEntries: maxEntries, AddressFamily: family } = input
    if (name === undefined) throw missingParameter('PrefixListName')
    if (maxEntries === undefined) throw missingParameter('MaxEntries')
    if (family === undefined) throw missingParameter('AddressFamily')
    if (family !== 'IPv4' && family !== 'IPv6') {
      throw invalidParameterValue(`The address family (${family}) is not IPv4 or IPv6.`)
    }
    const token = clientTokenOf(input)
    return await ec2.deps.store.transact((tx) => {
      const earlier = token && ec2.prefixLists.find('token', token.value)
      if (earlier && isRepeated(token, earlier.token)) return answer(ec2, earlier.id, 'create-in-progress')
      const entries = entriesOf(input.Entries, family)
      checkSize(entries, maxEntries)
      const made: PrefixListRecord = {
        id: ec2.newId('prefix-list'),
        name: checkName(name),
        family,
        maxEntries,
        versions: [replaced([], [], entries)],
        state: 'create-complete',
        tags: tagsOfNew(input.TagSpecifications, 'prefix-list'),
        ...(token ? { token } : {}),
      }
      ec2.prefixLists.putIn(tx, made.id, made)
      return answer(ec2, made.id, 'create-in-progress')
    })
  },
})

/**
 * ModifyManagedPrefixList: entries go before others come, and make a new version; a name makes none.
 * @throws AwsError InvalidPrefixListID.NotFound, InvalidParameterValue, InvalidParameterCombination, UnsupportedOperation,
 *   PrefixListVersionMismatch, PrefixListMaxEntriesExceeded
 */
export const modifyManagedPrefixList = operation<
  Ec2State,
  ModifyManagedPrefixListRequest,
  ModifyManagedPrefixListResult
>()({
  honours: [
    'PrefixListId',
    'CurrentVersion',
    'PrefixListName',
    'MaxEntries',
    'AddEntries[].Cidr',
    'AddEntries[].Description',
    'RemoveEntries[].Cidr',
  ],
  handle: (input, ec2) => {
    const { AddEntries = [], RemoveEntries = [], PrefixListName, MaxEntries } = input
    const changes = AddEntries.length + RemoveEntries.length > 0
    if (changes && MaxEntries !== undefined) {
      throw new AwsError(
        'InvalidParameterCombination',
        'You cannot modify the entries and the maximum entries for the prefix list in the same request.',
      )
    }
    return changeList(ec2, input, 'modify', (record) => {
      const maxEntries = MaxEntries ?? record.maxEntries
      const present = record.versions.at(-1) ?? []
      const removed = entriesOf(RemoveEntries, record.family)
      const entries = changes ? replaced(present, removed, entriesOf(AddEntries, record.family)) : present
      checkSize(entries, maxEntries)
      const name = checkName(PrefixListName ?? record.name)
      const versions = changes ? [...record.versions, entries] : record.versions
      return { name, maxEntries, versions }
    })
  },
})

/**
 * RestoreManagedPrefixListVersion: the entries of an earlier version, as a new one.
 * @throws AwsError InvalidPrefixListID.NotFound, InvalidParameterValue, UnsupportedOperation, PrefixListVersionMismatch
 */
export const restoreManagedPrefixListVersion = operation<
  Ec2State,
  RestoreManagedPrefixListVersionRequest,
  RestoreManagedPrefixListVersionResult
>()({
  honours: ['PrefixListId', 'PreviousVersion', 'CurrentVersion'],
  handle: (input, ec2) =>
    changeList(ec2, input, 'restore', (record) => {
      const { PreviousVersion: previous = 0 } = input
      const entries = record.versions[previous - 1]
      if (!entries) throw invalidParameterValue(`The specified value for version is not valid: ${previous}.`)
      checkSize(entries, record.maxEntries)
      return { versions: [...record.versions, entries] }
    }),
})

/**
 * DeleteManagedPrefixList. One that rules name stays, in the state `delete-failed`, which names their groups.
 * @throws AwsError InvalidPrefixListID.NotFound, UnsupportedOperation
 */
export const deleteManagedPrefixList = operation<
  Ec2State,
  DeleteManagedPrefixListRequest,
  DeleteManagedPrefixListResult
>()({
  honours: ['PrefixListId'],
  handle: async (input, ec2) => {
    return await ec2.deps.store.transact((tx) => {
      const record = ownList(ec2, input.PrefixListId)
      const told = answer(ec2, record.id, 'delete-in-progress')
      const users = groupsWith(ec2, record.id)
      if (users.length === 0) ec2.prefixLists.deleteIn(tx, record.id)
      else {
        const stateMessage = `Referenced by: ${users.slice(0, NAMED).join(', ')}`
        ec2.prefixLists.putIn(tx, record.id, { ...record, state: 'delete-failed', stateMessage })
      }
      return told
    })
  },
})

function ownList(ec2: Ec2State, id: string | undefined): PrefixListRecord {
  const { own } = managedPrefixList(ec2, id)
  if (own) return own
  throw new AwsError(
    'UnsupportedOperation',
    `The prefix list (${id}) is managed by AWS and cannot be changed.`,
  )
}

/** Changes a list of the version that the request takes it to have. */
async function changeList(
  ec2: Ec2State,
  request: { readonly PrefixListId?: string | undefined; readonly CurrentVersion?: number | undefined },
  verb: 'modify' | 'restore',
  next: (record: PrefixListRecord) => Partial<PrefixListRecord>,
): Promise<CreateManagedPrefixListResult> {
  return await ec2.deps.store.transact((tx) => {
    // What an earlier removal has failed of says nothing any more.
    const { stateMessage: _told, ...record } = ownList(ec2, request.PrefixListId)
    if (request.CurrentVersion !== undefined && request.CurrentVersion !== record.versions.length) {
      throw new AwsError('PrefixListVersionMismatch', 'The prefix list has the incorrect version number.')
    }
    ec2.prefixLists.putIn(tx, record.id, { ...record, ...next(record), state: `${verb}-complete` })
    return answer(ec2, record.id, `${verb}-in-progress`)
  })
}

// A block is in a list once: adding one that is there gives it the new description.
function replaced(
  present: readonly PrefixListEntry[],
  removed: readonly PrefixListEntry[],
  added: readonly PrefixListEntry[],
): readonly PrefixListEntry[] {
  const entries = new Map(present.map((entry) => [entry.cidr, entry]))
  for (const { cidr } of removed) entries.delete(cidr)
  for (const entry of added) entries.set(entry.cidr, entry)
  return [...entries.values()]
}

function answer(
  ec2: Ec2State,
  id: string,
  state: 'create-in-progress' | 'modify-in-progress' | 'restore-in-progress' | 'delete-in-progress',
): CreateManagedPrefixListResult {
  return { PrefixList: describeList(ec2, managedPrefixList(ec2, id), state) }
}
