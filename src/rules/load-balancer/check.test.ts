import { expect, it } from 'vitest'

import { PREFIX } from './annotations.ts'
import { serviceProblems } from './check.ts'
import { sampleService, type Variation } from './testing/sample-service.ts'

const annotation = (suffix: string): string[] => ['metadata', 'annotations', PREFIX + suffix]

it.each<
  [Variation, readonly [message: string, path: readonly (string | number)[], isNotEmulated: boolean][]]
>([
  [{}, []],
  [
    {
      annotations: {
        'minimum-load-balancer-capacity': 'x',
        'multi-cluster-target-group': 'true',
        scheme: 'public',
      },
    },
    [
      [
        `annotation ${PREFIX}minimum-load-balancer-capacity is not emulated by Neargate`,
        annotation('minimum-load-balancer-capacity'),
        true,
      ],
      [
        `annotation ${PREFIX}multi-cluster-target-group is not emulated by Neargate`,
        annotation('multi-cluster-target-group'),
        true,
      ],
    ],
  ],
  [{ annotations: { scheme: 'public' } }, [['unknown scheme: public', annotation('scheme'), false]]],
  [
    { annotations: { attributes: 'idle_timeout.timeout_seconds=4,zonal_shift.config.enabled=true' } },
    [
      [
        "Load balancer attribute key 'idle_timeout.timeout_seconds' is not recognized",
        annotation('attributes'),
        false,
      ],
      ['zonal_shift.config.enabled=true is not emulated by Neargate', annotation('attributes'), true],
    ],
  ],
  [
    {
      annotations: {
        'target-group-attributes': 'target_health_state.unhealthy.draining_interval_seconds=10',
      },
      spec: {
        ports: [
          { port: 80, nodePort: 1 },
          { port: 81, nodePort: 2 },
        ],
      },
    },
    [
      [
        'target_health_state.unhealthy.draining_interval_seconds=10 is not emulated by Neargate',
        annotation('target-group-attributes'),
        true,
      ],
    ],
  ],
  [
    {
      annotations: {
        'target-group-attributes.80': 'target_health_state.unhealthy.draining_interval_seconds=10',
      },
    },
    [
      [
        'target_health_state.unhealthy.draining_interval_seconds=10 is not emulated by Neargate',
        annotation('target-group-attributes.80'),
        true,
      ],
    ],
  ],
  [
    { annotations: { 'listener-attributes.TCP-80': 'x=1', 'listener-attributes.TCP-81': 'y=1' } },
    [["Listener attribute key 'x' is not recognized", annotation('listener-attributes.TCP-80'), false]],
  ],
  [
    {
      annotations: {
        attributes: 'access_logs.s3.enabled=false',
        'target-group-attributes': 'target_health_state.unhealthy.draining_interval_seconds=0',
      },
    },
    [],
  ],
])('of %j', (variation, expected) => {
  const found = serviceProblems(sampleService(variation))
  expect(found.map(({ message, path, isNotEmulated }) => [message, path, isNotEmulated])).toEqual(expected)
})
