// Owns "what if this namespace moved": the project as it would be, with its Fargate profiles changed and nothing else. Pure.
import { wildcardMatches } from '../base/glob.ts'
import { UserError } from '../base/errors.ts'
import type { ClusterConfig } from '../config/cluster-config.ts'
import type { LocatedConfig } from '../config/cluster-config-reader.ts'
import type { Project } from '../config/project.ts'

export interface Move {
  readonly namespace: string
  readonly to: 'fargate' | 'ec2'
}

/** Reads `shop=fargate`. @throws UserError for anything else */
export function parseMove(text: string): Move {
  const [, namespace, to] = /^([a-z0-9-]+)=(fargate|ec2)$/.exec(text) ?? []
  if (namespace === undefined || (to !== 'fargate' && to !== 'ec2')) {
    throw new UserError(`${text} is no move`, {
      help: 'Write NAMESPACE=fargate or NAMESPACE=ec2.',
      exitCode: 2,
    })
  }
  return { namespace, to }
}

/** The project with the moves made. @throws UserError when a profile's selector takes more than the namespace */
export function moved(project: Project, moves: readonly Move[]): Project {
  const change = <T extends LocatedConfig | undefined>(located: T): T =>
    located === undefined ? located : { ...located, config: moves.reduce(withMove, located.config) }
  return {
    ...project,
    clusterConfig: change(project.clusterConfig),
    readableConfig: change(project.readableConfig),
    passableConfig: change(project.passableConfig),
  }
}

function withMove(config: ClusterConfig, { namespace, to }: Move): ClusterConfig {
  const { fargateProfiles = [] } = config
  if (to === 'fargate') {
    const added = { name: `what-if-${namespace}`, selectors: [{ namespace }] }
    return { ...config, fargateProfiles: [...fargateProfiles, added] }
  }
  const left = fargateProfiles.flatMap((profile) => {
    const selectors = (profile.selectors ?? []).filter((selector) => {
      if (!wildcardMatches(selector.namespace, namespace)) return true
      if (selector.namespace === namespace) return false
      throw new UserError(
        `the selector ${selector.namespace} of the Fargate profile ${profile.name} takes more than ${namespace}`,
        { help: 'Name its namespaces one by one first.' },
      )
    })
    return selectors.length === 0 ? [] : [{ ...profile, selectors }]
  })
  return { ...config, fargateProfiles: left }
}
