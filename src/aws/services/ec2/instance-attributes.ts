// Owns the attributes of an instance one by one: looking at them, and changing them.
// Source: API_ModifyInstanceAttribute; EC2 user guide, "Change the instance type", "Enable termination protection".
import type {
  DescribeInstanceAttributeRequest,
  InstanceAttribute,
  ModifyInstanceAttributeRequest,
  MonitorInstancesRequest,
  MonitorInstancesResult,
  UnmonitorInstancesRequest,
  UnmonitorInstancesResult,
} from '@aws-sdk/client-ec2'
import { Buffer } from 'node:buffer'

import { AwsError } from '../../../base/errors.ts'
import { instanceType } from '../../../rules/nodes/instance-types.ts'
import type { Writer } from '../../../store/store.ts'
import { operation } from '../../protocol/operation.ts'
import { invalidParameterValue, notEmulated } from './errors.ts'
import { named } from './filters.ts'
import { describeInstance } from './instances.ts'
import type { LaunchSettings } from './launch-settings.ts'
import { need, type Ec2State, type InstanceRecord } from './state.ts'

type Reader = (ec2: Ec2State, record: InstanceRecord) => Partial<InstanceAttribute>

// By the names that requests have for them.
const ATTRIBUTES: Readonly<Record<string, Reader>> = {
  blockDeviceMapping: (ec2, record) => ({
    BlockDeviceMappings: describeInstance(ec2, record).BlockDeviceMappings,
  }),
  disableApiStop: (_, { settings }) => ({ DisableApiStop: { Value: settings?.noStop === true } }),
  disableApiTermination: (_, { settings }) => ({
    DisableApiTermination: { Value: settings?.noTermination === true },
  }),
  ebsOptimized: (_, { settings }) => ({ EbsOptimized: { Value: settings?.ebsOptimized === true } }),
  enaSupport: () => ({ EnaSupport: { Value: true } }),
  enclaveOptions: () => ({ EnclaveOptions: { Enabled: false } }),
  groupSet: (ec2, { interfaceId, groupIds }) => ({
    Groups: (ec2.interfaces.get(interfaceId)?.groupIds ?? groupIds).map((GroupId) => ({ GroupId })),
  }),
  instanceInitiatedShutdownBehavior: (_, { settings }) => ({
    InstanceInitiatedShutdownBehavior: { Value: settings?.shutdownBehavior ?? 'stop' },
  }),
  instanceType: (_, { instanceType: type }) => ({ InstanceType: { Value: type } }),
  kernel: () => ({ KernelId: {} }),
  productCodes: () => ({ ProductCodes: [] }),
  ramdisk: () => ({ RamdiskId: {} }),
  rootDeviceName: (_, { rootDeviceName }) => ({ RootDeviceName: { Value: rootDeviceName } }),
  sourceDestCheck: (_, { settings }) => ({
    SourceDestCheck: { Value: settings?.noSourceDestCheck !== true },
  }),
  // All types here have the newer adapter, which this attribute is not about.
  sriovNetSupport: () => ({ SriovNetSupport: {} }),
  userData: (_, { userData }) => ({ UserData: userData === undefined ? {} : { Value: userData } }),
}

/** DescribeInstanceAttribute. @throws AwsError InvalidInstanceID.NotFound, InvalidParameterValue */
export const describeInstanceAttribute = operation<
  Ec2State,
  DescribeInstanceAttributeRequest,
  InstanceAttribute
>()({
  honours: ['InstanceId', 'Attribute'],
  handle: (input, ec2) => {
    const record = need(ec2.instances, 'instance', input.InstanceId)
    const read = ATTRIBUTES[input.Attribute ?? '']
    if (!read) {
      throw invalidParameterValue(
        `Value (${input.Attribute}) for parameter attribute is invalid. Unknown attribute.`,
      )
    }
    return { InstanceId: record.id, ...read(ec2, record) }
  },
})

/**
 * ModifyInstanceAttribute: by a member of its own, or by the attribute's name with a value.
 * @throws AwsError InvalidInstanceID.NotFound, IncorrectInstanceState, InvalidParameterValue, NotImplemented
 */
export const modifyInstanceAttribute = operation<Ec2State, ModifyInstanceAttributeRequest, void>()({
  honours: [
    'InstanceId',
    'Attribute',
    'Value',
    'InstanceType.Value',
    'UserData.Value',
    'Groups',
    'SourceDestCheck.Value',
    'DisableApiTermination.Value',
    'DisableApiStop.Value',
    'EbsOptimized.Value',
    'InstanceInitiatedShutdownBehavior.Value',
    'BlockDeviceMappings[].DeviceName',
    'BlockDeviceMappings[].Ebs.DeleteOnTermination',
  ],
  handle: async (input, ec2) => {
    await ec2.deps.store.transact((tx) => {
      const record = need(ec2.instances, 'instance', input.InstanceId)
      const wanted = wantedOf(input)
      if (wanted.type !== undefined || wanted.userData !== undefined) needStopped(record)
      if (wanted.type !== undefined && !instanceType(wanted.type)) {
        throw invalidParameterValue(`Invalid value '${wanted.type}' for InstanceType.`)
      }
      if (input.Groups) regroup(tx, ec2, { record, groups: input.Groups })
      for (const mapping of input.BlockDeviceMappings ?? []) keepDevice(tx, ec2, { record, mapping })
      ec2.instances.putIn(tx, record.id, {
        ...record,
        ...(wanted.type === undefined ? {} : { instanceType: wanted.type }),
        ...(wanted.userData === undefined ? {} : { userData: wanted.userData }),
        ...(input.Groups ? { groupIds: input.Groups } : {}),
        settings: withFlags({ ...record.settings }, wanted.flags),
      })
    })
  },
})

type Flag = 'noTermination' | 'noStop' | 'ebsOptimized' | 'noSourceDestCheck' | 'shutdownBehavior'

interface Wanted {
  readonly type: string | undefined
  /** Base64. */
  readonly userData: string | undefined
  readonly flags: Readonly<Partial<Record<Flag, boolean>>>
}

interface ModifyInput {
  readonly Attribute?: string | undefined
  readonly Value?: string | undefined
  readonly InstanceType?: { readonly Value?: string | undefined } | undefined
  readonly UserData?: { readonly Value?: Uint8Array | undefined } | undefined
  readonly SourceDestCheck?: { readonly Value?: boolean | undefined } | undefined
  readonly DisableApiTermination?: { readonly Value?: boolean | undefined } | undefined
  readonly DisableApiStop?: { readonly Value?: boolean | undefined } | undefined
  readonly EbsOptimized?: { readonly Value?: boolean | undefined } | undefined
  readonly InstanceInitiatedShutdownBehavior?: { readonly Value?: string | undefined } | undefined
}

const BY_NAME: ReadonlySet<string> = new Set([
  'disableApiStop',
  'disableApiTermination',
  'ebsOptimized',
  'instanceInitiatedShutdownBehavior',
  'instanceType',
  'sourceDestCheck',
  'userData',
])

function wantedOf(input: ModifyInput): Wanted {
  const { Attribute: name, Value: value } = input
  if (name !== undefined && value !== undefined && !BY_NAME.has(name)) {
    throw notEmulated(`Changing the attribute ${name}`)
  }
  const text = (attribute: string): string | undefined => (name === attribute ? value : undefined)
  const flag = (attribute: string, given: boolean | undefined): boolean | undefined =>
    given ?? (text(attribute) === undefined ? undefined : text(attribute) === 'true')
  const check = flag('sourceDestCheck', input.SourceDestCheck?.Value)
  const shutdown = input.InstanceInitiatedShutdownBehavior?.Value ?? text('instanceInitiatedShutdownBehavior')
  const data = input.UserData?.Value
  return {
    type: input.InstanceType?.Value ?? text('instanceType'),
    userData: data === undefined ? text('userData') : Buffer.from(data).toString('base64'),
    flags: defined({
      noTermination: flag('disableApiTermination', input.DisableApiTermination?.Value),
      noStop: flag('disableApiStop', input.DisableApiStop?.Value),
      ebsOptimized: flag('ebsOptimized', input.EbsOptimized?.Value),
      noSourceDestCheck: check === undefined ? undefined : !check,
      shutdownBehavior: shutdown === undefined ? undefined : shutdown === 'terminate',
    }),
  }
}

function defined(flags: Record<Flag, boolean | undefined>): Wanted['flags'] {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined))
}

function withFlags(settings: LaunchSettings, flags: Wanted['flags']): LaunchSettings {
  const changed = new Map<string, unknown>(Object.entries(settings))
  for (const [name, isSet] of Object.entries(flags)) {
    if (!isSet) changed.delete(name)
    else changed.set(name, name === 'shutdownBehavior' ? 'terminate' : true)
  }
  // The names are those of LaunchSettings, and so are their values.
  return Object.fromEntries(changed) as LaunchSettings
}

function needStopped({ id, state }: InstanceRecord): void {
  if (state === 'stopped') return
  throw new AwsError('IncorrectInstanceState', `The instance '${id}' is not in the 'stopped' state.`)
}

function regroup(
  tx: Writer,
  ec2: Ec2State,
  { record, groups }: { readonly record: InstanceRecord; readonly groups: readonly string[] },
): void {
  for (const id of groups) need(ec2.groups, 'security-group', id)
  ec2.interfaces.updateIn(tx, record.interfaceId, (eni) => ({ ...eni, groupIds: groups }))
}

interface DeviceChange {
  readonly record: InstanceRecord
  readonly mapping: {
    readonly DeviceName?: string | undefined
    readonly Ebs?: { readonly DeleteOnTermination?: boolean | undefined } | undefined
  }
}

function keepDevice(tx: Writer, ec2: Ec2State, { record, mapping }: DeviceChange): void {
  const id = record.volumeIds.find((each) => ec2.volumes.get(each)?.device === mapping.DeviceName)
  if (id === undefined) {
    throw invalidParameterValue(`No device is currently mapped at ${mapping.DeviceName}`)
  }
  const isKept = mapping.Ebs?.DeleteOnTermination === false
  ec2.volumes.updateIn(tx, id, ({ outlivesInstance: _outlives, ...volume }) =>
    isKept ? { ...volume, outlivesInstance: true } : volume,
  )
}

type Monitorings = NonNullable<MonitorInstancesResult['InstanceMonitorings']>

async function monitor(
  ec2: Ec2State,
  ids: readonly string[] | undefined,
  isOn: boolean,
): Promise<Monitorings> {
  return await ec2.deps.store.transact((tx) =>
    named('instance', ec2.instances.list(), ids ?? []).map((record) => {
      const { monitoring: _monitoring, ...rest } = record.settings ?? {}
      const settings: LaunchSettings = isOn ? { ...rest, monitoring: true } : rest
      ec2.instances.putIn(tx, record.id, { ...record, settings })
      return {
        InstanceId: record.id,
        Monitoring: { State: isOn ? ('pending' as const) : ('disabling' as const) },
      }
    }),
  )
}

/** MonitorInstances: nothing is measured more often near. @throws AwsError InvalidInstanceID.NotFound */
export const monitorInstances = operation<Ec2State, MonitorInstancesRequest, MonitorInstancesResult>()({
  honours: ['InstanceIds'],
  handle: async (input, ec2) => ({ InstanceMonitorings: await monitor(ec2, input.InstanceIds, true) }),
})

/** UnmonitorInstances. @throws AwsError InvalidInstanceID.NotFound */
export const unmonitorInstances = operation<Ec2State, UnmonitorInstancesRequest, UnmonitorInstancesResult>()({
  honours: ['InstanceIds'],
  handle: async (input, ec2) => ({ InstanceMonitorings: await monitor(ec2, input.InstanceIds, false) }),
})
