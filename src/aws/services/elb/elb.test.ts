import { expect, test } from 'vitest'

import { signRequest } from '../../testing/sign-request.ts'
import { createWholeRegion } from '../../testing/whole-region.ts'
import { REGION } from '../../testing/test-region.ts'

// Both versions of the service have one signing name, and an operation of this name.
test.each([
  ['2012-06-01', '', /<LoadBalancerDescriptions/],
  ['2015-12-01', '', /<LoadBalancers/],
  [
    '2012-06-01',
    '&LoadBalancerNames.member.1=none',
    /There is no ACTIVE Load Balancer named (?:'|&apos;)none/,
  ],
  ['2012-06-01', '&Action=DescribeRules', /<Code>InvalidAction<\/Code>/],
])('version %s%s is answered by its own service', async (version, more, answer) => {
  const region = await createWholeRegion()
  const action = more.includes('Action=') ? '' : 'Action=DescribeLoadBalancers'
  const response = await region.endpoint.handle(
    signRequest(
      {
        method: 'POST',
        url: '/',
        headers: { 'content-type': 'application/x-www-form-urlencoded', host: 'localhost' },
        body: Buffer.from(`${action}&Version=${version}${more}`),
      },
      {
        ...region.credentials,
        region: REGION,
        service: 'elasticloadbalancing',
        nowMs: region.deps.clock.now(),
      },
    ),
  )
  expect(String(response.body)).toMatch(answer)
})
