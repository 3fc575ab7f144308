// Owns fleets of the type `instant`: launched by one call, and remembered.
// Source: API_CreateFleet; EC2 user guide, "Configure an EC2 Fleet of type instant".
import type {
  CreateFleetError,
  CreateFleetInstance,
  CreateFleetRequest,
  CreateFleetResult,
  DefaultTargetCapacityType,
  DeleteFleetsRequest,
  DeleteFleetsResult,
  DescribeFleetsRequest,
  DescribeFleetsResult,
  FleetData,
  RunInstancesRequest,
} from '@aws-sdk/client-ec2'

import { AwsError } from '../../../base/errors.ts'
import { listPrices } from '../../../rules/prices/price.ts'
import type { Writer } from '../../../store/store.ts'
import { operation } from '../../protocol/operation.ts'
import { paginate } from '../../protocol/paging.ts'
import { clientTokenOf, isRepeated } from './client-token.ts'
import { defaultSubnets } from './defaults.ts'
import { invalidParameterValue, missingParameter, notEmulated } from './errors.ts'
import { byIds, checkTagSpecifications, select, specifiedTags, tagList, type FilterTable } from './filters.ts'
import { capacityOf, inOrder, type Capacity, type Pool } from './fleet-plan.ts'
import { terminate } from './instances.ts'
import { resolveTemplate } from './launch-templates.ts'
import { LISTED, TAGGED } from './members.ts'
import { LAUNCHED, launchAll, lookedUp, type LookedUp } from './run-instances.ts'
import type { Ec2State, FleetRecord } from './state.ts'

const FLEET_TAG = 'aws:ec2:fleet-id'
// RunInstances names more; a fleet asks for one machine after the other.
const OVERRIDE = [
  'LaunchTemplateConfigs[].LaunchTemplateSpecification.LaunchTemplateId',
  'LaunchTemplateConfigs[].LaunchTemplateSpecification.LaunchTemplateName',
  'LaunchTemplateConfigs[].LaunchTemplateSpecification.Version',
  'LaunchTemplateConfigs[].LaunchTemplateSpecification.LaunchTemplateSpecificationUserData',
  'LaunchTemplateConfigs[].Overrides[].InstanceType',
  'LaunchTemplateConfigs[].Overrides[].SubnetId',
  'LaunchTemplateConfigs[].Overrides[].AvailabilityZone',
  'LaunchTemplateConfigs[].Overrides[].ImageId',
  'LaunchTemplateConfigs[].Overrides[].Priority',
  'LaunchTemplateConfigs[].Overrides[].WeightedCapacity',
] as const

type Template = NonNullable<CreateFleetRequest['LaunchTemplateConfigs']>[number]
type Lifecycle = 'on-demand' | 'spot'

/**
 * CreateFleet: of the type `instant`. Pools that cannot be launched are reported, and the next one is tried.
 * @throws AwsError those of the launch templates, InvalidParameter, InvalidParameterValue, IdempotentParameterMismatch
 */
export const createFleet = operation<Ec2State, CreateFleetRequest, CreateFleetResult>()({
  honours: [
    'Type',
    'ClientToken',
    'TargetCapacitySpecification.TotalTargetCapacity',
    'TargetCapacitySpecification.OnDemandTargetCapacity',
    'TargetCapacitySpecification.SpotTargetCapacity',
    'TargetCapacitySpecification.DefaultTargetCapacityType',
    'OnDemandOptions.AllocationStrategy',
    'SpotOptions.AllocationStrategy',
    ...OVERRIDE,
    ...TAGGED,
  ],
  // Nothing is interrupted, and no price is bid.
  keeps: [
    'LaunchTemplateConfigs[].Overrides[].MaxPrice',
    'SpotOptions.InstanceInterruptionBehavior',
    'Context',
  ],
  handle: async (input, ec2) => {
    if (input.Type !== 'instant') throw notEmulated(`A fleet of the type ${input.Type ?? 'maintain'}`)
    checkTagSpecifications(input.TagSpecifications, ['fleet', ...LAUNCHED])
    const token = clientTokenOf(input)
    const repeated = repeatedBy(ec2, token)
    if (repeated) return outcomeOf(repeated)
    const pools = await known(ec2, input.LaunchTemplateConfigs ?? [])
    return await ec2.deps.store.transact((tx) => {
      // The same request may have launched while this one looked up what its pools name.
      const earlier = repeatedBy(ec2, token)
      if (earlier) return outcomeOf(earlier)
      const fleet = launch(tx, ec2, { ...input, token, pools })
      ec2.fleets.putIn(tx, fleet.id, fleet)
      return outcomeOf(fleet)
    })
  },
})

function repeatedBy(ec2: Ec2State, token: FleetRecord['token']): FleetRecord | undefined {
  const earlier = token && ec2.fleets.find('token', token.value)
  return earlier && isRepeated(token, earlier.token) ? earlier : undefined
}

/** A pool with what it names in other services, or why that is not there: the pool is refused then, not the fleet. */
interface KnownPool extends Pool {
  readonly found: LookedUp | AwsError
}

// Pools of one template mostly name the same image and profile, which are looked up once.
async function known(ec2: Ec2State, configs: readonly Template[]): Promise<KnownPool[]> {
  const pools = configs.flatMap((config) => poolsOf(ec2, config))
  const asked = new Map<string, LookedUp | AwsError>()
  const all: KnownPool[] = []
  for (const pool of pools) {
    const input = namedBy(pool)
    const key = JSON.stringify(input)
    const found = asked.get(key) ?? (await lookedUp(ec2, input).catch(refused))
    asked.set(key, found)
    all.push({ ...pool, found })
  }
  return all
}

function refused(error: unknown): AwsError {
  if (error instanceof AwsError) return error
  throw error
}

function namedBy({ template, override }: Pool): RunInstancesRequest {
  return {
    MinCount: 1,
    MaxCount: 1,
    LaunchTemplate: { LaunchTemplateId: template.id, Version: template.version },
    ...(override?.ImageId === undefined ? {} : { ImageId: override.ImageId }),
  }
}

function outcomeOf({ id, errors, launched }: FleetRecord): CreateFleetResult {
  return { FleetId: id, Errors: [...errors], Instances: [...launched] }
}

type FleetInput = Pick<
  CreateFleetRequest,
  | 'LaunchTemplateConfigs'
  | 'TargetCapacitySpecification'
  | 'TagSpecifications'
  | 'OnDemandOptions'
  | 'SpotOptions'
> & { readonly token: FleetRecord['token']; readonly pools: readonly KnownPool[] }

function launch(tx: Writer, ec2: Ec2State, input: FleetInput): FleetRecord {
  const { pools } = input
  if (pools.length === 0) throw missingParameter('LaunchTemplateConfigs')
  const target = input.TargetCapacitySpecification
  const fallback = target?.DefaultTargetCapacityType
  const wanted = capacityOf({
    total: target?.TotalTargetCapacity ?? 0,
    onDemand: target?.OnDemandTargetCapacity,
    spot: target?.SpotTargetCapacity,
    fallback,
  })
  const id = `fleet-${ec2.deps.ids.uuid()}`
  // The fleet's own tags are not those of what it launches.
  const specifications = input.TagSpecifications?.filter(({ ResourceType }) => ResourceType !== 'fleet')
  const launcher = { id, specifications }
  const kinds: readonly [Lifecycle, string | undefined][] = [
    ['on-demand', input.OnDemandOptions?.AllocationStrategy],
    ['spot', input.SpotOptions?.AllocationStrategy],
  ]
  const results = kinds.map(([lifecycle, strategy]) =>
    fill(tx, ec2, {
      launcher,
      lifecycle,
      pools: inOrder(pools, strategy, (type) => priceOf(ec2, type)),
      units: wanted[lifecycle === 'spot' ? 'spot' : 'onDemand'],
    }),
  )
  return {
    id,
    createdAtMs: ec2.deps.clock.now(),
    configs: input.LaunchTemplateConfigs ?? [],
    fallback: fallback ?? 'on-demand',
    wanted,
    fulfilled: { onDemand: results[0]?.units ?? 0, spot: results[1]?.units ?? 0 },
    launched: results.flatMap(({ launched }) => launched),
    errors: results.flatMap(({ errors }) => errors),
    state: 'active',
    tags: specifiedTags(input.TagSpecifications, 'fleet'),
    ...(input.token ? { token: input.token } : {}),
  }
}

// Types are compared within one region; where prices of that are not known, those of the region that has most.
function priceOf({ deps: { region } }: Ec2State, type: string): number | undefined {
  return (listPrices.instanceHour(region, type) ?? listPrices.instanceHour('us-east-1', type))?.usd
}

function poolsOf(ec2: Ec2State, config: Template): Pool[] {
  const { id, version, data } = resolveTemplate(ec2, config.LaunchTemplateSpecification ?? {})
  const overrides = config.Overrides?.length ? config.Overrides : [undefined]
  return overrides.map((override) => {
    const instanceType = override?.InstanceType ?? data.InstanceType
    if (instanceType === undefined) throw missingParameter('InstanceType')
    const userData = config.LaunchTemplateSpecification?.LaunchTemplateSpecificationUserData
    return { template: { id, version: String(version) }, override, instanceType, userData }
  })
}

interface Filling {
  readonly launcher: { readonly id: string; readonly specifications: FleetInput['TagSpecifications'] }
  readonly lifecycle: Lifecycle
  readonly pools: readonly KnownPool[]
  readonly units: number
}

interface Filled {
  readonly units: number
  readonly launched: readonly CreateFleetInstance[]
  readonly errors: readonly CreateFleetError[]
}

function fill(tx: Writer, ec2: Ec2State, { launcher, lifecycle, pools, units }: Filling): Filled {
  const launched: CreateFleetInstance[] = []
  const errors: CreateFleetError[] = []
  let left = units
  for (const pool of pools) {
    if (left <= 0) break
    const weight = pool.override?.WeightedCapacity ?? 1
    const count = Math.ceil(left / weight)
    const of = { LaunchTemplateAndOverrides: shown(pool), Lifecycle: lifecycle }
    try {
      if (pool.found instanceof AwsError) throw pool.found
      const records = launchAll(tx, ec2, {
        found: pool.found,
        input: {
          ...namedBy(pool),
          MaxCount: count,
          ...placeOf(ec2, pool),
          ...(pool.userData === undefined ? {} : { UserData: pool.userData }),
          // Checked against the table of types by the launch itself.
          InstanceType: pool.instanceType as 'm5.large',
          ...(lifecycle === 'spot' ? { InstanceMarketOptions: { MarketType: 'spot' } } : {}),
          TagSpecifications: [
            ...(launcher.specifications ?? []),
            { ResourceType: 'instance', Tags: [{ Key: FLEET_TAG, Value: launcher.id }] },
          ],
        },
        given: undefined,
      })
      left -= records.length * weight
      launched.push({
        ...of,
        InstanceIds: records.map(({ id }) => id),
        InstanceType: pool.instanceType as 'm5.large',
      })
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      errors.push({ ...of, ErrorCode: error.code, ErrorMessage: error.message })
    }
  }
  return { units: units - left, launched, errors }
}

function placeOf(ec2: Ec2State, { override }: Pool): { SubnetId?: string } {
  const { SubnetId, AvailabilityZone: zone } = override ?? {}
  if (SubnetId !== undefined) return { SubnetId }
  if (zone === undefined) return {}
  const subnet = defaultSubnets(ec2).find((each) => each.zone === zone)
  if (!subnet) throw invalidParameterValue(`No default subnet for availability zone: '${zone}'.`)
  return { SubnetId: subnet.id }
}

function shown({ template, override }: Pool): CreateFleetInstance['LaunchTemplateAndOverrides'] {
  return {
    LaunchTemplateSpecification: { LaunchTemplateId: template.id, Version: template.version },
    // Members of the request, as they were sent.
    ...(override ? { Overrides: override as { InstanceType?: 'm5.large' } } : {}),
  }
}

const FILTERS: FilterTable<FleetRecord> = {
  'activity-status': ({ errors }) => (errors.length > 0 ? 'error' : 'fulfilled'),
  'excess-capacity-termination-policy': () => 'no-termination',
  'fleet-state': ({ state }) => state,
  type: () => 'instant',
}

/** DescribeFleets. Those of the type `instant` are shown by their ids alone. @throws AwsError InvalidFleetId.NotFound */
export const describeFleets = operation<Ec2State, DescribeFleetsRequest, DescribeFleetsResult>()({
  honours: ['FleetIds', ...LISTED],
  handle: (input, ec2) => {
    const records = input.FleetIds?.length ? byIds('fleet', ec2.fleets.listByAge(), input.FleetIds) : []
    const found = select({ records, filters: input.Filters, table: FILTERS })
    const { items, token } = paginate(found, { token: input.NextToken, limit: input.MaxResults })
    return { Fleets: items.map(describe), NextToken: token }
  },
})

function describe(fleet: FleetRecord): FleetData {
  const { wanted, fulfilled } = fleet
  return {
    FleetId: fleet.id,
    FleetState: fleet.state,
    ActivityStatus: fleet.errors.length > 0 ? 'error' : 'fulfilled',
    CreateTime: new Date(fleet.createdAtMs),
    Type: 'instant',
    FulfilledCapacity: total(fulfilled),
    FulfilledOnDemandCapacity: fulfilled.onDemand,
    ExcessCapacityTerminationPolicy: 'no-termination',
    ReplaceUnhealthyInstances: false,
    TerminateInstancesWithExpiration: false,
    TargetCapacitySpecification: {
      TotalTargetCapacity: total(wanted),
      OnDemandTargetCapacity: wanted.onDemand,
      SpotTargetCapacity: wanted.spot,
      DefaultTargetCapacityType: fleet.fallback as DefaultTargetCapacityType,
    },
    // As sent with CreateFleet; answers have the same members.
    LaunchTemplateConfigs: [...fleet.configs] as NonNullable<FleetData['LaunchTemplateConfigs']>,
    Errors: [...fleet.errors],
    Instances: [...fleet.launched],
    Tags: tagList(fleet.tags),
  }
}

function total({ onDemand, spot }: Capacity): number {
  return onDemand + spot
}

/** DeleteFleets: with their instances. Each fleet has an answer of its own. */
export const deleteFleets = operation<Ec2State, DeleteFleetsRequest, DeleteFleetsResult>()({
  honours: ['FleetIds', 'TerminateInstances'],
  handle: async (input, ec2) => {
    return await ec2.deps.store.transact((tx) => {
      const done: DeleteFleetsResult['SuccessfulFleetDeletions'] = []
      const failed: DeleteFleetsResult['UnsuccessfulFleetDeletions'] = []
      const fail = (FleetId: string, Code: 'fleetIdDoesNotExist' | 'fleetNotInDeletableState', why: string) =>
        failed.push({ FleetId, Error: { Code, Message: why } })
      for (const id of input.FleetIds ?? []) {
        const fleet = ec2.fleets.get(id)
        if (!fleet) fail(id, 'fleetIdDoesNotExist', `The fleet ID '${id}' does not exist`)
        else if (input.TerminateInstances !== true) {
          fail(id, 'fleetNotInDeletableState', 'A fleet of the type instant is deleted with its instances.')
        } else {
          const ids = fleet.launched.flatMap(({ InstanceIds = [] }) => InstanceIds)
          for (const instance of ids.flatMap((each) => ec2.instances.get(each) ?? [])) {
            terminate(tx, ec2, instance)
          }
          const state = 'deleted_terminating'
          ec2.fleets.putIn(tx, id, { ...fleet, state })
          done.push({ FleetId: id, CurrentFleetState: state, PreviousFleetState: fleet.state })
        }
      }
      return { SuccessfulFleetDeletions: done, UnsuccessfulFleetDeletions: failed }
    })
  },
})
