// Owns configurations of the Fargate log router that collect nothing: that AWS refuses, does not find, or that the role
// of the pods may not carry out.
// Source: Amazon EKS User Guide, "Start AWS Fargate logging for your cluster".
import { isObject } from '../base/json.ts'
import type { Manifest } from '../config/manifest.ts'
import { problem, type Problem } from '../config/problem.ts'
import {
  LOGGING_CONFIG_MAP,
  LOGGING_LABEL,
  LOGGING_NAMESPACE,
  readLogRouter,
} from '../rules/log-router/log-router.ts'
import type { PlanFacts } from './checks.ts'

/** Reports what keeps the ConfigMap `aws-logging` of the files from doing what it says. */
export function checkLogging(facts: PlanFacts): Problem[] {
  const configuration = facts.manifests.find(
    ({ object: { kind, metadata } }) =>
      kind === 'ConfigMap' &&
      metadata.namespace === LOGGING_NAMESPACE &&
      metadata.name === LOGGING_CONFIG_MAP,
  )
  if (!configuration) return []
  const unread = unreadable(configuration, facts)
  return unread ? [unread] : [...unlabelled(facts), ...withoutRights(configuration, facts)]
}

function unreadable(configuration: Manifest, { located }: PlanFacts): Problem | undefined {
  const { data } = configuration.object
  // Fields that are no text have problems of their own.
  const texts = Object.entries(isObject(data) ? data : {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  const reading = readLogRouter(Object.fromEntries(texts), located.config.metadata.region)
  const at = configuration.locate(['data'])
  switch (reading.state) {
    case 'ready':
      return undefined
    case 'invalid':
      return problem('fargate-logging-invalid', `Fargate refuses the log router: ${reading.message}`, at)
    case 'notEmulated':
      return problem('fargate-logging-not-near', `Neargate does not emulate ${reading.what}`, at)
  }
}

function unlabelled({ manifests }: PlanFacts): Problem[] {
  const space = manifests.find(
    ({ object: { kind, metadata } }) => kind === 'Namespace' && metadata.name === LOGGING_NAMESPACE,
  )
  const labels: unknown = space?.object.metadata.labels
  if (!space || (isObject(labels) && labels[LOGGING_LABEL] === 'enabled')) return []
  const message = `Fargate looks for its log router only where the namespace has the label ${LOGGING_LABEL}: enabled`
  return [problem('fargate-logging-unlabelled', message, space.locate(['metadata']))]
}

function withoutRights(configuration: Manifest, { profiles }: PlanFacts): Problem[] {
  const bare = profiles
    .filter(({ podExecutionRoleArn }) => podExecutionRoleArn === '')
    .map(({ name }) => name)
  if (bare.length === 0) return []
  const message = `pods of the Fargate profile ${bare.join(', ')} get a role that eksctl's way makes: it may not write logs, and nothing says so`
  return [problem('fargate-logging-without-rights', message, configuration.locate(['metadata']))]
}
