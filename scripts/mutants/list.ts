// Owns the list of faults that the tests must notice: one change of the source each, and the tests beside it.

export interface Mutant {
  /** Below src/. */
  readonly file: string
  /** Text that the file holds exactly once. */
  readonly from: string
  readonly to: string
  /** Test files below src/, of which one must fail. */
  readonly tests: readonly string[]
  /** What the fault does. */
  readonly what: string
}

export const mutants: readonly Mutant[] = [
  {
    file: 'rules/fargate/match.ts',
    from: "pod.metadata.namespace ?? 'default'",
    to: "pod.metadata.namespace ?? ''",
    tests: ['rules/fargate/match.test.ts'],
    what: 'a pod without a namespace is in none',
  },
  {
    file: 'rules/fargate/size.ts',
    from: '...row(2, [4, 16], 1),',
    to: '...row(2, [4, 15], 1),',
    tests: ['rules/fargate/size.test.ts'],
    what: 'the largest memory of 2 vCPU is missing',
  },
  {
    file: 'rules/fargate/size.ts',
    from: 'requested * 1.1',
    to: 'requested * 1.0',
    tests: ['rules/fargate/size.test.ts'],
    what: 'ephemeral storage gets no tenth on top',
  },
  {
    file: 'rules/fargate/validate-profile.ts',
    from: 'const MAX_LABELS = 5',
    to: 'const MAX_LABELS = 6',
    tests: ['rules/fargate/validate-profile.test.ts'],
    what: 'a selector may have six labels',
  },
  {
    file: 'rules/scheduling/taint.ts',
    from: 'toleration.effect !== taint.effect',
    to: 'toleration.effect === taint.effect',
    tests: ['plan/candidates.test.ts'],
    what: "a toleration's effect is compared the other way round",
  },
  {
    file: 'rules/scheduling/filters.ts',
    from: 'pods.length + 1 >',
    to: 'pods.length >',
    tests: ['rules/scheduling/placement.test.ts'],
    what: 'a node takes one pod too many',
  },
  {
    file: 'rules/iam/conditions.ts',
    from: "['StringNotEquals', negated(equals)],",
    to: "['StringNotEquals', equals],",
    tests: ['rules/iam/conditions.test.ts'],
    what: 'StringNotEquals is StringEquals',
  },
  {
    file: 'rules/iam/trust.ts',
    from: "&& !effects.includes('Deny')",
    to: '',
    tests: ['rules/iam/trust.test.ts'],
    what: 'a Deny in a trust policy is not heard',
  },
  {
    file: 'network/nlb/health.ts',
    from: 'against < threshold',
    to: 'against <= threshold',
    tests: ['network/nlb/health.test.ts'],
    what: 'health changes one check too late',
  },
  {
    file: 'network/nlb/target-group.ts',
    from: "address.zone === 'all' || ",
    to: '',
    tests: ['network/nlb/plane.test.ts'],
    what: 'targets of the zone "all" get no traffic',
  },
  {
    file: 'kubernetes/server/rbac.ts',
    from: "(name !== '' && rule.resourceNames.includes(name))",
    to: "(name === '' || rule.resourceNames.includes(name))",
    tests: ['kubernetes/server/rbac.test.ts'],
    what: 'a rule for named objects also allows what names none',
  },
  {
    file: 'controllers/deployment/rolling.ts',
    from: "resolveIntOrPercent(maxSurge, desired, 'up')",
    to: "resolveIntOrPercent(maxSurge, desired, 'down')",
    tests: ['controllers/deployment/rolling.test.ts'],
    what: 'maxSurge rounds down',
  },
  {
    file: 'node/backoff.ts',
    from: '2 * LONGEST_MS',
    to: 'LONGEST_MS',
    tests: ['node/pod-plan.test.ts', 'node/container-rules.test.ts'],
    what: 'back-off is forgotten after five minutes',
  },
  {
    file: 'node/backoff.ts',
    from: 'if (isSidecar(container)) return true',
    to: '',
    tests: ['node/pod-plan.test.ts', 'node/container-rules.test.ts'],
    what: 'a sidecar that ended is not started again',
  },
  {
    file: 'node/pod-status.ts',
    from: "isOver && containers.some(isRunning) ? 'Running' : phase",
    to: 'phase',
    tests: ['node/pod-worker.test.ts'],
    what: 'a pod is over while its sidecars run',
  },
  {
    file: 'base/abort.ts',
    from: 'if (signal.aborted) queueMicrotask(run)',
    to: 'if (signal.aborted) void run',
    tests: ['base/abort.test.ts'],
    what: 'an abort that came before the listener is missed',
  },
  {
    file: 'base/supervisor.ts',
    from: 'this.#log.error(`${name} failed`, { error })',
    to: 'void error',
    tests: ['base/supervisor.test.ts'],
    what: 'failures of background work are not logged',
  },
  {
    file: 'plan/check-profiles.ts',
    from: 'profiles.length > MAX_PROFILES',
    to: 'profiles.length > MAX_PROFILES + 1',
    tests: ['plan/plan.test.ts'],
    what: 'eleven profiles are planned',
  },
  {
    file: 'rules/scheduling/filters.ts',
    from: 'amount <= room -',
    to: 'amount < room -',
    tests: ['plan/candidates.test.ts'],
    what: 'a pod exactly as large as the node does not fit',
  },
  {
    file: 'config/cluster-config-reader.ts',
    from: 'minor(config) >= 33',
    to: 'minor(config) >= 34',
    tests: ['config/cluster-config-reader.test.ts'],
    what: 'AmazonLinux2 is refused from 1.34 only',
  },
  {
    file: 'terminal/terminal.ts',
    from: "!environment['NO_COLOR'] && ",
    to: '',
    tests: ['terminal/terminal.test.ts'],
    what: 'NO_COLOR is not heard',
  },
  {
    file: 'aws/services/cloudformation/resources/eks/nodegroup.ts',
    from: '.filter((key) => !(key in labels))',
    to: '.filter(() => false)',
    tests: ['aws/services/cloudformation/engine/update.test.ts'],
    what: 'labels that left a template stay on the nodes',
  },
  {
    file: 'aws/services/cloudformation/resources/eks/cluster.ts',
    from: '...(off.length > 0 ? [{ types: off, enabled: false }] : []),',
    to: '',
    tests: ['aws/services/cloudformation/engine/update.test.ts'],
    what: 'log types that left a template stay on',
  },
  {
    file: 'aws/services/cloudformation/resources/eks/addon.ts',
    from: "...membersOf({ ...SETTINGS, ResolveConflicts: 'resolveConflicts' }, after),",
    to: "...membersOf({ ...SETTINGS, AddonVersion: 'version' }, after),",
    tests: ['aws/services/cloudformation/resources/eks/addon.test.ts'],
    what: 'an update of an add-on does not say the version',
  },
  {
    file: 'aws/services/cloudformation/resources/ec2/security-group.ts',
    from: '[`RevokeSecurityGroup${direction}`, gone,',
    to: '[`RevokeSecurityGroup${direction}`, [],',
    tests: ['aws/services/cloudformation/engine/update.test.ts'],
    what: 'a changed rule leaves the old port open too',
  },
  {
    file: 'aws/services/cloudformation/engine/resource-change.ts',
    from: 'const found = isRepeat ?',
    to: 'const found = isRepeat && false ?',
    tests: ['aws/services/cloudformation/engine/crash.test.ts'],
    what: 'a killed region makes a resource of a stack twice',
  },
  {
    file: 'aws/services/cloudformation/engine/resource-change.ts',
    from: "stack.status !== 'UPDATE_ROLLBACK_IN_PROGRESS' || !last",
    to: "stack.status !== 'UPDATE_IN_PROGRESS' || !last",
    tests: ['aws/services/cloudformation/engine/replacement.test.ts'],
    what: 'a rolled-back replacement makes a third resource',
  },
  {
    file: 'store/keyspace.ts',
    from: 'this.commitsFrom(revision + 1)',
    to: 'this.commitsFrom(revision)',
    tests: ['store/keyspace.test.ts'],
    what: 'compaction keeps one commit too many',
  },
  {
    file: 'store/journaled-store.ts',
    from: '    this.#accepted.clear()\n',
    to: '',
    tests: ['store/journaled-store.test.ts'],
    what: 'after a full disk, writes are judged by what was lost',
  },
  {
    file: 'base/supervisor.ts',
    from: 'if (!this.signal.aborted) this.#log.error',
    to: 'if (this.signal.aborted) this.#log.error',
    tests: ['base/supervisor.test.ts'],
    what: 'failures of background work are not logged',
  },
  {
    file: 'base/private-files.ts',
    from: 'openSync(path, flags | O_NOFOLLOW, FILE_MODE)',
    to: 'openSync(path, flags, FILE_MODE)',
    tests: ['base/private-files.test.ts'],
    what: 'secrets are read and written through links',
  },
  {
    file: 'region/running.ts',
    from: 'isAlive(pid) && birthOf(pid) === birth',
    to: 'isAlive(pid)',
    tests: ['region/running.test.ts'],
    what: 'a stranger with the process id of a region is taken for it',
  },
]
