import { describe, expect, it } from 'vitest'
import type { PlacedPod } from './match.ts'
import { COMPUTE_TYPE, matchProfile, PROFILE_LABEL, selectorMatches, sortedByName } from './match.ts'
import type { FargateProfile, FargateSelector } from './profile.ts'

function profile(name: string, ...selectors: FargateSelector[]): FargateProfile {
  return { name, selectors, subnets: [], podExecutionRoleArn: 'arn:aws:iam::111122223333:role/pods' }
}

function pod(
  namespace: string,
  more: Partial<PlacedPod['metadata']> = {},
  spec: PlacedPod['spec'] = {},
): PlacedPod {
  return { metadata: { namespace, ...more }, spec }
}

describe('selectorMatches', () => {
  it.each<[string, FargateSelector, Record<string, string>, boolean]>([
    ['no labels asked for', { namespace: 'shop' }, {}, true],
    ['one label', { namespace: 'shop', labels: { app: 'web' } }, { app: 'web', tier: 'front' }, true],
    [
      'all labels must match',
      { namespace: 'shop', labels: { app: 'web', tier: 'back' } },
      { app: 'web' },
      false,
    ],
    ['wildcard value', { namespace: 'shop', labels: { app: 'w?b' } }, { app: 'wxb' }, true],
    [
      'wildcard key',
      { namespace: 'shop', labels: { 'app*': 'web' } },
      { 'app.kubernetes.io/name': 'web' },
      true,
    ],
    ['key and value of one label', { namespace: 'shop', labels: { 'a*': 'x' } }, { a1: 'y', b: 'x' }, false],
    ['other namespace', { namespace: 'store' }, {}, false],
  ])('%s', (_, selector, labels, matches) => {
    expect(selectorMatches(selector, pod('shop', { labels }))).toBe(matches)
  })

  it('takes a pod without a namespace to be in default', () => {
    expect(selectorMatches({ namespace: 'default' }, { metadata: {} })).toBe(true)
  })
})

describe('matchProfile', () => {
  const beta = profile('beta-workload', { namespace: 'shop' })
  const prod = profile('prod-workload', { namespace: 'shop' }, { namespace: 'store' })

  it('takes the first of several by name, whatever their order', () => {
    expect(matchProfile(pod('shop'), [prod, beta])).toMatchObject({
      compute: 'fargate',
      profile: { name: 'beta-workload' },
    })
  })

  it('sorts by code points: digits, then upper case, then lower case', () => {
    const names = ['b', 'a10', 'a2', 'B', '1'].map((name) => ({ name }))
    expect(sortedByName(names).map((each) => each.name)).toEqual(['1', 'B', 'a10', 'a2', 'b'])
  })

  it('lets the label choose among profiles that match', () => {
    const labels = { [PROFILE_LABEL]: 'prod-workload' }
    expect(matchProfile(pod('shop', { labels }), [beta, prod])).toMatchObject({
      profile: { name: 'prod-workload' },
    })
  })

  it('does not let the label choose a profile that does not match', () => {
    const labels = { [PROFILE_LABEL]: 'beta-workload' }
    expect(matchProfile(pod('store', { labels }), [beta, prod])).toMatchObject({
      why: 'profile-label-mismatch',
    })
  })

  it('moves a pod that names a deleted profile to another one', () => {
    const labels = { [PROFILE_LABEL]: 'gone' }
    expect(matchProfile(pod('store', { labels }), [beta, prod])).toMatchObject({
      profile: { name: 'prod-workload' },
    })
  })

  it('says which selector matched', () => {
    const labelled = profile('web', { namespace: 'other' }, { namespace: 'sh*', labels: { app: 'web' } })
    expect(matchProfile(pod('shop', { labels: { app: 'web' } }), [labelled])).toMatchObject({
      selector: { namespace: 'sh*', labels: { app: 'web' } },
      reason: 'profile web selects namespace sh* with app=web',
    })
  })

  it.each<[string, PlacedPod, string]>([
    ['annotation', pod('shop', { annotations: { [COMPUTE_TYPE]: 'ec2' } }), 'compute-type-annotation'],
    ['DaemonSet', pod('shop', { ownerReferences: [{ kind: 'DaemonSet', controller: true }] }), 'daemon-set'],
    ['node name', pod('shop', {}, { nodeName: 'ip-10-0-0-1' }), 'node-name'],
    ['scheduler', pod('shop', {}, { schedulerName: 'volcano' }), 'scheduler-name'],
    ['node selector', pod('shop', {}, { nodeSelector: { disk: 'ssd' } }), 'node-selector'],
    ['no profile', pod('elsewhere'), 'no-selector'],
  ])('leaves a pod on EC2: %s', (_, given, why) => {
    expect(matchProfile(given, [beta])).toMatchObject({ compute: 'ec2', why })
  })

  it.each<[string, PlacedPod]>([
    ['annotation fargate, as eksctl writes it', pod('shop', { annotations: { [COMPUTE_TYPE]: 'fargate' } })],
    [
      'default scheduler, as the API server fills it in',
      pod('shop', {}, { schedulerName: 'default-scheduler' }),
    ],
    ['scheduler set by hand', pod('shop', {}, { schedulerName: 'fargate-scheduler' })],
    [
      'node selector that Fargate nodes meet',
      pod('shop', {}, { nodeSelector: { 'kubernetes.io/os': 'linux' } }),
    ],
    ['ReplicaSet', pod('shop', { ownerReferences: [{ kind: 'ReplicaSet', controller: true }] })],
  ])('takes a pod: %s', (_, given) => {
    expect(matchProfile(given, [beta])).toMatchObject({ compute: 'fargate' })
  })

  it('keeps what else a profile carries', () => {
    const [blocked] = [{ ...beta, blocked: 'role is gone' }]
    const placement = matchProfile(pod('shop'), [blocked!])
    expect(placement.compute === 'fargate' && placement.profile.blocked).toBe('role is gone')
  })
})
