// Owns the flow schemas and priority levels that every cluster starts with, as published.
// Source: kubernetes staging/src/k8s.io/apiserver/pkg/apis/flowcontrol/bootstrap, pkg/registry/flowcontrol/ensurer.
import type { FlowSchema, PriorityLevelConfiguration } from '../../../../generated/kubernetes.d.ts'
import type { Draft } from '../../client/client.ts'
import { publishedObjects } from '../../resources/published-objects.ts'

const annotations = { 'apf.kubernetes.io/autoupdate-spec': 'true' }

export interface FlowControl {
  readonly flowSchemas: readonly Draft<FlowSchema>[]
  readonly priorityLevelConfigurations: readonly Draft<PriorityLevelConfiguration>[]
}

/** What a fresh cluster holds of flow control. */
export function bootstrapFlowControl(): FlowControl {
  const { flowSchemas, priorityLevelConfigurations } = publishedObjects()
  const draft = ({ name, spec }: { readonly name: string; readonly spec: object }) => ({
    metadata: { name, annotations },
    spec,
  })
  return {
    // The data are such specs: they were read from a server.
    flowSchemas: flowSchemas.map((schema) => draft(schema) as Draft<FlowSchema>),
    priorityLevelConfigurations: priorityLevelConfigurations.map(
      (level) => draft(level) as Draft<PriorityLevelConfiguration>,
    ),
  }
}

/** Status of a schema whose level is there, as the API server's controller writes it. */
export function foundLevel(schema: FlowSchema, now: string): NonNullable<FlowSchema['status']> {
  const name = schema.spec?.priorityLevelConfiguration?.name ?? ''
  const message = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(name)} and it exists`
  return {
    conditions: [{ type: 'Dangling', status: 'False', lastTransitionTime: now, reason: 'Found', message }],
  }
}
