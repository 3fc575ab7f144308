// Owns the resource type AWS::EC2::PrefixList.
import type { GetManagedPrefixListEntriesResult, ManagedPrefixList } from '@aws-sdk/client-ec2'

import type { TemplateObject } from '../../template/template.ts'
import { ownTags, seen } from '../actual.ts'
import { objectsOf, sameNames, textAt } from '../members.ts'
import { PENDING, type ResourceContext, type ResourceType, type Step } from '../resource-type.ts'
import { creation, drop, look, type Noun, tagsStep } from './ec2.ts'

const listNoun: Noun = {
  resourceType: 'prefix-list',
  create: 'CreateManagedPrefixList',
  describe: 'DescribeManagedPrefixLists',
  remove: 'DeleteManagedPrefixList',
  list: 'PrefixLists',
  id: 'PrefixListId',
  notFound: 'InvalidPrefixListID.NotFound',
}

const describe = async (id: string, context: ResourceContext): Promise<ManagedPrefixList | undefined> =>
  await look(listNoun, id, context)

async function entriesOf(id: string, context: ResourceContext): Promise<TemplateObject[]> {
  const { Entries = [] } = await context.call<GetManagedPrefixListEntriesResult>(
    'ec2',
    'GetManagedPrefixListEntries',
    { PrefixListId: id },
  )
  return Entries.map(({ Cidr = '', Description }) => ({ Cidr, ...(Description ? { Description } : {}) }))
}

const settingsStep: Step = {
  operations: ['ec2:ModifyManagedPrefixList'],
  on: ['PrefixListName', 'MaxEntries'],
  run: async ({ physicalId: PrefixListId, after }, context) => {
    const { PrefixListName, MaxEntries } = after
    await context.call('ec2', 'ModifyManagedPrefixList', { PrefixListId, PrefixListName, MaxEntries })
  },
}

// After the size, which is changed by a request of its own.
const entriesStep: Step = {
  operations: ['ec2:ModifyManagedPrefixList'],
  on: ['Entries'],
  run: async ({ physicalId: PrefixListId, after }, context) => {
    const present = await entriesOf(PrefixListId, context)
    const wanted = objectsOf(after['Entries'])
    const isIn = (entries: readonly TemplateObject[], entry: TemplateObject): boolean =>
      entries.some(
        (each) =>
          textAt(each, 'Cidr') === textAt(entry, 'Cidr') &&
          textAt(each, 'Description') === textAt(entry, 'Description'),
      )
    const RemoveEntries = present.filter((entry) => !isIn(wanted, entry)).map(({ Cidr }) => ({ Cidr }))
    const AddEntries = wanted.filter((entry) => !isIn(present, entry))
    if (RemoveEntries.length + AddEntries.length === 0) return
    const CurrentVersion = (await describe(PrefixListId, context))?.Version
    const change = { PrefixListId, CurrentVersion, RemoveEntries, AddEntries }
    await context.call('ec2', 'ModifyManagedPrefixList', change)
  },
}

export const prefixList: ResourceType = {
  name: 'AWS::EC2::PrefixList',
  create: creation(
    listNoun,
    sameNames('PrefixListName', 'AddressFamily', 'MaxEntries', 'Entries'),
    'PrefixList',
  ),
  update: [settingsStep, entriesStep, tagsStep()],
  attributes: ['Arn', 'OwnerId', 'PrefixListId', 'Version'],
  changingAttributes: ['Version'],
  read: async (id, context) => {
    const found = await describe(id, context)
    if (!found) return PENDING
    const { PrefixListArn: Arn = '', OwnerId = '', Version = 0 } = found
    return { state: 'ready', attributes: { Arn, OwnerId, PrefixListId: id, Version: String(Version) } }
  },
  actual: async (id, context, expected) => {
    const found = await describe(id, context)
    if (!found) return undefined
    const { PrefixListName, AddressFamily, MaxEntries } = found
    const Entries = await entriesOf(id, context)
    return seen(expected, { PrefixListName, AddressFamily, MaxEntries, Entries, Tags: ownTags(found.Tags) })
  },
  remove: (id, context) => drop(listNoun, id, context),
}
