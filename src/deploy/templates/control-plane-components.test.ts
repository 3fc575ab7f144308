import { expect, test } from 'vitest'

import type { ClusterConfig } from '../../config/cluster-config.ts'
import { componentProperties } from './control-plane-components.ts'

const config: ClusterConfig = {
  apiVersion: 'eksctl.io/v1alpha5',
  kind: 'ClusterConfig',
  metadata: { name: 'tuned', region: 'eu-west-1' },
}

test('fields become properties', () => {
  const properties = componentProperties({
    ...config,
    kubeAPIServerConfig: { eventTTL: '30m', serviceNodePortRange: { minPort: 30_000, maxPort: 31_000 } },
    kubeSchedulerConfig: {
      nodeResourcesFit: {
        scoringStrategy: { type: 'MostAllocated', resources: [{ name: 'cpu', weight: 2 }] },
      },
    },
    kubeControllerManagerConfig: {
      horizontalPodAutoscalerControllerConfig: { horizontalPodAutoscalerSyncPeriod: '30s' },
    },
  })
  expect(properties).toEqual({
    KubeApiServerConfig: { EventTtl: '30m', ServiceNodePortRange: { MinPort: 30_000, MaxPort: 31_000 } },
    KubeSchedulerConfig: {
      NodeResourcesFit: {
        ScoringStrategy: { Type: 'MostAllocated', Resources: [{ Name: 'cpu', Weight: 2 }] },
      },
    },
    KubeControllerManagerConfig: {
      HorizontalPodAutoscalerControllerConfig: { HorizontalPodAutoscalerSyncPeriod: '30s' },
    },
  })
})

test('a part of which nothing is said is left out', () => {
  expect(componentProperties(config)).toEqual({})
  expect(componentProperties({ ...config, kubeAPIServerConfig: { serviceNodePortRange: {} } })).toEqual({})
})
