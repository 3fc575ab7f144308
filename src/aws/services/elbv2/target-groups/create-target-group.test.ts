import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2'
import { describe, expect, test } from 'vitest'

import { group, stage } from '../testing/elb-stage.ts'

describe('target groups', () => {
  // The defaults of CreateTargetGroup for TCP target groups, by the protocol of the check.
  test.each([
    ['TCP', { HealthCheckTimeoutSeconds: 10, HealthCheckPath: undefined, Matcher: undefined }],
    ['HTTP', { HealthCheckTimeoutSeconds: 6, HealthCheckPath: '/', Matcher: { HttpCode: '200-399' } }],
    ['HTTPS', { HealthCheckTimeoutSeconds: 10, HealthCheckPath: '/', Matcher: { HttpCode: '200-399' } }],
  ])('with a check by %s have its defaults', async (HealthCheckProtocol, expected) => {
    const region = await stage()
    const arn = await group(region, { HealthCheckProtocol })
    const { TargetGroups } = await region.call<sdk.DescribeTargetGroupsOutput>('DescribeTargetGroups', {
      TargetGroupArns: [arn],
    })
    expect(TargetGroups?.[0]).toMatchObject({
      HealthCheckProtocol,
      HealthCheckPort: 'traffic-port',
      HealthCheckIntervalSeconds: 30,
      HealthyThresholdCount: 5,
      UnhealthyThresholdCount: 2,
    })
    const { HealthCheckTimeoutSeconds, HealthCheckPath, Matcher } = TargetGroups![0]!
    expect({ HealthCheckTimeoutSeconds, HealthCheckPath, Matcher }).toEqual(expected)
  })
})
