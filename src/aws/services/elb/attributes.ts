// Owns the attributes of Classic Load Balancers.
import type {
  DescribeLoadBalancerAttributesInput,
  DescribeLoadBalancerAttributesOutput,
  LoadBalancerAttributes,
  ModifyLoadBalancerAttributesInput,
  ModifyLoadBalancerAttributesOutput,
} from '@aws-sdk/client-elastic-load-balancing'

import { deepEqual } from '../../../base/json.ts'
import { operation } from '../../protocol/operation.ts'
import { validationError } from '../elbv2/errors.ts'
import { logTargetOf } from './access-log.ts'
import { changeBalancer, findBalancer, type ClassicElb, type ClassicRecord } from './state.ts'

/** Those of a new one (API reference, LoadBalancerAttributes; user guide, "Configure desync mitigation mode"). */
export const DEFAULTS: LoadBalancerAttributes = {
  CrossZoneLoadBalancing: { Enabled: false },
  AccessLog: { Enabled: false },
  ConnectionDraining: { Enabled: false, Timeout: 300 },
  ConnectionSettings: { IdleTimeout: 60 },
  AdditionalAttributes: [{ Key: 'elb.http.desyncmitigationmode', Value: 'defensive' }],
}

/** @throws AwsError LoadBalancerNotFound */
export const describeAttributes = operation<
  ClassicElb,
  DescribeLoadBalancerAttributesInput,
  DescribeLoadBalancerAttributesOutput
>()({
  honours: ['LoadBalancerName'],
  handle: ({ LoadBalancerName }, elb) => ({
    LoadBalancerAttributes: findBalancer(elb, LoadBalancerName).attributes,
  }),
})

const SETTINGS = [
  'LoadBalancerAttributes.CrossZoneLoadBalancing.Enabled',
  'LoadBalancerAttributes.AccessLog.Enabled',
  'LoadBalancerAttributes.AccessLog.EmitInterval',
  'LoadBalancerAttributes.AccessLog.S3BucketName',
  'LoadBalancerAttributes.AccessLog.S3BucketPrefix',
  'LoadBalancerAttributes.ConnectionDraining.Enabled',
  'LoadBalancerAttributes.ConnectionDraining.Timeout',
  'LoadBalancerAttributes.ConnectionSettings.IdleTimeout',
  'LoadBalancerAttributes.AdditionalAttributes[].Key',
  'LoadBalancerAttributes.AdditionalAttributes[].Value',
] as const

/**
 * What is not named stays.
 * @throws AwsError LoadBalancerNotFound, ValidationError; InvalidConfigurationRequest for a bucket that takes no logs
 */
export const modifyAttributes = operation<
  ClassicElb,
  ModifyLoadBalancerAttributesInput,
  ModifyLoadBalancerAttributesOutput
>()({
  honours: ['LoadBalancerName', ...SETTINGS],
  handle: async ({ LoadBalancerName, LoadBalancerAttributes: given = {} }, elb) => {
    check(given)
    await prepareLog(elb, findBalancer(elb, LoadBalancerName), given)
    const { attributes } = await changeBalancer(elb, LoadBalancerName, (record) => ({
      attributes: merged(record.attributes, given),
    }))
    return { LoadBalancerName, LoadBalancerAttributes: attributes }
  },
})

// The bucket is looked at with every change of what is logged, and not with any other.
async function prepareLog(
  elb: ClassicElb,
  record: ClassicRecord,
  given: LoadBalancerAttributes,
): Promise<void> {
  const target = logTargetOf(elb, record, merged(record.attributes, given))
  if (!target || deepEqual(target, logTargetOf(elb, record, record.attributes))) return
  await elb.accessLogs.prepare(target)
}

// Each attribute is replaced as a whole; the time-out of draining is 300 s unless it is given (API reference).
function merged(there: LoadBalancerAttributes, given: LoadBalancerAttributes): LoadBalancerAttributes {
  const { ConnectionDraining: draining, AdditionalAttributes: more = [], ...rest } = given
  const others = (there.AdditionalAttributes ?? []).filter(
    ({ Key }) => !more.some((each) => each.Key === Key),
  )
  return {
    ...there,
    ...rest,
    ...(draining && {
      ConnectionDraining: { ...draining, Timeout: draining.Timeout ?? 300 },
    }),
    AdditionalAttributes: [...others, ...more],
  }
}

// API reference: the ranges of ConnectionSettings and ConnectionDraining.
function check({
  ConnectionSettings,
  ConnectionDraining,
  AccessLog,
  AdditionalAttributes,
}: LoadBalancerAttributes): void {
  const idle = ConnectionSettings?.IdleTimeout
  if (idle !== undefined && (idle < 1 || idle > 4000)) {
    throw validationError(`ConnectionSettings IdleTimeout ${idle} must be in the range 1 to 4000`)
  }
  const draining = ConnectionDraining?.Timeout
  if (draining !== undefined && (draining < 1 || draining > 3600)) {
    throw validationError(`ConnectionDraining Timeout ${draining} must be in the range 1 to 3600`)
  }
  if (AccessLog?.EmitInterval !== undefined && ![5, 60].includes(AccessLog.EmitInterval)) {
    throw validationError(`AccessLog EmitInterval ${AccessLog.EmitInterval} must be 5 or 60`)
  }
  if (AccessLog?.Enabled === true && !AccessLog.S3BucketName) {
    throw validationError('AccessLog S3BucketName must be specified when AccessLog is enabled')
  }
  for (const { Key, Value } of AdditionalAttributes ?? []) {
    if (Key !== 'elb.http.desyncmitigationmode') throw validationError(`Attribute '${Key}' is not known`)
    if (!['monitor', 'defensive', 'strictest'].includes(Value ?? '')) {
      throw validationError(`Attribute '${Key}' must be monitor, defensive or strictest`)
    }
  }
}
