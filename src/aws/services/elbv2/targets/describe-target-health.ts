// Owns DescribeTargetHealth: what the data plane measured, in the words of the service.
// Source of reasons and descriptions: ELBv2 API reference, TargetHealth.
import type {
  DescribeTargetHealthInput,
  DescribeTargetHealthOutput,
  TargetDescription,
  TargetHealthDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import type { TargetHealth } from '../../../../network/load-balancer.ts'
import { operation } from '../../../protocol/operation.ts'
import { findTargetGroup, usersOf } from '../lookup.ts'
import type { Elb, TargetGroupRecord, TargetRecord } from '../state.ts'

const NOT_REGISTERED = {
  State: 'unused',
  Reason: 'Target.NotRegistered',
  Description: 'Target is not registered to the target group',
} as const
const NOT_IN_USE = {
  State: 'unused',
  Reason: 'Target.NotInUse',
  Description: 'Target group is not configured to receive traffic from the load balancer',
} as const
const REGISTERING = {
  State: 'initial',
  Reason: 'Elb.RegistrationInProgress',
  Description: 'Target registration is in progress',
} as const

/** Of all targets, draining ones too, or of those asked for. @throws AwsError TargetGroupNotFound */
export const describeTargetHealth = operation<Elb, DescribeTargetHealthInput, DescribeTargetHealthOutput>()({
  honours: ['TargetGroupArn', 'Targets[].Id', 'Targets[].Port'],
  // A target is its id and its port: the zone may be repeated.
  keeps: ['Targets[].AvailabilityZone'],
  handle: (input, elb) => {
    const group = findTargetGroup(elb, input.TargetGroupArn)
    const measured = elb.ports.plane.targetHealth(group.arn)
    const isUsed = usersOf(elb, group.arn).length > 0
    const known = [
      ...group.targets.map((target) =>
        describe(group, target, isUsed ? healthOf(target, measured) : NOT_IN_USE),
      ),
      ...drainingOf(group, measured),
    ]
    const asked = input.Targets ?? []
    if (asked.length === 0) return { TargetHealthDescriptions: known }
    return { TargetHealthDescriptions: asked.map((target) => find(known, target, group)) }
  },
})

function find(
  known: readonly TargetHealthDescription[],
  asked: Pick<TargetDescription, 'Id' | 'Port'>,
  group: TargetGroupRecord,
): TargetHealthDescription {
  const port = asked.Port ?? group.targetGroup.Port
  const found = known.find(({ Target }) => Target?.Id === asked.Id && Target?.Port === port)
  return (
    found ?? {
      Target: { Id: asked.Id, Port: port },
      HealthCheckPort: checkedPort(group, port),
      TargetHealth: NOT_REGISTERED,
    }
  )
}

// "traffic-port, which is the port on which each target receives traffic" (API reference, TargetGroup).
function checkedPort({ targetGroup }: TargetGroupRecord, port: number | undefined): string | undefined {
  const { HealthCheckPort: checked } = targetGroup
  return checked === 'traffic-port' ? String(port) : checked
}

function describe(
  group: TargetGroupRecord,
  target: TargetRecord,
  health: NonNullable<TargetHealthDescription['TargetHealth']>,
): TargetHealthDescription {
  const zone = target.zone ?? (group.targetGroup.TargetType === 'ip' ? target.actualZone : undefined)
  return {
    Target: { Id: target.id, Port: target.port, ...(zone === undefined ? {} : { AvailabilityZone: zone }) },
    HealthCheckPort: checkedPort(group, target.port),
    TargetHealth: health,
  }
}

function healthOf(
  target: TargetRecord,
  measured: readonly TargetHealth[],
): NonNullable<TargetHealthDescription['TargetHealth']> {
  const found = measured.find((health) => health.ip === target.ip && health.port === target.port)
  return found ? spell(found) : REGISTERING
}

function spell(health: TargetHealth): NonNullable<TargetHealthDescription['TargetHealth']> {
  return {
    State: health.state,
    // The plane's reasons are those of the API; the SDK types them as a closed set.
    ...(health.reason === undefined ? {} : { Reason: health.reason as typeof NOT_IN_USE.Reason }),
    ...(health.description === undefined ? {} : { Description: health.description }),
  }
}

function drainingOf(group: TargetGroupRecord, measured: readonly TargetHealth[]): TargetHealthDescription[] {
  return measured
    .filter((health) => health.state === 'draining')
    .filter(
      (health) => !group.targets.some((target) => target.ip === health.ip && target.port === health.port),
    )
    .map((health) => ({
      Target: { Id: health.ip, Port: health.port },
      HealthCheckPort: String(health.port),
      TargetHealth: spell(health),
    }))
}
